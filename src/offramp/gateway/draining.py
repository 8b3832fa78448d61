"""The end of a worker: what is under way may finish for a while; then it is cut, and everybody is told.

A stream gets its API's own error event, whoever has nothing yet an error, and the ledger its entry. Only a
reader that takes nothing any more hears nothing: its connection is closed.
"""

import asyncio
from typing import Any, Final, Protocol

from offramp.dialects import FailureKind
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.settings import POLL_SECONDS

TELLING_SECONDS: Final = 2.0
"""How long a caller may take to hear that its request is cut."""


class UnderWay(Protocol):
    """One request."""

    def cut(self, refused: Refused) -> None:
        """It ends, and its caller is told."""

    def force(self) -> None:
        """It ends now."""


class Draining:
    """One worker's. `is_on` once a stop was asked for."""

    def __init__(self, stopping: Any = None, seconds: float = 0.0) -> None:
        """`stopping` is an event that all processes of the gateway share; without it nothing is ever cut."""
        self._stopping = stopping
        self._seconds = seconds
        self.is_on = False
        self.is_over = asyncio.Event()
        """All that was under way has ended, or its time is over."""
        self.under_way: set[UnderWay] = set()

    async def follow(self) -> None:
        """Wait for the stop, and see it through."""
        if self._stopping is None:
            return
        while not self._stopping.is_set():
            await asyncio.sleep(POLL_SECONDS)
        self.is_on = True
        await asyncio.sleep(self._seconds)
        refused = stopped()
        for one in tuple(self.under_way):
            one.cut(refused)
        await asyncio.sleep(TELLING_SECONDS)
        # By now what is left waits for a reader that takes nothing, or came in while the others were told.
        for one in tuple(self.under_way):
            one.cut(refused)
            one.force()
        await asyncio.sleep(TELLING_SECONDS)
        self.is_over.set()


def stopped() -> Refused:
    """What a caller is told."""
    message = "the gateway stops, and the time for requests under way to finish is over; send it again"
    return refuse(FailureKind.OVERLOADED, "gateway-stopping", message)
