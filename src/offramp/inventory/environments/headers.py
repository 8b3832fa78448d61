"""What weight files say of themselves, read from their first bytes: GGUF, safetensors and ONNX.

Every reader is bounded, reads forwards only and never reaches the tensors. A header that promises more than
the bounds is refused, not believed. Formats: the GGUF specification (versions 1 to 3), the safetensors
format, and ONNX's ModelProto in protocol-buffer encoding.
"""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from offramp.inventory.reading import NotRead
from offramp.inventory.streams import BLOCK, Readable

LARGEST_HEADER = 64 << 20
MOST_KEYS = 10_000
MOST_ITEMS = 4_000_000
LONGEST_TEXT = 4_096
SAID = ("general.name", "general.basename", "general.organization", "general.author", "general.license",
        "general.architecture", "general.source.url", "general.source.huggingface.repository",
        "general.repo_url", "general.url", "general.finetune", "general.quantized_by")  # fmt: skip
BASE_MODEL = "general.base_model."
GGUF_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
GGUF_TEXT, GGUF_ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class Header:
    """What a weight file says of itself."""

    format: str
    said: Mapping[str, str] = field(default_factory=dict)
    """By the format's own keys."""

    @property
    def names(self) -> tuple[str, ...]:
        """The texts that may name a model or its maker, the model's own name first."""
        return tuple(value for value in self.said.values() if value)


class _Bounded:
    """Reads exactly, forwards, at most `LARGEST_HEADER` bytes in all."""

    def __init__(self, file: Readable) -> None:
        self._file = file
        self._left = LARGEST_HEADER

    def exactly(self, size: int) -> bytes:
        """`size` bytes. Raises `NotRead` where there are fewer or too many were asked for."""
        if size < 0 or size > self._left:
            raise NotRead(f"its header is larger than {LARGEST_HEADER >> 20} MiB")
        self._left -= size
        data = self._file.read(size)
        if len(data) < size:
            raise NotRead("its header ends too early")
        return data

    def number(self, shape: str) -> int:
        """One little-endian integer."""
        return int(struct.unpack("<" + shape, self.exactly(struct.calcsize("<" + shape)))[0])

    def skip(self, size: int) -> None:
        """Leave out `size` bytes of the header."""
        while size > 0:
            step = min(size, BLOCK)
            self.exactly(step)
            size -= step


def read_gguf(file: Readable) -> Header:
    """Key and value pairs of a GGUF file."""
    bounded = _Bounded(file)
    if bounded.exactly(4) != b"GGUF":
        raise NotRead("it is no GGUF file, whatever it is called")
    version = bounded.number("I")
    if version not in (1, 2, 3):
        raise NotRead(f"GGUF version {version} is not known")
    wide = "I" if version == 1 else "Q"
    bounded.number(wide)
    count = bounded.number(wide)
    if count > MOST_KEYS:
        raise NotRead(f"its header has more than {MOST_KEYS} keys")
    said: dict[str, str] = {}
    for _ in range(count):
        key = _gguf_text(bounded, wide)
        value = _gguf_value(bounded, bounded.number("I"), wide, 0)
        if value and (key in SAID or key.startswith(BASE_MODEL)):
            said[key] = value
    return Header("gguf", {key: said[key] for key in sorted(said, key=_name_first)})


def _name_first(key: str) -> tuple[int, str]:
    return (SAID.index(key) if key in SAID else len(SAID)), key


def _gguf_text(bounded: _Bounded, wide: str) -> str:
    size = bounded.number(wide)
    if size > LONGEST_TEXT:
        bounded.skip(size)
        return ""
    return bounded.exactly(size).decode("utf-8", "replace")


def _gguf_value(bounded: _Bounded, kind: int, wide: str, depth: int) -> str:
    if kind == GGUF_TEXT:
        return _gguf_text(bounded, wide)
    if kind != GGUF_ARRAY:
        if kind not in GGUF_SIZES:
            raise NotRead(f"its header has a value of the unknown kind {kind}")
        bounded.skip(GGUF_SIZES[kind])
        return ""
    inner, count = bounded.number("I"), bounded.number(wide)
    if count > MOST_ITEMS or depth > 2:
        raise NotRead("its header has a list that is too long or too deep")
    if inner in GGUF_SIZES:
        bounded.skip(GGUF_SIZES[inner] * count)
        return ""
    for _ in range(count):
        if inner == GGUF_TEXT:
            bounded.skip(bounded.number(wide))
        else:
            _gguf_value(bounded, inner, wide, depth + 1)
    return ""


def read_safetensors(file: Readable) -> Header:
    """The metadata in the JSON header of a safetensors file."""
    bounded = _Bounded(file)
    size = bounded.number("Q")
    if size > LARGEST_HEADER:
        raise NotRead(f"its header is larger than {LARGEST_HEADER >> 20} MiB")
    try:
        content = json.loads(bounded.exactly(size))
    except (ValueError, RecursionError):
        raise NotRead("its header is not JSON") from None
    about = content.get("__metadata__") if isinstance(content, dict) else None
    said = {
        str(key)[:200]: value[:LONGEST_TEXT]
        for key, value in (about.items() if isinstance(about, dict) else ())
        if isinstance(value, str)
    }
    return Header("safetensors", dict(list(said.items())[:200]))


ONNX_TEXTS = {2: "producer_name", 4: "domain", 6: "doc_string"}
ONNX_METADATA = 14


def read_onnx(file: Readable) -> Header:
    """The fields of an ONNX model outside its graph, which is passed over."""
    said: dict[str, str] = {}
    passed = _Passing(file)
    fields = 0
    while (tag := passed.tag()) is not None:
        fields += 1
        number, wire = tag >> 3, tag & 7
        if fields > MOST_KEYS or (fields == 1 and number not in range(1, 30)):
            raise NotRead("it is no ONNX model, whatever it is called")
        if wire == 0:
            passed.varint()
        elif wire == 2:
            size = passed.varint()
            if number in ONNX_TEXTS and size <= LONGEST_TEXT:
                said[ONNX_TEXTS[number]] = passed.exactly(size).decode("utf-8", "replace")
            elif number == ONNX_METADATA and size <= 2 * LONGEST_TEXT:
                key, value = _pair(passed.exactly(size))
                said[f"metadata.{key}"] = value
            else:
                passed.skip(size)
        elif wire in (1, 5):
            passed.skip(8 if wire == 1 else 4)
        else:
            raise NotRead("it is no ONNX model, whatever it is called")
    return Header("onnx", said)


class _Passing:
    """A protocol-buffer message read forwards; what is passed over is not kept."""

    def __init__(self, file: Readable) -> None:
        self._file = file

    def tag(self) -> int | None:
        """The next field's tag; None at the end."""
        first = self._file.read(1)
        return None if not first else self._varint(first)

    def varint(self) -> int:
        """One variable-length integer."""
        return self._varint(self.exactly(1))

    def _varint(self, first: bytes) -> int:
        value, shift, byte = first[0] & 0x7F, 7, first[0]
        while byte & 0x80:
            if shift > 63:
                raise NotRead("it is damaged: a number without an end")
            byte = self.exactly(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
        return value

    def exactly(self, size: int) -> bytes:
        """`size` bytes."""
        data = self._file.read(size)
        if len(data) < size:
            raise NotRead("it ends too early")
        return data

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        while size > 0:
            data = self._file.read(min(size, BLOCK))
            if not data:
                raise NotRead("it ends too early")
            size -= len(data)


def _pair(data: bytes) -> tuple[str, str]:
    """Key and value of a StringStringEntryProto."""
    parts = {1: "", 2: ""}
    position = 0
    while position + 2 <= len(data):
        number, size = data[position] >> 3, data[position + 1]
        if size & 0x80 and position + 2 < len(data):
            size = (size & 0x7F) | data[position + 2] << 7
            position += 1
        parts[number] = data[position + 2 : position + 2 + size].decode("utf-8", "replace")
        position += 2 + size
    return parts[1], parts[2]


READERS: Mapping[str, Callable[[Readable], Header]] = {
    ".gguf": read_gguf,
    ".onnx": read_onnx,
    ".safetensors": read_safetensors,
}
"""By the end of the file's name."""
