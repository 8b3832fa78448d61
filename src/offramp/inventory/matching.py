"""Finds every signal in a block of bytes: hyperscan in one pass where it is installed, `re` elsewhere.

Both find the same; `re` reads the bytes once for each expression and is many times slower.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from offramp.core.errors import Exit, OfframpError
from offramp.inventory.signals import AFTER, BEFORE, Sign, Signal

try:
    import hyperscan
except ImportError:  # platforms without the wheel
    HAS_HYPERSCAN = False
else:
    HAS_HYPERSCAN = True


class Engine(StrEnum):
    """What looks for the places where a signal may begin."""

    HYPERSCAN = "hyperscan"
    RE = "re"


CONTEXT = re.compile(rb"(?i)model|engine|deployment|llm")
"""One of these stands before an everyday name that may be a model's; detectors look closer."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A signal at a place in a block of bytes."""

    signal: Signal
    start: int
    end: int


@dataclass(frozen=True)
class Expression:
    """What one or more signals look like. Most are never met in a tree, so each is compiled on first use."""

    pattern: bytes
    flags: re.RegexFlag

    @cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """The expression, ready to match."""
        return re.compile(self.pattern, self.flags)


class Starts(Protocol):
    """Finds where expressions may begin."""

    def __call__(self, data: bytes) -> Iterable[tuple[int, int]]:
        """Pairs of expression number and start, unordered, without repetition."""
        ...


class Matcher:
    """All signals compiled once; asked for `starts` first, and for `hits` where there are any."""

    def __init__(self, signals: Sequence[Signal], engine: Engine | None = None) -> None:
        groups: dict[tuple[str, bool], list[Signal]] = {}
        for signal in signals:
            groups.setdefault((signal.pattern, signal.ignores_case), []).append(signal)
        self._groups = tuple(tuple(group) for group in groups.values())
        self._expressions = tuple(
            Expression(pattern.encode(), re.IGNORECASE if ignores_case else re.NOFLAG)
            for pattern, ignores_case in groups
        )
        self.engine = engine or (Engine.HYPERSCAN if HAS_HYPERSCAN else Engine.RE)
        make = _hyperscan_starts if self.engine is Engine.HYPERSCAN else _plain_starts
        self._starts = make(self._expressions)

    def starts(self, data: bytes) -> frozenset[tuple[int, int]]:
        """Where anything in `data` might be a hit; empty for most files."""
        return frozenset(self._starts(data))

    def hits(self, data: bytes, starts: Iterable[tuple[int, int]]) -> tuple[Hit, ...]:
        """Every signal that stands in `data` as a whole word of its kind, by place."""
        found: list[Hit] = []
        for number, start in starts:
            match = self._expressions[number].compiled.match(data, start)
            if match is None or match.end() == start:
                continue
            for signal in self._groups[number]:
                end = _whole(data, signal.sign, start, match.end())
                if end:
                    found.append(Hit(signal, start, end))
        return tuple(sorted(found, key=_order))


def _order(hit: Hit) -> tuple[int, int, str, str, str, str]:
    """By place, and nothing left to chance: one text can be a package of two ecosystems."""
    signal = hit.signal
    return hit.start, -hit.end, signal.vendor, signal.sign, signal.scope, signal.pattern


def _whole(data: bytes, sign: Sign, start: int, end: int) -> int:
    """Where a hit ends once trailing punctuation is dropped; 0 when it is part of a longer word."""
    if start and BEFORE[sign].match(data, start - 1):
        return 0
    if sign is Sign.MODEL_IN_CONTEXT and not CONTEXT.search(data, max(0, start - 60), start):
        return 0
    if sign in (Sign.MODEL, Sign.MODEL_IN_CONTEXT, Sign.PREFIX, Sign.RESOURCE):
        while end > start and data[end - 1] in b".-_:/@":
            end -= 1
    return 0 if end <= start or AFTER[sign].match(data, end) else end


def _hyperscan_starts(expressions: Sequence[Expression]) -> Starts:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [
        hyperscan.HS_FLAG_SOM_LEFTMOST | (hyperscan.HS_FLAG_CASELESS if one.flags & re.IGNORECASE else 0)
        for one in expressions
    ]
    try:
        database.compile(
            expressions=[one.pattern for one in expressions], ids=list(range(len(expressions))), flags=flags
        )
    except hyperscan.error as error:
        raise OfframpError(
            "patterns-not-compiled",
            f"the vendors' patterns could not be compiled together: {error}",
            help="take look-around and back-references out of the profiles you added",
            exit_code=Exit.USAGE,
        ) from None

    def starts(data: bytes) -> Iterable[tuple[int, int]]:
        found: set[tuple[int, int]] = set()

        def collect(number: int, start: int, _end: int, _flags: int, _context: object) -> None:
            found.add((number, start))

        database.scan(data, match_event_handler=collect)
        return found

    return starts


def _plain_starts(expressions: Sequence[Expression]) -> Starts:
    def starts(data: bytes) -> Iterable[tuple[int, int]]:
        return {
            (number, match.start())
            for number, one in enumerate(expressions)
            for match in one.compiled.finditer(data)
        }

    return starts
