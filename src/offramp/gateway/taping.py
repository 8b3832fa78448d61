"""What handling a request knows of observing it: that somebody may, and that what is sent is told."""

from typing import Protocol

from offramp.gateway.memory import Memory
from offramp.gateway.outgoing import Asked
from offramp.gateway.record import Ending, Record
from offramp.gateway.snapshot import Snapshot
from offramp.workspace import Application


class Taping(Protocol):
    """Notes what one caller is sent."""

    ending: Ending | None
    """What came of the request."""

    def note(self, block: bytes) -> None:
        """`block` is sent. Never fails, never waits."""


class Observing(Protocol):
    """Records and mirrors requests for those who opted in."""

    def begin(
        self,
        snapshot: Snapshot,
        application: Application,
        asked: Asked,
        conversation: str,
        record: Record,
        memory: Memory,
    ) -> Taping | None:
        """Begin to observe a request; None where nobody asked for it."""

    def end(self, tape: Taping) -> None:
        """The request is over. Never fails, never waits."""
