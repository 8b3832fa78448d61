"""DOCX: every paragraph, in tables, text boxes, headers, footers and notes too.

Reads the paragraphs' own elements: what is inserted in a tracked change counts, what is deleted does not,
and that there are such changes is said. Word's own program renders the document once; numbering it makes
up itself (automatic list numbers) is not in the text, which is said too.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from docx import Document
from docx.opc.exceptions import OpcError
from lxml import etree

from offramp.core.errors import OfframpError
from offramp.instruments.drafting import Piece
from offramp.workspace.documents.interface import Reading, trouble

LARGEST_UNPACKED = 256 << 20
MOST_PARTS = 5_000
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
OLD_WORD = bytes.fromhex("d0cf11e0a1b11ae1")
BROKEN = (
    OpcError,
    etree.LxmlError,
    zipfile.BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    OSError,
    AttributeError,
)
BESIDE = (
    ("footnotes", "footnote"),
    ("endnotes", "endnote"),
    ("comments", "comment"),
    ("header", "header"),
    ("footer", "footer"),
)
"""Parts beside the body that hold text, by how their names begin, and how a place is called."""


def read_docx(content: bytes, path: str) -> Reading:
    """Every paragraph with its number; then notes, comments, headers and footers."""
    if content.startswith(OLD_WORD):
        raise trouble(
            "document-encrypted",
            f"`{path}` is encrypted, or of Word's old format",
            path,
            "save a copy as .docx without a password",
        )
    _check_size(content, path)
    try:
        pieces, notes = _read(content)
    except BROKEN as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise trouble(
            "document-broken", f"`{path}` is not a DOCX that can be read: {reason}", path, "save it anew"
        ) from None
    return Reading(tuple(pieces), tuple(notes))


def _check_size(content: bytes, path: str) -> None:
    """A few bytes can unpack to very many: what the archive says of itself, and what it does."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED:
                raise _bomb(path)
            left = LARGEST_UNPACKED
            for part in parts:
                with archive.open(part) as unpacked:
                    while block := unpacked.read(1 << 20):
                        left -= len(block)
                        if left < 0:
                            raise _bomb(path)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise trouble(
            "document-broken", f"`{path}` is not a DOCX that can be read: {error}", path, "save it anew"
        ) from None


def _bomb(path: str) -> OfframpError:
    return trouble("document-too-large", f"`{path}` unpacks to more than {LARGEST_UNPACKED >> 20} MiB", path)


def _read(content: bytes) -> tuple[list[Piece], list[str]]:
    document = Document(io.BytesIO(content))
    body: Any = document.element.body
    pieces = list(_paragraphs(body, "para"))
    notes = []
    for part in document.part.package.iter_parts():
        name = str(part.partname).rpartition("/")[2]
        for begins, called in BESIDE:
            if name.startswith(begins) and name.endswith(".xml"):
                pieces += _paragraphs(etree.fromstring(part.blob, _parser()), called)
    if body.find(f".//{W}del") is not None or body.find(f".//{W}ins") is not None:
        notes.append("it holds tracked changes: insertions are taken as text, deletions are left out")
    if body.find(f".//{W}numPr") is not None:
        notes.append("numbers that Word makes itself are not in its text: the places count paragraphs")
    return pieces, notes


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)


def _paragraphs(root: Any, called: str) -> Iterator[Piece]:
    number = 0
    for paragraph in root.iter(f"{W}p"):
        if any(above.tag == FALLBACK for above in paragraph.iterancestors()):
            continue
        number += 1
        text = "".join(_texts(paragraph))
        if text.strip():
            yield Piece(text, f"{called} {number}", begins=True)


def _texts(node: Any) -> Iterator[str]:
    """The text of one paragraph, without deletions and paragraphs inside it, which come by themselves."""
    for child in node:
        match child.tag:
            case t if t == f"{W}t":
                yield child.text or ""
            case t if t in (f"{W}tab", f"{W}br", f"{W}cr"):
                yield " "
            case t if t == f"{W}noBreakHyphen":
                yield "-"
            case t if t in (f"{W}p", f"{W}del", f"{W}delText", f"{W}moveFrom", FALLBACK):
                continue
            case t if isinstance(t, str):
                yield from _texts(child)
