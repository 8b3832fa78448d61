"""What the ledger's entries say of tries: samples for the bands of routes. The serving process's side."""

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant
from offramp.dialects import FailureKind
from offramp.evidence import Entry, EntryType, read_entries
from offramp.gateway.attempts import HEDGED
from offramp.gateway.record import Ending
from offramp.plan import pacing
from offramp.vendors.models import model_of
from offramp.workspace import Route, Target, Workspace

FIRST_READ: Final = 5000
"""Entries read back when a gateway starts."""
_CALLERS: Final = tuple(
    f"upstream-{kind}" for kind in (FailureKind.INVALID_REQUEST, FailureKind.NOT_FOUND, FailureKind.TOO_LARGE)
)
_FAILED: Final = (Ending.UPSTREAM_ERROR, Ending.TRUNCATED)


class Tries:
    """Samples of the last minutes by route. Reads each entry once."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._next: int | None = None
        self._samples: dict[str, deque[pacing.Sample]] = {}

    def read(self, workspace: Workspace, at: Instant) -> None:
        """Everything recorded up to now is taken in, and what is older than every window left out."""
        banded = [route for route in workspace.routes.values() if route.rules.bands is not None]
        if not banded:
            self._next = None
            self._samples.clear()
            return
        names = {str(route.name): route for route in banded}
        for entry in self._new_entries():
            route = names.get(str(entry.data.get("route", "")))
            if route is not None:
                self._samples.setdefault(route.name, deque()).extend(samples_of(entry, route, workspace))
        for route in banded:
            assert route.rules.bands is not None
            since = at - timedelta(minutes=route.rules.bands.window_minutes)
            kept = self._samples.get(route.name)
            while kept and kept[0].at < since:
                kept.popleft()

    def since(self, route: Route, at: Instant | None) -> tuple[pacing.Sample, ...]:
        """The samples of `route` in its window that are later than `at`."""
        found = self._samples.get(route.name, ())
        return tuple(found if at is None else (sample for sample in found if sample.at > at))

    def _new_entries(self) -> Iterator[Entry]:
        try:
            if self._next is None:
                found = list(read_entries(self._state, limit=FIRST_READ, newest_first=True))[::-1]
            else:
                found = list(read_entries(self._state, self._next))
        except OfframpError as error:
            if error.code == "ledger-missing":
                return
            raise
        if found:
            self._next = found[-1].index + 1
        elif self._next is None:
            self._next = 0
        yield from (one.entry for one in found if one.entry.type is EntryType.TRAFFIC)


def samples_of(entry: Entry, route: Route, workspace: Workspace) -> Iterator[pacing.Sample]:
    """One sample for each target that was tried for a request: those that failed, then the last one."""
    data = entry.data
    outcome = str(data.get("outcome", ""))
    try:
        at = parse_instant(str(data["decided_at"]))
    except (KeyError, OfframpError):
        at = entry.at
    for attempt in data.get("attempts", ()):
        if attempt["code"] != HEDGED and attempt["code"] not in _CALLERS:
            yield pacing.Sample(at=at, upstream=attempt["upstream"], has_failed=True)
    code = str(data.get("code", ""))
    if outcome in _FAILED and code not in _CALLERS:
        yield pacing.Sample(at=at, upstream=str(data["upstream"]), has_failed=True)
    elif outcome == Ending.ANSWERED:
        yield pacing.Sample(
            at=at,
            upstream=str(data["upstream"]),
            has_failed=False,
            has_refused=data.get("stop") == "refusal",
            cost=_cost(data, route, workspace),
        )


def _cost(data: Mapping[str, Any], route: Route, workspace: Workspace) -> float | None:
    usage = data.get("usage", {})
    read, written = usage.get("input"), usage.get("output")
    target = next((one for one in route.targets if one.upstream == data.get("upstream")), None)
    if target is None or read is None or written is None:
        return None
    prices = prices_of(target, str(data.get("model", "")), workspace)
    if prices is None:
        return None
    return float(read * prices[0] + written * prices[1]) / 1_000_000


def prices_of(target: Target, model: str, workspace: Workspace) -> tuple[float, float] | None:
    """US dollars for a million tokens in and out: as the operator says, else as the models' tables do."""
    said = target.facts
    if said is not None and said.input_price is not None and said.output_price is not None:
        return said.input_price, said.output_price
    known = model_of(workspace.upstreams[target.upstream].vendor, model)
    if known is None or known.input_price is None or known.output_price is None:
        return None
    return known.input_price, known.output_price
