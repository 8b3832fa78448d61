"""PDF: the lines of each page as they were laid out. A scan without text is an error that says so."""

import io
import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import pypdf
from pypdf.errors import FileNotDecryptedError, PyPdfError

from offramp.instruments.drafting import Piece
from offramp.workspace.documents.interface import MOST_CHARACTERS, Reading, trouble

MOST_PAGES = 2_000
BROKEN = (
    PyPdfError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""What the reader raises on files that are not as they say."""


def read_pdf(content: bytes, path: str) -> Reading:
    """Every line of every page; pages without text are named, and none at all is an error."""
    with _quietly():
        try:
            pages = list(_pages(content, path))
        except FileNotDecryptedError:
            raise _encrypted(path) from None
        except BROKEN as error:
            reason = " ".join(str(error).split())[:120] or type(error).__name__
            raise trouble(
                "document-broken", f"`{path}` is not a PDF that can be read: {reason}", path, "save it anew"
            ) from None
    bare = [number for number, text in enumerate(pages, 1) if not text.strip()]
    if len(bare) == len(pages):
        raise trouble(
            "document-without-text",
            f"none of the {len(pages)} pages of `{path}` holds text: it looks like a scan",
            path,
            "run text recognition over it first, and check what it read",
        )
    pieces = []
    for number, text in enumerate(pages, 1):
        if number in bare:
            pieces.append(Piece(f"(Page {number} holds no text.)", f"p. {number}", begins=True))
            continue
        for line, words in enumerate(text.splitlines(), 1):
            pieces.append(Piece(words, f"p. {number}, line {line}", number))
    notes = [f"page {number} holds no text: it may be a scan" for number in bare]
    return Reading(tuple(pieces), tuple(notes))


def _pages(content: bytes, path: str) -> Iterator[str]:
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _encrypted(path)
    if len(reader.pages) > MOST_PAGES:
        raise trouble("document-too-large", f"`{path}` has more than {MOST_PAGES:,} pages", path)
    total = 0
    for page in reader.pages:
        text = page.extract_text()
        total += len(text)
        if total > MOST_CHARACTERS:
            raise trouble(
                "document-too-large", f"`{path}` has more than {MOST_CHARACTERS:,} characters", path
            )
        yield text


def _encrypted(path: str) -> Exception:
    return trouble("document-encrypted", f"`{path}` is encrypted", path, "save a copy without a password")


@contextmanager
def _quietly() -> Iterator[None]:
    """The reader tells of every oddity of a file; here a file can be read or it cannot."""
    log = logging.getLogger("pypdf")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)
