"""A text as sentences, each with its place. Nothing is left out: what is no sentence stands as what it is.

Works on lines as documents give them. Lines are joined into blocks (a paragraph, an item of a list, a
heading), words parted at a line's end are put together again, what repeats at the head or foot of pages
is told apart, and blocks are parted into sentences by rules that know abbreviations, initials, section
numbers and the stops of several scripts. A language without stops stays whole, block by block.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from offramp.instruments.drafting.abbreviations import ABBREVIATIONS, MAYBE_LAST, STARTERS

EDGE_LINES = 2
"""How many lines at the head and foot of a page may be what repeats there; fewer on a short page."""
BULLET = re.compile(r"\s*(?:[•▪●○◦■□‣⁃∙·*]|[-–—](?=\s))\s*")
NUMBER = re.compile(
    r"\s*(?:(?:§+|Sec(?:tion|\.)|SECTION|Art(?:icle|\.)|ARTICLE|Clause|CLAUSE|Part|PART)\s*[\dIVXLC]+[\w.()-]*"
    r"|\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxlc]{1,5})[.)])(?=\s|$)"
)
STOP = re.compile(r"(?:[.!?…؟۔।॥]+|[。！？｡]+)[\"'”’»›)\]」』]*(?=\s|$)|[。！？｡]+[」』”’)]*")
ENUMERATOR = re.compile(
    r"\s*(?:§+|Section|Sec\.?|Article|Art\.?|Clause|Part|SECTION|ARTICLE|PART)\s*[\dIVXLC.]+"
)
LAST_WORD = re.compile(r"[\w.’'&-]*\Z")
ENDED = re.compile(r"[.;:!?。！？؟।…][\"'”’»)\]]*\s*\Z")
PARTED = re.compile(r"([^\W\d_]+)[-\u2010]\Z")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Piece:
    """One line or paragraph as the document gives it."""

    text: str
    place: str
    page: int = 0
    """From 1; 0 where there are no pages."""
    begins: bool = False
    """A paragraph of its own, whatever stands before it."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """One sentence as it stands, and where it begins."""

    text: str
    place: str
    why: str = ""
    """Why it is not to be modelled, where that is plain: it repeats on every page."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Joined text, and the place of each of its parts by where they begin in it."""

    text: str
    places: tuple[tuple[int, str], ...]

    def place_at(self, offset: int) -> str:
        return next(place for start, place in reversed(self.places) if start <= offset)


def split(pieces: Sequence[Piece]) -> tuple[Quoted, ...]:
    """Every sentence of a document in order, then what repeats at the edges of its pages, once each."""
    cleaned = [Piece(_clean(one.text), one.place, one.page, one.begins) for one in pieces]
    repeated = _repeated(cleaned)
    body = [one for one in cleaned if _shape(one) not in repeated]
    words = Counter(word.casefold() for one in body for word in WORD.findall(one.text))
    sentences = [quoted for block in _blocks(body, words) for quoted in _sentences(block)]
    edges: dict[tuple[int, str], list[Piece]] = {}
    for one in cleaned:
        if _shape(one) in repeated:
            edges.setdefault(_shape(one), []).append(one)
    for same in edges.values():
        pages = f"pages {same[0].page} to {same[-1].page}"
        sentences.append(Quoted(same[0].text.strip(), pages, "repeated at the edge of every page"))
    return tuple(sentences)


def _clean(text: str) -> str:
    """Without what cannot be seen; every kind of space is a space, and a font's own sign is a bullet."""
    return "".join(map(_cleaned, text))


def _cleaned(character: str) -> str:
    if character.isspace():
        return " "
    match unicodedata.category(character):
        case "Cc" | "Cs" | "Cn":
            return ""
        case "Co":
            return "•"
    return "" if character in "\ufeff\u200b" else character


def _shape(piece: Piece) -> tuple[int, str]:
    """What makes lines of several pages the same: their words, digits aside; never for a piece on no page."""
    shape = re.sub(r"\d+", "#", " ".join(piece.text.split()))
    return (1, shape) if piece.page and shape else (0, "")


def _repeated(pieces: Sequence[Piece]) -> frozenset[tuple[int, str]]:
    """Lines that stand at the head or foot of most pages: at least three, and three in five."""
    pages: dict[int, list[Piece]] = {}
    for one in pieces:
        if one.page and one.text.strip():
            pages.setdefault(one.page, []).append(one)
    if len(pages) < 3:
        return frozenset()
    seen: Counter[tuple[int, str]] = Counter()
    for lines in pages.values():
        deep = max(1, min(EDGE_LINES, len(lines) // 4))
        edge = [*lines[:deep], *lines[-deep:]]
        seen.update({_shape(one) for one in edge})
    least = max(3, -(-len(pages) * 3 // 5))
    return frozenset(shape for shape, count in seen.items() if count >= least and shape != (0, ""))


def _blocks(pieces: Iterable[Piece], words: Counter[str]) -> Iterator[_Block]:
    text = ""
    places: list[tuple[int, str]] = []
    for one in pieces:
        line = " ".join(one.text.split())
        if text and (not line or one.begins or _begins_block(line, text)):
            yield _Block(text, tuple(places))
            text, places = "", []
        if not line:
            continue
        joined = _joined(text, line, words)
        places.append((len(joined) - len(line) if text else 0, one.place))
        text = joined
    if text:
        yield _Block(text, tuple(places))


def _begins_block(line: str, before: str) -> bool:
    """An item of a list or a numbered section begins anew, except where a sentence runs on through it."""
    if BULLET.match(line):
        return True
    is_over = bool(ENDED.search(before)) or re.search(r"(?:[;,]| and| or)\s*\Z", before) is not None
    if NUMBER.match(line):
        return is_over or _is_heading(before)
    return _is_heading(before) and line[:1].isupper() and not ENDED.search(before)


def _is_heading(text: str) -> bool:
    """A short text without a stop that is all capitals, or begins with a number and holds few small words."""
    if len(text) > 80 or ENDED.search(text):
        return False
    letters = [character for character in text if character.isalpha()]
    if letters and all(character.isupper() for character in letters):
        return True
    numbered = NUMBER.match(text)
    rest = text[numbered.end() :].split() if numbered else []
    return bool(numbered) and len(rest) <= 8 and all(word[:1].isupper() or len(word) <= 3 for word in rest)


def _joined(text: str, line: str, words: Counter[str]) -> str:
    if not text:
        return line
    if text.endswith("\u00ad"):
        return text[:-1] + line
    parted = PARTED.search(text)
    following = WORD.match(line)
    if parted and following and line[:1].islower():
        begun, ended = parted[1].casefold(), following[0].casefold()
        if words[f"{begun}-{ended}"] and not words[begun + ended]:
            return text + line
        return text[:-1] + line
    is_wide = unicodedata.east_asian_width(text[-1]) in "WF" and unicodedata.east_asian_width(line[0]) in "WF"
    return text + ("" if is_wide else " ") + line


def _sentences(block: _Block) -> Iterator[Quoted]:
    start = 0
    for hit in STOP.finditer(block.text):
        if hit.start() >= start and _ends(block.text, start, hit):
            yield Quoted(block.text[start : hit.end()].strip(), block.place_at(start))
            start = hit.end()
            while start < len(block.text) and block.text[start] == " ":
                start += 1
    if block.text[start:].strip():
        yield Quoted(block.text[start:].strip(), block.place_at(start))


def _ends(text: str, start: int, hit: re.Match[str]) -> bool:
    """Whether a sentence that began at `start` ends with this stop."""
    after = text[hit.end() :].lstrip()
    if not after:
        return True
    stop = hit[0]
    if stop[0] in "。！？｡؟۔।॥":
        return True
    first = next((character for character in after if character.isalnum()), "")
    if first.islower():
        return False
    if stop[0] != "." or stop.startswith(".."):
        return True
    last = LAST_WORD.search(text[start : hit.start()])
    word = last[0] if last else ""
    if _is_enumerator(text[start : hit.start()], word):
        return False
    if len(stop) > 1 and stop[1] in '"”’»)]':
        return True
    lowered = word.casefold()
    if lowered in ABBREVIATIONS:
        return False
    following = re.match(r"[\"“‘'(\[]*([^\W\d_]+)", after)
    begins = following is not None and following[1].casefold() in STARTERS
    if lowered in MAYBE_LAST or re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word):
        return begins
    if len(word) == 1 and word.isalpha() and word.isupper():
        return begins
    return True


def _is_enumerator(said: str, word: str) -> bool:
    """`1`, `2.1`, `(a)`, `§ 2` or `Section 4` before the stop: the number of what follows."""
    if ENUMERATOR.fullmatch(said):
        return True
    return said.strip() == word and re.fullmatch(r"[\d.]+|[a-zA-Z]|[ivxlcIVXLC]+", word) is not None
