"""Tells code from strings, comments and prose, so that a name in a sentence is never taken for a use."""

import re
import string
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from offramp.inventory.languages import PAGE, Language
from offramp.inventory.telling import has_words, is_told

SENTENCE_WORDS = 4
WIDEST_VALUE = 400
"""How far on either side a value is looked at: enough for a sentence, little enough for any line."""

MOST_STRINGS = 8
"""How many strings on a line are passed over to find the comment at its end."""
DOCUMENTS = re.compile(rb"@(?:module|type|short)?doc\s+(?:~[sS])?\Z")
FILLED_IN = re.compile(rb"(?:[$%]|[$%#{]\{[^{}\n]{0,38})\Z")
"""What stands before a name that a program puts into a text: `$NAME`, `${NAME`, `{{ name`, `#{name`."""
OPTION = re.compile(rb"""(?:\A|(?<=[\s"'=]))--[a-z][\w-]*[= ]["']?\Z""")
"""What stands before the value of a command's option, however many words the command has."""
FOREIGN = re.compile(rb"[\xc3-\xf4][\x80-\xbf]{1,3}")
FEWEST_FOREIGN = 18
"""Bytes of other scripts that are words for a person; less may be a mark or a name."""
ADDRESS_REST = re.compile(rb"[^\s\"'<>`]*")
LISTED_BEFORE = re.compile(
    rb"(?:\b[a-z]+-src|[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:/[^\s\"']*)?[,;|]?)[ \t]+(?:[a-z]+://)?\Z"
)
LISTED_AFTER = re.compile(
    rb"[^\s\"'<>`]*[,;|]?[ \t]+(?:(?:https?|wss?)://)?(?:\*\.)?[\w-]+(?:\.[\w-]+)+(?=[\s,;:/\"'|]|\Z)"
)
"""Hosts beside a host are a list of them: what a policy lets a page or a machine reach."""
EXAMPLE = re.compile(rb"(?i)(?<![a-z])(?:e\.\s?g\.|i\.e\.|z\.\s?B\.|such as|for example|for instance)")
"""What says that an example follows, for a person."""
EXAMPLE_NEXT = b" \t,:\\\"'`("
OPTION = re.compile(rb"""(?:\A|[\s"'])--[a-z][\w-]*[ =]["']?\Z""")
"""What follows an option is its value, in however long a command."""
MARKED_BEFORE = re.compile(rb"<[a-z]\w*(?:\s[^<>]{0,80})?>\Z")
MARKED_AFTER = re.compile(rb"\A</[a-z]\w*>")
"""How a name in a sentence is set apart."""
WORDS = re.compile(rb"(?<![\w./:@$-])[A-Za-z][a-z']+(?:-[a-z]+)*(?![\w/@-])(?![.:]\w)")
"""Words that are no part of a name, a path or an option."""
NAME = string.ascii_letters.encode() + string.digits.encode() + b"_./@-"
"""What belongs to the same name as a hit: a path, others that slashes join to it."""
NAME_AFTER = re.compile(rb"[\w./@-]{0,80}([`'\")\]}]{0,3})[,;!?]?")
"""The same behind it, with the mark that ends it."""
QUOTED = re.compile(rb"""[=:,(\[{]\s*\\*["']\Z""")
"""What stands before a value of a program or of data inside a text."""


LIVE = re.compile(
    rb"""<!--.*?(?:-->|\Z)|<script\b[^>]{0,500}>(?P<script>.*?)(?=</script|\Z)
    |\son[a-z]{3,20}=(?:"(?P<script2>[^"\n]{1,400})"|'(?P<script3>[^'\n]{1,400})')
    |\s(?:value|(?:data-)?model|data-model-(?:id|name)|data-default-model)=(?:"(?P<double>[^"\n]{1,200})"|'(?P<single>[^'\n]{1,200})')""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
"""What of a page is run or sent: a script, what an event runs, a value of a form, an element's model."""


class Place(StrEnum):
    """What sort of text a hit stands in."""

    CODE = "code"
    STRING = "string"
    COMMENT = "comment"
    """Comments, docstrings and files of prose."""
    SENTENCE = "sentence"
    """A string or value that is words for a person."""


class Region(NamedTuple):
    """A string or a comment; a tuple, for a large file has tens of thousands."""

    start: int
    end: int
    place: Place


def regions(data: bytes, language: Language) -> tuple[Region, ...]:
    """The strings and comments of `data`, in order; what lies between them is code."""
    if language.is_prose:
        return (Region(0, len(data), Place.COMMENT),)
    lexer = _lexer(language)
    if lexer is None:
        return ()
    if language is PAGE:
        return tuple(_of_a_page(data, lexer))
    return tuple(_lexed(data, language, lexer, 0, len(data)))


def _of_a_page(data: bytes, lexer: re.Pattern[bytes]) -> Iterator[Region]:
    """Strings and comments of its scripts, what its forms give, and words for a person between them."""
    told = 0
    for match in LIVE.finditer(data):
        if match.lastgroup is None:  # a comment
            continue
        start, end = match.span(match.lastgroup)
        if start > told:
            yield Region(told, start, Place.COMMENT)
        if match.lastgroup.startswith("script"):
            yield from _lexed(data, PAGE, lexer, start, end)
        else:
            yield Region(start, end, Place.STRING)
        told = end
    yield Region(told, len(data), Place.COMMENT)


def _lexed(
    data: bytes, language: Language, lexer: re.Pattern[bytes], first: int, last: int
) -> Iterator[Region]:
    for match in lexer.finditer(data, first, last):
        start, end = match.span()
        is_comment = match.lastgroup == "comment" or _is_docstring(data, language, start, end)
        yield Region(start, end, Place.COMMENT if is_comment else Place.STRING)


def region_at(found: Sequence[Region], offset: int) -> Region | None:
    """The region `offset` stands in, or None for code."""
    index = bisect_right(found, offset, key=lambda region: region.start) - 1
    if index >= 0 and found[index].start <= offset < found[index].end:
        return found[index]
    return None


def place_of(data: bytes, language: Language, found: Sequence[Region], start: int, end: int) -> Place:
    """What sort of text the bytes from `start` to `end` stand in."""
    region = region_at(found, start)
    if region is not None and region.place is Place.COMMENT:
        return Place.COMMENT
    if region is None and (language.quotes_text or not language.is_data):
        return Place.CODE
    scalar_start, scalar_end = scalar_bounds(data, region, start)
    if region is None:
        scalar_end = min(scalar_end, _next_comment(found, end))
    is_program = not (language.is_data or language.is_shell)
    if has_words(data[scalar_start:start], data[end:scalar_end]) and is_told(
        data, scalar_start if region is None else region.start, is_program=is_program
    ):
        return Place.SENTENCE
    if _is_sentence(data, scalar_start, scalar_end, start, end) and not (
        not is_program and OPTION.search(data, max(scalar_start, start - 60), start)
    ):
        return Place.SENTENCE
    return Place.STRING if region is not None else Place.CODE


def _next_comment(found: Sequence[Region], offset: int) -> int:
    """Where the first comment after `offset` begins, looking no further than the strings before it go."""
    index = bisect_right(found, offset, key=lambda region: region.start)
    for one in found[index : index + MOST_STRINGS]:
        if one.place is Place.COMMENT:
            return one.start
    return sys.maxsize


def scalar_bounds(data: bytes, region: Region | None, start: int) -> tuple[int, int]:
    """The value around `start`, cut to its line: a string without its quotes, or what follows `:` or `=`."""
    line_start = max(0, start - WIDEST_VALUE, data.rfind(b"\n", max(0, start - WIDEST_VALUE), start) + 1)
    line_end = data.find(b"\n", start, start + WIDEST_VALUE)
    line_end = min(len(data), start + WIDEST_VALUE) if line_end < 0 else line_end
    if region is not None:
        quotes = 3 if data[region.start : region.start + 3] in (b'"""', b"'''") else 1
        return max(line_start, region.start + quotes), max(start, min(line_end, region.end - quotes))
    mark = max(data.rfind(b": ", line_start, start), data.rfind(b"=", line_start, start))
    dash = re.compile(rb"[ \t]*-[ \t]+").match(data, line_start)
    return max(line_start, mark + 1, dash.end() if dash and dash.end() <= start else 0), line_end


def _is_sentence(data: bytes, scalar_start: int, scalar_end: int, start: int, end: int) -> bool:
    if FILLED_IN.search(data, max(0, start - 40), start):
        return False
    before = data[scalar_start:start].rstrip(b"{`(")
    after = data[end:scalar_end].lstrip(b"}`)")
    if after.lstrip().startswith((b"=", b":")) or b"curl" in before:
        return False
    if before.endswith(b">") and after.startswith(b"</"):
        before, after = MARKED_BEFORE.sub(b"", before), MARKED_AFTER.sub(b"", after)
    examples = [match.end() for match in EXAMPLE.finditer(before)]
    is_address = b"://" in before[examples[-1] if examples else 0 :]
    if examples and not is_address and not before.rstrip(NAME)[examples[-1] :].strip(EXAMPLE_NEXT):
        return True
    if OPTION.search(before):
        return False
    if b"://" in before[before.rfind(b" ") + 1 :]:
        # An address in a sentence is told by what stands around the whole of it.
        before = before[: before.rfind(b" ") + 1]
        after = after[ADDRESS_REST.match(after).end() :]  # type: ignore[union-attr]  # it matches nothing, too
    if LISTED_BEFORE.search(before) or LISTED_AFTER.match(after):
        return False
    before = before.rstrip(NAME)
    rest = NAME_AFTER.match(after)
    assert rest is not None
    if QUOTED.search(before) and rest[1].strip(b"`)]}"):
        return False
    if examples and not is_address:
        return True
    after = after[rest.end() :]
    touches = (before[-1:].isspace() and before.strip()) or (after[:1].isspace() and after.strip())
    if touches and len(WORDS.findall(before)) + len(WORDS.findall(after)) >= SENTENCE_WORDS - 1:
        return True
    return sum(map(len, FOREIGN.findall(before + after))) >= FEWEST_FOREIGN


def _is_docstring(data: bytes, language: Language, start: int, end: int) -> bool:
    """A triple-quoted string that is a statement of its own, or documents a module."""
    if language.name == "elixir":
        return DOCUMENTS.search(data, max(0, start - 30), start) is not None
    if language.tree != "python" or data[start : start + 3] not in (b'"""', b"'''"):
        return False
    line_start = data.rfind(b"\n", 0, start) + 1
    before = data[line_start:start].strip().lower()
    after = data[end : data.find(b"\n", end) if data.find(b"\n", end) >= 0 else len(data)].strip()
    return before in (b"", b"r", b"u") and after in (b"", b";") and _opens_statement(data, line_start)


def _opens_statement(data: bytes, line_start: int) -> bool:
    before = data[:line_start].rstrip()
    return not before.endswith((b"(", b"[", b"{", b",", b"=", b"\\"))


@cache
def _lexer(language: Language) -> re.Pattern[bytes] | None:
    parts = []
    if language.comments:
        parts.append(rb"(?P<comment>" + rb"|".join(language.comments) + rb")")
    if language.strings:
        parts.append(rb"(?P<string>" + rb"|".join(language.strings) + rb")")
    return re.compile(rb"|".join(parts), re.DOTALL | re.MULTILINE) if parts else None
