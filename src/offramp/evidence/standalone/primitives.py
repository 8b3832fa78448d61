"""What every check stands on: keys and signed notes, the tree, canonical JSON."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\N{EM DASH} "
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)


class Wrong(Exception):
    """Something does not verify; the text says what."""


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, id and public key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or text.strip().startswith("PRIVATE+"):
        raise Wrong("what was given is not a public key: it has the form name+id+base64")
    name, key_id, encoded = parts
    raw = unbase64(encoded, "the key")
    digest = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or digest.hex() != key_id:
        raise Wrong("what was given is not an Ed25519 key with its own id")
    return name, digest, raw[1:]


def open_note(content: bytes, key: tuple[str, bytes, bytes], what: str) -> str:
    """The text of a note, once the key's signature under it is right."""
    try:
        note = content.decode()
    except UnicodeDecodeError:
        raise Wrong(f"{what} is not text") from None
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or not lines.strip():
        raise Wrong(f"{what} is not a signed note")
    text += "\n"
    own = []
    for line in lines[:-1].split("\n"):
        name, space, encoded = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or not space or not is_name(name):
            raise Wrong(f"{what} has a malformed signature line")
        raw = unbase64(encoded, f"a signature of {what}")
        if len(raw) < 5:
            raise Wrong(f"{what} has a signature that is too short")
        if name == key[0] and raw[:4] == key[1]:
            own.append(raw[4:])
    if not own:
        raise Wrong(f"{what} is not signed by {key[0]}")
    try:
        Ed25519PublicKey.from_public_bytes(key[2]).verify(own[0], text.encode())
    except (InvalidSignature, ValueError):
        raise Wrong(f"the signature under {what} is wrong") from None
    return text


def read_checkpoint(content: bytes, key: tuple[str, bytes, bytes], what: str) -> tuple[int, bytes]:
    """Number of entries and root."""
    lines = open_note(content, key, what).split("\n")
    if len(lines) != 4 or lines[0] != key[0] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise Wrong(f"{what} is not a checkpoint of {key[0]}")
    root = unbase64(lines[2], f"the root of {what}")
    if len(root) != 32:
        raise Wrong(f"the root of {what} is not 32 bytes")
    return int(lines[1]), root


def is_name(name: str) -> bool:
    """Whether a key can have this name."""
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)


def unbase64(text: str, what: str) -> bytes:
    """The bytes, or `Wrong` naming what was not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(f"{what} is broken base64") from None


def leaf_of(body: bytes) -> bytes:
    """The leaf hash of an entry."""
    return hashlib.sha256(b"\x00" + body).digest()


def over(left: bytes, right: bytes) -> bytes:
    """The hash over two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """The root, level by level: an odd one out moves up as it is."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    row = leaves
    while len(row) > 1:
        pairs = [over(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = pairs + row[len(row) - len(row) % 2 :]
    return row[0]


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that the proof leads to, as RFC 9162, section 2.1.3.2, walks it."""
    node, last, top = index, size - 1, leaf
    if index >= size:
        raise Wrong(f"the checkpoint has {size} entries; the proof is about number {index}")
    for step in path:
        if last == 0:
            raise Wrong("the proof is too long")
        if node % 2 or node == last:
            top = over(step, top)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            top = over(top, step)
        node, last = node // 2, last // 2
    if last:
        raise Wrong("the proof is too short")
    return top


def canonical(value: Any, depth: int = 0) -> str:
    """The one text of a value."""
    if depth > 500:
        raise Wrong("it is nested too deeply")
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise Wrong("a number is too large to be exact")
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(one, depth + 1) for one in value) + "]"
    ordered = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    pairs = (
        f"{json.dumps(name, ensure_ascii=False)}:{canonical(value[name], depth + 1)}" for name in ordered
    )
    return "{" + ",".join(pairs) + "}"


def number(value: float) -> str:
    """A number as ECMAScript writes it."""
    if value != value or value in (float("inf"), float("-inf")):
        raise Wrong("a number is not finite")
    if value == 0:
        return "0"
    sign, digits, exponent = ("-" if value < 0 else ""), *_shortest(abs(value))
    point = exponent + len(digits)
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _shortest(value: float) -> tuple[str, int]:
    """Digits without zeros at either end, and the power of ten that the last of them stands for."""
    mantissa, _, power = repr(value).partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    exponent = int(power or 0) - len(part)
    digits = (whole + part).lstrip("0")
    stripped = digits.rstrip("0")
    return stripped, exponent + len(digits) - len(stripped)


def read_canonical(content: bytes) -> dict[str, Any]:
    """An object whose only text this is."""
    try:
        value = json.loads(content.decode(), parse_constant=_no_constant)
        if not isinstance(value, dict) or canonical(value).encode() != content:
            raise Wrong("it is not canonical JSON")
    except (ValueError, RecursionError):
        raise Wrong("it is not JSON") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def check_shape(value: dict[str, Any], shape: Mapping[str, type]) -> None:
    """`Wrong` unless the object has exactly these members, of these kinds."""
    if set(value) != set(shape):
        raise Wrong("it does not have the members it should have")
    for name, kind in shape.items():
        if not isinstance(value[name], kind) or (kind is int and isinstance(value[name], bool)):
            raise Wrong(f"`{name}` is of the wrong kind")
