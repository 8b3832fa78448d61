"""Plain text and Markdown: each line with its number. A Markdown table's row is a piece of its own."""

import codecs
import re

from offramp.instruments.drafting import Piece
from offramp.workspace.documents.interface import Reading, trouble

MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}\Z")
QUOTE = re.compile(r"\s{0,3}(?:>\s?)+")
EMPHASIS = re.compile(r"(\*\*\*|\*\*|__|\*)(?=\S)(.+?)(?<=\S)\1")


def read_text(content: bytes, path: str) -> Reading:
    """Every line of a text in UTF-8, or in UTF-16 with its mark."""
    return Reading(tuple(Piece(line, f"line {n}") for n, line in enumerate(_decoded(content, path), 1)))


def read_markdown(content: bytes, path: str) -> Reading:
    """Every line of a Markdown text: headings and rows stand alone; marks of emphasis are taken off."""
    pieces: list[Piece] = []
    begins = False
    for number, line in enumerate(_decoded(content, path), 1):
        place = f"line {number}"
        text = QUOTE.sub("", line)
        is_alone = bool(HEADING.match(text)) or text.lstrip().startswith("|")
        if RULE.match(text):
            pieces.append(Piece("", place))
        elif is_alone:
            pieces.append(Piece(_bare(HEADING.sub("", text)), place, begins=True))
        else:
            pieces.append(Piece(_bare(text), place, begins=begins))
        begins = is_alone
    return Reading(tuple(pieces))


def _bare(text: str) -> str:
    return EMPHASIS.sub(r"\2", text)


def _decoded(content: bytes, path: str) -> list[str]:
    encoding = "utf-16" if content.startswith(MARKS[1:]) else "utf-8-sig"
    if b"\0" in content and encoding != "utf-16":
        raise trouble("document-unreadable", f"`{path}` is not a text", path, "save it as text in UTF-8")
    try:
        return content.decode(encoding).splitlines()
    except UnicodeDecodeError as error:
        message = f"`{path}` is not {encoding.removesuffix('-sig').upper()} at byte {error.start}"
        raise trouble("document-unreadable", message, path, "save it as text in UTF-8") from None
