"""Choices among vendors that nothing calls a provider: branches, comparisons, options and switches by name.

One vendor's name in a comparison says little; two vendors' names compared with the same thing are a choice of
who answers. Read only in files in which something else was found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from offramp.inventory.choosing import is_arm
from offramp.inventory.matching import Hit
from offramp.inventory.signals import Signal
from offramp.inventory.source import Source

BRANCH = re.compile(rb"""^[ \t]*(?:case|when)\b[ \t]*(?:["'`\w]|$)""")
COMPARED = re.compile(
    rb"""([A-Za-z_$@][\w$.@?>\[\]-]*?)(?:\.to_?\w+\(\))?["']?\]?\s*
    (?:===?|!==?|\.[eE]quals(?:IgnoreCase)?\(|\.eql\?\s)\s*["'`]\Z""",
    re.VERBOSE,
)
COMPARED_AFTER = re.compile(
    rb"""["'`](?:[ \t]*(?:===?|!==?)[ \t]*|\.equals(?:IgnoreCase)?\([ \t]*)([A-Za-z_$@][\w$.@>\[\]-]*)"""
)
LISTED_AFTER = re.compile(
    rb"""["'`][^\]\n]{0,200}\][ \t]*(?:as const[ \t]*)?\)?\.(?:includes|include\?|contains|indexOf|has)
    \([ \t]*([\w$.?]+)""",
    re.VERBOSE,
)
LISTED_BEFORE = re.compile(rb"""([A-Za-z_$][\w$.]*)[ \t]+(?:not[ \t]+)?in[ \t]*[\[({][^\])}\n]*["'`]\Z""")
"""A list of names that one thing is looked up in."""
SHOWN = re.compile(rb"(?i)icon|logo|label|avatar|colou?r|svg|display|title|badge|emoji")
"""What only shows a person whose answer it is."""
FEWEST = 2
FARTHEST = 4_000
"""How far apart, in bytes, two branches of one choice may stand."""
OPTIONS = re.compile(rb"""provider_?options["']?\]?[ \t]*(?:\?\?=|[:=])\s*(?:[^{};,]{0,120}\?\s{0,80})?\{""")
"""In small letters."""
OPTION = re.compile(rb"""["']?([A-Za-z][\w-]{1,40})["']?[ \t]*:(?!:)""")
WIDEST_OPTIONS = 3_000
KEY_TABLE = re.compile(
    rb"""(?m)(?:api_?keys?|credentials?|secret_?keys)["']?\]?[ \t]*
    (?:(?::[ \t]*[\w<>\[\], ]{1,60}?)?[ \t]*(?:=>|[:=,])\s{0,40}(?:[\w.]{1,40}[ \t]*)?(?P<bracket>[\[{(])
    |:[ \t]*\r?$)""".replace(b"\n    ", b"")
)
"""A setting called keys or credentials that is a table, in small letters."""
KEY_ENTRY = re.compile(rb"""["':]?([A-Za-z][\w-]{1,40})["']?[ \t]*(?:=>|=(?!=)|:(?!:))[ \t]*""")
NO_KEY = re.compile(
    rb"""["'][^"'\n]*[ ][^"'\n]*["']|[\[{]|array\b|(?:string|str|bool|boolean|true|false|null)\b"""
)
"""Words for a person, a table inside, a type."""
LINE_ENTRY = re.compile(rb"(?P<depth>[ \t]*)[^\s][^\n]*")
ON = rb"""["']?[ \t]*[:=][ \t]*["']?(?:true|yes|on|1)\b"""
IS_ON = re.compile(ON)
SWITCHED_AFTER = tuple(
    re.compile(verb + rb"[_-]?([a-z][a-z_-]{1,30}?)(?:[_-]?api)?" + ON) for verb in (b"use", b"enable")
)
"""Two, for what begins with a plain text is found much faster."""
BEFORE_ENABLED = re.compile(rb"(?<![\w-])([a-z][a-z_-]{1,30})[_-]\Z")
BLOCK_BEFORE = re.compile(
    rb"""(?m)^[ \t]*["']?([a-z][a-z_-]{1,30})["']?[ \t]*:[ \t]*\{?[ \t]*\r?\n[ \t]+["']?\Z"""
)
LONGEST_SWITCH = 33
LONGEST_BLOCK_HEAD = 120
LONGEST_FILE = 1_000_000


def chosen_among(source: Source, hits: Sequence[Hit], everyday: frozenset[str]) -> set[int]:
    """Where names stand that are compared with the same thing as another vendor's name."""
    groups: dict[tuple[bytes, bytes], list[Hit]] = {}
    for hit in hits:
        key = _compared_with(source, hit)
        if key is not None:
            groups.setdefault(key, []).append(hit)
    found: set[int] = set()
    for some in groups.values():
        for run in _near_ones(some):
            sure = {hit.signal.vendor for hit in run if hit.signal.text.lower() not in everyday}
            if len({hit.signal.vendor for hit in run}) >= FEWEST and sure:
                found.update(hit.start for hit in run)
    return found


def _compared_with(source: Source, hit: Hit) -> tuple[bytes, bytes] | None:
    """What a name is compared with: a variable, or the place of the branch it is in."""
    line = source.line_text(hit.start)
    begin = source.line_start(hit.start)
    following = source.data[begin + len(line) : begin + len(line) + 120].partition(b"\n")[2]
    if SHOWN.search(line) or SHOWN.search(following.partition(b"\n")[0]):
        return None
    if BRANCH.match(line) or is_arm(source, line):
        return b"branch", line[: len(line) - len(line.lstrip())]
    compared = (
        COMPARED.search(source.data, max(begin, hit.start - 120), hit.start)
        or LISTED_BEFORE.search(source.data, max(begin, hit.start - 200), hit.start)
        or LISTED_AFTER.match(source.data, hit.end)
        or COMPARED_AFTER.match(source.data, hit.end)
    )
    return (b"compared", compared[1]) if compared is not None else None


def _near_ones(hits: Sequence[Hit]) -> Iterator[list[Hit]]:
    run: list[Hit] = []
    for hit in sorted(hits, key=lambda one: one.start):
        if run and hit.start - run[-1].start > FARTHEST:
            yield run
            run = []
        run.append(hit)
    if run:
        yield run


def named_options(data: bytes, selectors: Mapping[str, Signal]) -> Iterator[tuple[Signal, int, int]]:
    """Vendors under whose name options are handed to a framework: `providerOptions: {example: {…}}`."""
    if len(data) > LONGEST_FILE:
        return
    for match in OPTIONS.finditer(data.lower()):
        for option in _entries(data, match.end(), OPTION):
            signal = selectors.get(option[1].decode("latin-1").lower())
            if signal is not None:
                yield signal, option.start(1), option.end(1)


def keys_by_vendor(data: bytes, selectors: Mapping[str, Signal]) -> Iterator[tuple[Signal, int, int]]:
    """Vendors under whose name a table of keys holds one: `apiKeys: {example: …}`."""
    if len(data) > LONGEST_FILE:
        return
    for match in KEY_TABLE.finditer(data.lower()):
        entries = _entries(data, match.end(), KEY_ENTRY) if match["bracket"] else _below(data, match.end())
        for entry in entries:
            signal = selectors.get(entry[1].decode("latin-1").lower())
            if signal is not None and NO_KEY.match(data, entry.end()) is None:
                yield signal, entry.start(1), entry.end(1)


def _below(data: bytes, at: int) -> Iterator[re.Match[bytes]]:
    """The settings right below a key that ends its line before `at`, told by their indentation."""
    own = LINE_ENTRY.match(data, data.rfind(b"\n", 0, at) + 1)
    indent = own["depth"] if own is not None else b""
    depth, end = b"", min(len(data), at + WIDEST_OPTIONS)
    while at < end:
        line = LINE_ENTRY.match(data, at + 1)
        if line is None or not line["depth"].startswith(indent) or len(line["depth"]) <= len(indent):
            return
        depth = depth or line["depth"]
        entry = KEY_ENTRY.match(data, line.end("depth"))
        if entry is not None and line["depth"] == depth:
            yield entry
        at = line.end()


def _entries(data: bytes, at: int, shape: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """What stands under a name of its own right inside the bracket that ends before `at`."""
    depth, end = 1, min(len(data), at + WIDEST_OPTIONS)
    while at < end and depth:
        byte = data[at]
        if byte in b"{[(":
            depth += 1
        elif byte in b"}])":
            depth -= 1
        elif depth == 1 and (byte in b"\"'" or chr(byte).isalpha()):
            entry = shape.match(data, at)
            if entry is not None:
                yield entry
            at = entry.end() if entry is not None else _past_word(data, at)
            continue
        at += 1


def _past_word(data: bytes, at: int) -> int:
    """Behind a string or a word that is no option."""
    match = re.compile(rb"""["'][^"'\n]*["']?|\w+""").match(data, at)
    return match.end() if match is not None else at + 1


def switched_on(data: bytes, selectors: Mapping[str, Signal]) -> Iterator[tuple[Signal, int, int]]:
    """Switches called after one vendor that are on: `use_example: true`, `EXAMPLE_ENABLED=1`."""
    if len(data) > LONGEST_FILE:
        return
    small = data.lower()
    for start, end in (*_after_use(small), *_around_enabled(small)):
        name = small[start:end].decode("latin-1")
        signal = selectors.get(name) or selectors.get(name.replace("_", "-"))
        if signal is not None:
            yield signal, start, end


def _after_use(small: bytes) -> Iterator[tuple[int, int]]:
    """`use_example: true`, in small letters."""
    for match in chain.from_iterable(one.finditer(small) for one in SWITCHED_AFTER):
        before = small[match.start() - 1 : match.start()] if match.start() else b""
        if not (before.isalnum() or before in (b"_", b"-")):
            yield match.span(1)


def _around_enabled(small: bytes) -> Iterator[tuple[int, int]]:
    """`example_enabled: true`, or a block of settings called `example` that begins with `enabled: true`.

    In small letters; the word that both have is looked for first, for it is rare.
    """
    at = small.find(b"enabled")
    while at > 0:
        if IS_ON.match(small, at + len(b"enabled")):
            if small[at - 1] in b"_-":
                name = BEFORE_ENABLED.search(small, max(0, at - LONGEST_SWITCH), at)
            else:
                name = BLOCK_BEFORE.search(small, max(0, at - LONGEST_BLOCK_HEAD), at)
            if name is not None:
                yield name.span(1)
        at = small.find(b"enabled", at + 1)
