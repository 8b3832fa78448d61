"""Whose reasoning a passed answer held, kept until the next request: see `dialects.shaping.whose`.

Only where upstreams of several vendors speak the caller's API. Elsewhere reasoning has one place to go.
"""

import logging
from collections.abc import Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects import Loss, shaping
from offramp.gateway.kept import Kept
from offramp.gateway.outgoing import Asked
from offramp.gateway.snapshot import Endpoint, Snapshot

KIND: Final = "thought"

log = logging.getLogger("offramp.gateway")


class Thoughts:
    """The reasoning of one exchange."""

    def __init__(self, kept: Kept, application: str, dialect: str, snapshot: Snapshot) -> None:
        self._kept = kept
        self._application = application
        self._is_mixed = dialect in snapshot.mixed
        self._dialect = dialect
        self.noted: shaping.whose.Noted | None = None
        """Notes the answer's reasoning, where that is to be known later."""

    async def own(self, asked: Asked, endpoint: Endpoint) -> tuple[Asked, Sequence[Loss]]:
        """`asked` with no reasoning but what is known to be of `endpoint`'s vendor."""
        if not self._is_mixed or endpoint.dialect.slug != self._dialect:
            self.noted = None
            return asked, ()
        self.noted = shaping.whose.Noted()
        if not any(hint in asked.body for hint in shaping.whose.HINTS):
            return asked, ()
        keys = sorted(shaping.whose.keys_in(asked.parsed))
        own = [
            key
            for key, origin in zip(keys, await self._origins(keys), strict=True)
            if origin == endpoint.origin
        ]
        self.noted.again(own)
        body, losses = shaping.whose.without_others(asked.parsed, own)
        return (asked.with_body(body), losses) if losses else (asked, ())

    async def keep(self, endpoint: Endpoint, answer: JsonObject | None = None, data: bytes = b"") -> None:
        """What was noted, and what a whole `answer` (in bytes, `data`) holds, is known as `endpoint`'s.

        Where it cannot be kept, it is taken out when it returns.
        """
        if self.noted is None:
            return
        if answer is not None and any(hint in data for hint in shaping.whose.HINTS):
            self.noted.body(answer)
        keys = self.noted.keys()
        if not keys:
            return
        try:
            await self._kept.put_all(KIND, sorted(keys), self._application, endpoint.origin.encode())
        except OfframpError as error:
            log.warning("whose reasoning an answer held was not kept: %s", error.message)

    async def _origins(self, keys: Sequence[str]) -> Sequence[str]:
        try:
            found = await self._kept.get_all(KIND, keys, self._application)
        except OfframpError as error:
            # Nothing is known then, so nothing is passed on.
            log.warning("whose reasoning a request holds was not found: %s", error.message)
            return [""] * len(keys)
        return [value.decode() if value else "" for value in found]
