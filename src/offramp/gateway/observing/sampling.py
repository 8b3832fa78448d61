"""Which conversations are recorded or mirrored: always the same ones, and whole."""

from hashlib import sha256

from offramp.dialects import turns

_SALT = b"offramp/observed/v1\0"
"""Another than the one of ramps: what is observed must not be what has moved."""
_WHOLE = 1 << 64


def name_of(application: str, conversation: str, request: turns.Request | None, body: bytes) -> str:
    """A name of the conversation that tells nothing of it: by its own, else by how it begins."""
    if conversation:
        text = f"{application}\0{conversation}".encode("utf-8", "surrogatepass")
    elif request is not None:
        text = f"{application}\0{request.system!r}\0{request.turns[:1]!r}".encode("utf-8", "surrogatepass")
    else:
        text = application.encode() + b"\0" + body
    return sha256(_SALT + text).hexdigest()[:16]


def is_within(name: str, share: float) -> bool:
    """Whether the conversation is among this share. Whoever is in a small share is in every larger one."""
    return int(name, 16) < share * _WHOLE
