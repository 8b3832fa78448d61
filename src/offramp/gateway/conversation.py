"""Which bucket a conversation falls into, so that it stays with one target while a ramp stands still."""

from hashlib import sha256

from offramp.dialects import turns

BUCKETS = 100 * 10_000
"""The last two digits say whether a conversation moves, those before them to which successor."""


def bucket_of_name(application: str, conversation: str) -> int:
    """The bucket of a conversation its application named."""
    return _bucket(f"{application}\x00{conversation}")


def bucket_of_request(application: str, request: turns.Request | None) -> int:
    """The bucket by caller, system prompt and first turn; by caller alone for a body nobody understood."""
    if request is None:
        return _bucket(application)
    return _bucket(f"{application}\x00{request.system!r}\x00{request.turns[:1]!r}")


def _bucket(text: str) -> int:
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % BUCKETS
