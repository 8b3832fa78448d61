"""Keys that are issued to callers: made, listed, rotated, revoked. What they open is read from the state."""

from offramp.control.callers.issuing import Issued, Wanted, issue, revoke, rotate
from offramp.control.callers.key import IssuedKey, KeyState
from offramp.control.callers.stored import has_keys, read_keys, read_mark, stored_keys

__all__ = [
    "Issued",
    "IssuedKey",
    "KeyState",
    "Wanted",
    "has_keys",
    "issue",
    "read_keys",
    "read_mark",
    "revoke",
    "rotate",
    "stored_keys",
]
