"""Seals of tool calls, kept from one answer to the next request: see `dialects.shaping.call_seals`."""

import logging
from collections.abc import Mapping, Sequence
from typing import Final

from offramp.core.errors import OfframpError
from offramp.dialects import Loss, shaping
from offramp.gateway.kept import Kept
from offramp.gateway.outgoing import Asked
from offramp.gateway.snapshot import Endpoint

KIND: Final = "call-seal"

log = logging.getLogger("offramp.gateway")


class CallSeals:
    """The seals of one exchange. They are kept for the application that got the calls, and for no other."""

    def __init__(self, kept: Kept, application: str) -> None:
        self._kept = kept
        self._application = application
        self._noted: dict[str, str] = {}

    async def restore(self, asked: Asked, endpoint: Endpoint) -> None:
        """`asked` has its calls' seals again, where they are still kept. Raises `Refused`."""
        if endpoint.dialect.slug == asked.dialect.slug:
            return
        request = asked.request()
        found: dict[str, str] = {}
        for call in shaping.call_seals.lost(request):
            seal = await self._get(call)
            if seal is not None:
                found[call] = seal.decode()
        if found:
            asked.become(shaping.call_seals.restored(request, found))

    async def _get(self, call: str) -> bytes | None:
        try:
            return await self._kept.get(KIND, call, self._application)
        except OfframpError as error:
            # The request is then refused with the cause, as for any seal that is gone.
            log.warning("the seal of a call was not found: %s", error.message)
            return None

    def note(self, seals: Mapping[str, str]) -> None:
        """These came with the answer."""
        self._noted.update(seals)

    async def keep(self) -> Sequence[Loss]:
        """What was noted can be restored. A loss where it cannot."""
        try:
            for call, seal in self._noted.items():
                await self._kept.put(KIND, call, self._application, seal.encode())
        except OfframpError as error:
            log.warning("seals of calls were not kept: %s", error.message)
            return (shaping.call_seals.UNKEPT,)
        return ()
