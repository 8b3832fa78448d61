"""Turns a file into a source, or into the reason why it was not read.

Every file is read into one buffer that is used again for the next; bytes are copied only where something was
found. Nothing here blocks: what became a pipe since it was listed reads as empty.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

from offramp.inventory.languages import BY_KERNEL, NOTEBOOK, PROSE, PYTHON, language_of
from offramp.inventory.notebook import code_cells, kernel
from offramp.inventory.source import Source, context_of
from offramp.inventory.walk import Leaf

LARGEST_FILE = 32 * 1024 * 1024
FIRST_BLOCK = 8 * 1024
BUFFER = 1024 * 1024
WIDE_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
FIRST_OF_WIDE = 0xFE
UTF_8_MARK = b"\xef\xbb\xbf"
"""Some editors begin a file with it; it is no part of the first line."""
OWN_DOCUMENT = re.compile(
    rb"""(?m)^\s*["']?schema["']?\s*:\s*["']?offramp[/.]"""
    rb"""|"(?:driver"\s*:\s*\{|type"\s*:\s*"application",)\s*"name"\s*:\s*"offramp\""""
)
"""In the first block of what this program wrote: its own files and reports, SARIF, bills of materials."""
FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)

Sibling = Callable[[str], bytes]
"""The bytes of another file of the same folder; empty where there is none."""


class NotRead(Exception):
    """Why a file was left out on purpose."""


class Reader:
    """Reads files one after the other into one buffer."""

    def __init__(self) -> None:
        self._buffer = bytearray(BUFFER)

    def read(self, leaf: Leaf) -> memoryview:
        """The bytes of a text file, good until the next call.

        Raises `NotRead` for what is left out, `OSError` for what cannot be read.
        """
        if leaf.size > LARGEST_FILE:
            raise NotRead(f"larger than {LARGEST_FILE // 1024 // 1024} MiB")
        return self.text(self._fill(leaf))

    def text(self, length: int) -> memoryview:
        """What the buffer holds, if it is text; wide characters are written as UTF-8."""
        if length > LARGEST_FILE:
            raise NotRead(f"grew larger than {LARGEST_FILE // 1024 // 1024} MiB")
        if length > 1 and self._buffer[0] >= FIRST_OF_WIDE and bytes(self._buffer[:2]) in WIDE_MARKS:
            return memoryview(text_bytes(bytes(self._buffer[:length])))
        if self._buffer.find(0, 0, min(length, FIRST_BLOCK)) >= 0:
            raise NotRead("binary")
        begin = len(UTF_8_MARK) if length > 2 and self._buffer.startswith(UTF_8_MARK) else 0
        return memoryview(self._buffer)[begin : max(begin, length)]

    def room(self, size: int) -> bytearray:
        """The buffer, with place for so many bytes and one more."""
        if size >= len(self._buffer):
            self._buffer = bytearray(size + 1)
        return self._buffer

    def _fill(self, leaf: Leaf) -> int:
        buffer = self.room(leaf.size)
        descriptor = os.open(leaf.path, FLAGS)
        try:
            length = os.readv(descriptor, [buffer])
            while length == len(buffer) and length <= LARGEST_FILE:
                grown = bytearray(min(2 * length, LARGEST_FILE + 1))
                grown[:length] = buffer
                self._buffer = buffer = grown
                more = os.readv(descriptor, [memoryview(buffer)[length:]])
                if not more:
                    break
                length += more
        finally:
            os.close(descriptor)
        return length


def text_bytes(data: bytes) -> bytes:
    """`data` if it is text, as UTF-8 where its first bytes name another encoding. Raises `NotRead`."""
    encoding = WIDE_MARKS.get(data[:2])
    if encoding is not None:
        return data[2:].decode(encoding, "replace").encode("utf-8", "replace")
    if b"\x00" in data[:FIRST_BLOCK]:
        raise NotRead("binary")
    return data.removeprefix(UTF_8_MARK)


def source_of(leaf: Leaf, data: bytes, sibling: Sibling | None = None) -> Source:
    """The source detectors see: notebooks as their code cells, our own documents as prose."""
    return source_named(leaf.shown, data, sibling or siblings_of(leaf))


def source_named(path: str, data: bytes, sibling: Sibling = lambda _name: b"") -> Source:
    """The source for content that is not a file on disk; `sibling` gives the other files of its folder."""
    language = language_of(path)
    context = context_of(path, language)
    if language is NOTEBOOK:
        cells, rows = code_cells(data)
        spoken = BY_KERNEL.get(kernel(data), PYTHON)
        return Source(path, cells, spoken, line_map=rows, context=context, sibling=sibling)
    if language.is_data and is_own_document(data):
        return Source(path, data, PROSE, context=context, sibling=sibling)
    return Source(path, data, language, context=context, sibling=sibling)


def is_own_document(data: bytes | memoryview) -> bool:
    """This program wrote it: what it names is used elsewhere, where it was found."""
    return OWN_DOCUMENT.search(data, 0, FIRST_BLOCK) is not None


def siblings_of(leaf: Leaf) -> Sibling:
    """Reads regular files in the folder of `leaf`."""

    def sibling(name: str) -> bytes:
        place = Path(leaf.path).parent / name
        try:
            if place.is_symlink() or not place.is_file() or place.stat().st_size > LARGEST_FILE:
                return b""
            return place.read_bytes()
        except OSError:
            return b""

    return sibling
