"""What engines look for: each expression only as long as it must be to know where a signal may begin.

An engine reports starts; whether a signal stands there as a whole word is decided from the bytes, by
`matching`. Everyday words (a provider's name, a short model name) are not looked for at all: what is
looked for is the setting they must follow.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from offramp.inventory.signals import AFTER, BEFORE, Sign, Signal

PROVIDER_WORDS = r"(?:provider|api_?type|llm_type|model_type|model_source)"
MODEL_WORDS = r"(?:model|engine|deployment|llm)"
WIDEST_SETTING = 120
"""Characters of a line between a provider setting's name and its value."""
WIDEST_CONTEXT = 60
"""Bytes between something called a model and an everyday name that may be one."""
WIDEST_BEFORE = WIDEST_SETTING + 20
MOST_WORDS = 40
"""Of one trigger: hyperscan takes no pattern of any size."""
WEAK = {
    Sign.SELECTOR: rf"{PROVIDER_WORDS}[^\n]{{0,{WIDEST_SETTING}}}",
    Sign.MODEL_IN_CONTEXT: rf"{MODEL_WORDS}(?:.|\n){{0,{WIDEST_CONTEXT}}}",
}
"""What stands before a signal that is too common to be looked for alone."""
NEEDS = {
    sign: re.compile(rf"{before}\Z".encode().replace(b"(?:.|\n)", b"[\x00-\xff]"), re.IGNORECASE)
    for sign, before in WEAK.items()
}

WORD_BYTES = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
ITEM = r"(?:\[(?:[^\]\\]|\\.)+\]|\\.|[^\\()\[\]|*+?{}])"
TAIL = re.compile(rf"({ITEM})([*+?]|\{{\d+,\}})$")
OPTIONAL_GROUP = re.compile(r"(?<!\\)\(\?:(?:[^()\\]|\\.)*\)[?*]$")


@dataclass(frozen=True)
class Expression:
    """One thing to look for."""

    pattern: str
    ignores_case: bool
    signals: tuple[Signal, ...]
    """What may begin where it is found; empty for a trigger."""
    triggers: tuple[int, ...] = ()
    """Numbers of the expressions that may begin within or just after what this one finds."""

    words: str = ""
    """Of a trigger, what any of the announced expressions looks like."""

    @cached_property
    def announced(self) -> re.Pattern[bytes]:
        """The words of a trigger, compiled."""
        return re.compile(self.words.encode(), re.IGNORECASE)

    @cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """As Python reads it; compiled when first needed, for most are never met."""
        return re.compile(self.pattern.encode(), re.IGNORECASE if self.ignores_case else re.NOFLAG)


class Form:
    """A signal ready to be checked at a place."""

    __slots__ = ("_after", "_before", "_compiled", "_length", "_needs", "_trims", "signal")

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self._before = BYTES_BEFORE[signal.sign]
        self._after = BYTES_AFTER[signal.sign]
        self._length = len(signal.text.encode()) if re.escape(signal.text) == signal.pattern else 0
        self._compiled: re.Pattern[bytes] | None = None
        self._trims = signal.sign in (Sign.MODEL, Sign.MODEL_IN_CONTEXT, Sign.PREFIX, Sign.RESOURCE)
        self._needs = NEEDS.get(signal.sign)

    def end(self, data: bytes, start: int) -> int:
        """Where the signal that begins at `start` ends as a whole word; 0 when it is part of a longer one."""
        if start and data[start - 1] in self._before:
            return 0
        if self._length:
            end = start + self._length
        else:
            if self._compiled is None:
                flags = re.IGNORECASE if self.signal.ignores_case else re.NOFLAG
                self._compiled = re.compile(self.signal.pattern.encode(), flags)
            match = self._compiled.match(data, start)
            if match is None:
                return 0
            end = match.end()
        if self._needs is not None and not self._needs.search(data, max(0, start - WIDEST_BEFORE), start):
            return 0
        if self._trims:
            while end > start and data[end - 1] in b".-_:/@":
                end -= 1
        if end <= start or (end < len(data) and data[end] in self._after and self._goes_on(data, end)):
            return 0
        return end

    def _goes_on(self, data: bytes, end: int) -> bool:
        return AFTER[self.signal.sign].match(data, end) is not None


def _first_bytes(patterns: Mapping[Sign, re.Pattern[bytes]]) -> Mapping[Sign, frozenset[int]]:
    """For each sign the bytes its pattern can begin with."""
    return {
        sign: frozenset(byte for byte in range(256) if pattern.match(bytes([byte]) + b"a"))
        for sign, pattern in patterns.items()
    }


BYTES_BEFORE = _first_bytes(BEFORE)
BYTES_AFTER = _first_bytes(AFTER)


def expressions(signals: Sequence[Signal]) -> tuple[Expression, ...]:
    """Every expression to look for, each once, then the triggers of the weak ones."""
    strong: dict[tuple[str, bool], list[Signal]] = {}
    weak: dict[Sign, dict[tuple[str, bool], list[Signal]]] = {sign: {} for sign in WEAK}
    for signal in signals:
        into = weak.get(signal.sign, strong)
        into.setdefault((_sought(signal), signal.ignores_case), []).append(signal)
    found = [_expression(key, group) for key, group in strong.items()]
    for sign, groups in weak.items():
        if not groups:
            continue
        first = len(found)
        found.extend(_expression(key, group) for key, group in groups.items())
        numbers = tuple(range(first, len(found)))
        listed = sorted({pattern for pattern, _ in groups})
        for begin in range(0, len(listed), MOST_WORDS):
            words = "|".join(listed[begin : begin + MOST_WORDS])
            found.append(Expression(rf"{WEAK[sign]}(?:{words})", True, (), numbers, words))
    return tuple(found)


def _expression(key: tuple[str, bool], group: Sequence[Signal]) -> Expression:
    """One package of a name is enough: which ecosystem it belongs to is the manifest's business."""
    packages = [one for one in group if one.sign is Sign.PACKAGE]
    kept = [one for one in group if one.sign is not Sign.PACKAGE or one is packages[0]]
    return Expression(key[0], key[1], tuple(kept))


def _sought(signal: Signal) -> str:
    """The shortest pattern that begins wherever the signal does."""
    pattern = signal.pattern if signal.text else shortened(signal.pattern)
    if BYTES_BEFORE[signal.sign] >= WORD_BYTES and re.match(r"\w", pattern):
        pattern = rf"\b{pattern}"
    if signal.text and BYTES_AFTER[signal.sign] >= WORD_BYTES and re.search(r"\w$", signal.text):
        pattern = rf"{pattern}\b"
    return pattern


def shortened(pattern: str) -> str:
    """`pattern` without the part at its end that it can do without; both begin at the same places."""
    while True:
        tail = TAIL.search(pattern)
        if tail is not None:
            item, times = tail[1], tail[2]
            rest = pattern[: tail.start()]
            if times == "+":
                return rest + item
            if times.startswith("{"):
                return f"{rest}{item}{times[:-2]}}}"
            if not rest or rest.endswith(("|", "(")):
                return pattern
            pattern = rest
            continue
        group = OPTIONAL_GROUP.search(pattern)
        if group is None or not pattern[: group.start()] or pattern[: group.start()].endswith("|"):
            return pattern
        pattern = pattern[: group.start()]
