"""Which bucket a conversation falls into, so that it stays with one target while a ramp stands still."""

from hashlib import sha256

from offramp.dialects import turns
from offramp.plan import TrafficState
from offramp.workspace import Route

BUCKETS = 100
"""A share of 25 moves the conversations in buckets 0 to 24."""


def needs_bucket(route: Route, state: TrafficState) -> bool:
    """Whether the bucket matters: only where a ramp is under way."""
    return len(route.targets) > 1 and 0 < state.share(route.name) < BUCKETS


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
