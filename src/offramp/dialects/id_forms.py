"""Ids in the form each API uses, made from the upstream's own: no randomness, so the same in every worker.

A tool call's id goes out in the caller's form and comes back in the next request. It carries the upstream's
id inside (`toolu_of_call_abc`), so that the upstream gets its own id again.
"""

import re
from typing import Final

from offramp.core.digests import sha256_hex

MAX_LENGTH: Final = 64
_MARK: Final = "of_"
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+")


def minted_id(prefix: str, *seeds: str) -> str:
    """An id that depends on `seeds` alone."""
    return prefix + sha256_hex("\x00".join(seeds).encode("utf-8", "surrogatepass"))[:24]


def outward_id(prefix: str, upstream_id: str) -> str:
    """`upstream_id` as a caller of an API with `prefix` expects it."""
    if upstream_id.startswith(prefix) and is_plain(upstream_id):
        return upstream_id
    wrapped = f"{prefix}{_MARK}{upstream_id}"
    return wrapped if is_plain(wrapped) else minted_id(prefix, upstream_id)


def inward_id(prefix: str, callers_id: str) -> str:
    """The upstream's id inside one that `outward_id` made; any other id as it is."""
    return callers_id.removeprefix(prefix + _MARK)


def is_plain(text: str, length: int = MAX_LENGTH) -> bool:
    """Letters, digits, `_` and `-` only, at least one and not too many."""
    return len(text) <= length and _PLAIN.fullmatch(text) is not None
