"""What could not be kept or sent, counted: for those who watch the gateway, and for the ledger."""

import asyncio
from collections import Counter
from typing import Final

from offramp.core.errors import OfframpError
from offramp.core.instants import Clock, format_instant, now
from offramp.evidence import AsyncLedger, Entry, EntryType
from offramp.gateway.telemetry import Telemetry

PREDICATE: Final = "exchanges-missed"
SOON_SECONDS: Final = 1.0
BETWEEN_SECONDS: Final = 60.0

RECORDED: Final = "recorded"
MIRRORED: Final = "mirrored"
_TOLD: Final = {
    RECORDED: "Exchanges to be recorded, by what came of it",
    MIRRORED: "Requests to be mirrored to a candidate, by what came of it",
}


class Missed:
    """Counts by what was to be done, route and reason; a line in the ledger at most once a minute."""

    def __init__(self, ledger: AsyncLedger, clock: Clock, telemetry: Telemetry) -> None:
        self._ledger = ledger
        self._telemetry = telemetry
        self._clock = clock
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._since = ""
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None

    def did(self, what: str, route: str, outcome: str) -> None:
        """Something was kept or sent: a number for those who watch."""
        self._telemetry.count(f"offramp_{what}", _TOLD[what], ("offramp_route", "outcome"), (route, outcome))

    def missed(self, what: str, route: str, reason: str) -> None:
        """Something was not, and why."""
        self.did(what, route, reason)
        if not self._counts:
            self._since = format_instant(now())
        self._counts[what, route, reason] += 1
        if self._timer is None:
            self._again(SOON_SECONDS)

    async def close(self) -> None:
        """What is not in the ledger yet is, if the ledger takes it."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await self._writing
        await self._write()

    def _again(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(seconds, self._begin)

    def _begin(self) -> None:
        self._timer = None
        self._writing = asyncio.get_running_loop().create_task(self._write())
        self._again(BETWEEN_SECONDS)

    async def _write(self) -> None:
        if not self._counts:
            return
        counts, self._counts = self._counts, Counter()
        entry = Entry(
            type=EntryType.STATEMENT,
            at=now(),
            actor="gateway",
            cause="observing",
            subject="serve",
            data={
                "predicate": PREDICATE,
                "since": self._since,
                "decided_at": format_instant(self._clock()),
                "missed": [
                    {"what": what, "route": route[:200], "reason": reason, "count": count}
                    for (what, route, reason), count in sorted(counts.items())[:100]
                ],
            },
        )
        try:
            await self._ledger.append(entry)
        except (OfframpError, OSError):
            # Nothing is lost by it: the next line has these, too.
            self._counts.update(counts)
