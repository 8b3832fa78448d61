"""Which reader a document goes to, and the limits every document keeps."""

from collections.abc import Callable, Mapping

from offramp.upstream import require_extra
from offramp.workspace.documents.interface import MOST_CHARACTERS, Reading, trouble

LARGEST_DOCUMENT = 64 << 20


def read_document(content: bytes, path: str) -> Reading:
    """The lines or paragraphs of a document, by its suffix and its first bytes.

    Raises located errors: an unknown sort, a missing extra, what is encrypted, broken, too large, or empty.
    """
    if len(content) > LARGEST_DOCUMENT:
        raise trouble("document-too-large", f"`{path}` has more than {LARGEST_DOCUMENT >> 20} MiB", path)
    suffix = "." + path.rpartition(".")[2].lower() if "." in path else ""
    reader = SUFFIXES.get(suffix)
    if reader is None:
        known = ", ".join(sorted(SUFFIXES))
        raise trouble("document-unknown", f"`{path}` is none of {known}", path, "save it as one of these")
    reading = reader(content, path)
    if sum(len(piece.text) for piece in reading.pieces) > MOST_CHARACTERS:
        raise trouble("document-too-large", f"`{path}` has more than {MOST_CHARACTERS:,} characters", path)
    if not any(piece.text.strip() for piece in reading.pieces):
        raise trouble("document-empty", f"`{path}` holds no text", path, "name a document with text in it")
    return reading


def _text(content: bytes, path: str) -> Reading:
    from offramp.workspace.documents.plain import read_text

    return read_text(content, path)


def _markdown(content: bytes, path: str) -> Reading:
    from offramp.workspace.documents.plain import read_markdown

    return read_markdown(content, path)


def _pdf(content: bytes, path: str) -> Reading:
    require_extra("documents")
    from offramp.workspace.documents.pdf import read_pdf

    return read_pdf(content, path)


def _docx(content: bytes, path: str) -> Reading:
    require_extra("documents")
    from offramp.workspace.documents.docx import read_docx

    return read_docx(content, path)


SUFFIXES: Mapping[str, Callable[[bytes, str], Reading]] = {
    ".docx": _docx,
    ".markdown": _markdown,
    ".md": _markdown,
    ".pdf": _pdf,
    ".text": _text,
    ".txt": _text,
}
