"""Requests under way on routes that cut them when their target is no longer permitted. One worker's own.

Where a route lets them finish, which is the default, nothing of this is used.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from offramp.gateway.record import Record
from offramp.gateway.refusals import Refused
from offramp.upstream import Answer
from offramp.workspace import Route, Workspace
from offramp.workspace.rules import InFlight

SWEEP_SECONDS: Final = 0.25


@dataclass(slots=True, eq=False)
class Running:
    """One request at one target."""

    permits: Callable[[], Refused | None]
    """Why its target may not be asked any more; None where it may."""
    record: Record
    opening: "asyncio.Future[Any] | None" = None
    answer: Answer | None = None

    def cut(self, refused: Refused) -> None:
        """The upstream is let go, and whoever waits for it learns why."""
        self.record.cut_by = refused
        if self.answer is not None:
            self.answer.abandon()
        elif self.opening is not None:
            self.opening.cancel()


class Underway:
    """Everything under way that may be cut."""

    def __init__(self) -> None:
        self._running: set[Running] = set()

    def add(self, running: Running) -> None:
        """It is looked at from now on."""
        self._running.add(running)

    def remove(self, running: Running) -> None:
        """It is over."""
        self._running.discard(running)

    def sweep(self) -> None:
        """Whatever is no longer permitted as everything stands now is cut."""
        for running in tuple(self._running):
            if running.record.is_written or running.record.cut_by is not None:
                continue
            refused = running.permits()
            if refused is not None:
                running.cut(refused)

    async def follow(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            if self._running:
                self.sweep()


def cuts(route: Route, workspace: Workspace) -> bool:
    """Whether requests of `route` are cut when their target is no longer permitted."""
    return (route.rules.in_flight or workspace.in_flight) is InFlight.CUT
