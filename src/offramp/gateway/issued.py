"""A worker's view of issued keys: read again whenever one changed, at most a poll later."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from offramp.control import callers
from offramp.core.digests import sha256_hex
from offramp.core.instants import Instant

PREFIX = 16
"""Digits of a digest that find a key; the whole of it is then compared in constant time."""


@dataclass(slots=True)
class IssuedKeys:
    """Every key that is not revoked. Swapped whole."""

    _mark: str | None = None
    _by_prefix: Mapping[str, callers.IssuedKey] = field(default_factory=dict)

    def poll(self, connection: Connection) -> None:
        """What the database says now."""
        mark = callers.read_mark(connection)
        if mark != self._mark:
            live = (key for key in callers.read_keys(connection) if key.revoked_at is None)
            self._by_prefix = {key.digest[:PREFIX]: key for key in live}
            self._mark = mark

    def find(self, presented: str, at: Instant) -> callers.IssuedKey | None:
        """The key `presented` is, if it opens anything at `at`."""
        digest = sha256_hex(presented.encode("utf-8", "surrogateescape"))
        key = self._by_prefix.get(digest[:PREFIX])
        if key is None or not hmac.compare_digest(key.digest, digest):
            return None
        return key if key.opens(at) else None
