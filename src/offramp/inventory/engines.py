"""The engines that find where expressions begin: hyperscan in one pass, google-re2 where it is missing.

Both find the same. Hyperscan's compiled form is kept in the cache folder; a damaged one would load without a
word, so it stands beside its SHA-256 and is made again when the two differ.
"""

import hashlib
import os
import platform
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Any

from offramp.core.errors import Exit, OfframpError
from offramp.inventory.expressions import Expression

try:
    import hyperscan
except ImportError:  # platforms without the wheel
    HAS_HYPERSCAN = False
else:
    HAS_HYPERSCAN = True

Starts = Callable[[bytes | memoryview], set[tuple[int, int]]]
"""Gives pairs of the number of an expression and the place where its signals may begin."""
DIGEST_BYTES = 32
MOST_DATABASES = 4
_databases: dict[str, Any] = {}
"""Those of this process, by what they depend on; they never change once made."""


class Engine(StrEnum):
    """What looks for the places where a signal may begin."""

    HYPERSCAN = "hyperscan"
    RE2 = "re2"


def make(expressions: Sequence[Expression], engine: Engine | None, cache: Path | None) -> Starts:
    """The engine asked for, or the fastest one installed. Raises `engine-missing` where there is none."""
    if engine is Engine.HYPERSCAN or (engine is None and HAS_HYPERSCAN):
        return _hyperscan(expressions, cache)
    return _re2(expressions)


def _hyperscan(expressions: Sequence[Expression], cache: Path | None) -> Starts:
    database = _database(expressions, cache)
    # Where the length is known the start follows from the end, which costs the engine less to tell.
    back = [one.length for one in expressions]
    lead = [one.lead for one in expressions]
    once = frozenset(number for number, one in enumerate(expressions) if one.is_told_once)
    scratch = hyperscan.Scratch(database)

    def starts(data: bytes | memoryview) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = set()

        def collect(number: int, start: int, end: int, _flags: int, _context: object) -> None:
            if number in once:
                found.add((number, 0))
                return
            length = back[number]
            found.add((number, end - length if length else start + lead[number]))

        database.scan(data, match_event_handler=collect, scratch=scratch)
        return found

    return starts


def _database(expressions: Sequence[Expression], cache: Path | None) -> Any:
    """The compiled database: the one of this process, or of the cache folder if it is sound, or a new one."""
    key = _key(expressions)
    if key not in _databases:
        while len(_databases) >= MOST_DATABASES:
            del _databases[next(iter(_databases))]
        _databases[key] = compiled_database(expressions, cache / f"patterns-{key}.hs" if cache else None)
    return _databases[key]


def compiled_database(expressions: Sequence[Expression], place: Path | None) -> Any:
    """What hyperscan scans with: read from `place` if it is sound, else made, and kept there."""
    if place is not None:
        with suppress(OSError, hyperscan.error):
            kept = place.read_bytes()
            if hashlib.sha256(kept[DIGEST_BYTES:]).digest() == kept[:DIGEST_BYTES]:
                return hyperscan.loadb(kept[DIGEST_BYTES:], hyperscan.HS_MODE_BLOCK)
    database = _compile(expressions)
    if place is not None:
        body = hyperscan.dumpb(database)
        with suppress(OSError):
            write_whole(place, hashlib.sha256(body).digest() + body)
    return database


def _compile(expressions: Sequence[Expression]) -> Any:
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [
        (hyperscan.HS_FLAG_CASELESS if one.ignores_case else 0)
        | (0 if one.length or one.is_told_once else hyperscan.HS_FLAG_SOM_LEFTMOST)
        | (hyperscan.HS_FLAG_SINGLEMATCH if one.is_told_once else 0)
        for one in expressions
    ]
    try:
        database.compile(
            expressions=[one.pattern.encode() for one in expressions],
            ids=list(range(len(expressions))),
            flags=flags,
        )
    except hyperscan.error as error:
        raise OfframpError(
            "patterns-not-compiled",
            f"the vendors' patterns could not be compiled together: {error}",
            help="take look-around and back-references out of the profiles you added",
            exit_code=Exit.USAGE,
        ) from None
    return database


def _key(expressions: Sequence[Expression]) -> str:
    """What the compiled form depends on: the expressions, hyperscan's version, the processor."""
    digest = hashlib.sha256(f"{version('hyperscan')}\n{platform.machine()}\n{_processor()}".encode())
    lines = (f"\n{one.pattern}\0{one.ignores_case}\0{one.length}{one.is_told_once}" for one in expressions)
    digest.update("".join(lines).encode())
    return digest.hexdigest()[:32]


def _processor() -> str:
    """The processor's abilities, as far as the system tells them."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return platform.processor()
    flags = re.search(r"(?m)^(?:flags|Features)\s*:(.*)$", text)
    return flags[1] if flags else platform.processor()


def _re2(expressions: Sequence[Expression]) -> Starts:
    try:
        import re2
    except ImportError:
        raise OfframpError(
            "engine-missing",
            "neither hyperscan nor google-re2 is installed here",
            help="install `offramp[re2]`",
            exit_code=Exit.USAGE,
        ) from None
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 1 << 28
    options.log_errors = False
    whole = re2.Set.SearchSet(options)
    for one in expressions:
        whole.Add((rf"(?i:{one.pattern})" if one.ignores_case else one.pattern).encode())
    whole.Compile()

    def starts(data: bytes | memoryview) -> set[tuple[int, int]]:
        block = bytes(data)
        found: set[tuple[int, int]] = set()
        for number in whole.Match(block) or ():
            one = expressions[number]
            if one.is_told_once:
                found.add((number, 0))
            else:
                found.update((number, start) for start in _every(one, block))
        return found

    return starts


def any_of(words: Sequence[str]) -> Callable[[bytes | memoryview], bool]:
    """A function that tells whether any of the words stands in a block of bytes."""
    if not HAS_HYPERSCAN:
        import re2

        found = re2.compile(b"|".join(re2.escape(word.encode("utf-8", "replace")) for word in words))
        return lambda data: found.search(bytes(data)) is not None
    expressions = [re.escape(word).encode("utf-8", "replace") for word in words]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    flags = [hyperscan.HS_FLAG_SINGLEMATCH] * len(expressions)
    database.compile(expressions=expressions, ids=list(range(len(expressions))), flags=flags)
    scratch = hyperscan.Scratch(database)

    def stop(_number: int, _start: int, _end: int, _flags: int, _context: object) -> bool:
        return True

    def stands_in(data: bytes | memoryview) -> bool:
        block: Any = data
        try:
            database.scan(block, match_event_handler=stop, scratch=scratch)
        except hyperscan.ScanTerminated:
            return True
        return False

    return stands_in


def _every(one: Expression, data: bytes) -> list[int]:
    """Every start, overlapping ones among them; of those that end at one place the leftmost."""
    found, at, last = [], 0, -1
    while (match := one.compiled.search(data, at)) is not None:
        at = match.start() + 1
        if match.end() > last:
            found.append(match.start() + one.lead)
            last = match.end()
    return found


def write_whole(place: Path, data: bytes) -> None:
    """Put a file in place so that a reader sees all of it or none; only this user can read it."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(data)
        made.replace(place)
    finally:
        made.unlink(missing_ok=True)
