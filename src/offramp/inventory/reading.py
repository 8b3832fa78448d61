"""Turns a file on disk into a source, or into the reason why it was not read."""

import re
from collections.abc import Callable
from pathlib import Path

from offramp.inventory.languages import NOTEBOOK, PROSE, PYTHON, language_of
from offramp.inventory.notebook import code_cells
from offramp.inventory.source import Source, context_of
from offramp.inventory.walk import Leaf

LARGEST_FILE = 32 * 1024 * 1024
FIRST_BLOCK = 8 * 1024
WIDE_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
OWN_DOCUMENT = re.compile(rb"""(?m)^\s*["']?schema["']?\s*:\s*["']?offramp[/.]""")


class NotRead(Exception):
    """Why a file was left out on purpose."""


def read(leaf: Leaf) -> bytes:
    """The bytes of a text file. Raises `NotRead` for what is left out, `OSError` for what cannot be read."""
    if leaf.size > LARGEST_FILE:
        raise NotRead(f"larger than {LARGEST_FILE // 1024 // 1024} MiB")
    with open(leaf.path, "rb") as file:  # noqa: PTH123 - one open a file, on the hot path
        data = file.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise NotRead(f"grew larger than {LARGEST_FILE // 1024 // 1024} MiB")
    return text_bytes(data)


def text_bytes(data: bytes) -> bytes:
    """`data` if it is text, as UTF-8 where its first bytes name another encoding. Raises `NotRead`."""
    encoding = WIDE_MARKS.get(data[:2])
    if encoding is not None:
        return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    if b"\x00" in data[:FIRST_BLOCK]:
        raise NotRead("binary")
    return data


def source_of(leaf: Leaf, data: bytes) -> Source:
    """The source detectors see: notebooks as their code cells, our own documents as prose."""
    return source_named(leaf.shown, data, _sibling(Path(leaf.path).parent))


def source_named(path: str, data: bytes, sibling: Callable[[str], bytes] = lambda _name: b"") -> Source:
    """The source for content that is not a file on disk; `sibling` gives the other files of its folder."""
    language = language_of(path)
    context = context_of(path, language)
    if language is NOTEBOOK:
        cells, rows = code_cells(data)
        return Source(path, cells, PYTHON, line_map=rows, context=context, sibling=sibling)
    if language.is_data and OWN_DOCUMENT.search(data, 0, FIRST_BLOCK):
        return Source(path, data, PROSE, context=context, sibling=sibling)
    return Source(path, data, language, context=context, sibling=sibling)


def _sibling(folder: Path) -> Callable[[str], bytes]:
    def sibling(name: str) -> bytes:
        place = folder / name
        try:
            if place.is_symlink() or not place.is_file() or place.stat().st_size > LARGEST_FILE:
                return b""
            return place.read_bytes()
        except OSError:
            return b""

    return sibling
