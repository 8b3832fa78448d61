"""Keys, signed notes and checkpoints (C2SP signed-note, tlog-checkpoint)."""

import base64
import hashlib
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\N{EM DASH} "
Key = tuple[str, bytes, bytes]
"""Name, id and public key."""


class Wrong(Exception):
    """Something does not verify; the text says what."""


def read_key(text: str) -> Key:
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


def open_note(content: bytes, key: Key, what: str) -> str:
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


def read_checkpoint(content: bytes, key: Key, what: str) -> tuple[int, bytes]:
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
