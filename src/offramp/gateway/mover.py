"""What moves by itself while the gateway runs: scheduled ramps, pauses, drills whose time is over.

This is the serving process's side, so that each move is made once. Workers follow what it records. It looks
before the first request, too: what became due while nothing ran is then caught up.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, now
from offramp.evidence import Ledger
from offramp.gateway.settings import Settings
from offramp.gateway.tries import Tries
from offramp.instruments import Instruments
from offramp.plan import drills, moves, pacing, traffic
from offramp.store import connect
from offramp.workspace import Route, Workspace, load_instruments, texts
from offramp.workspace.rules import OnLeave

LOOK_SECONDS: Final = 0.4
"""So that a move reaches every worker within a second of its time."""
RETRY_SECONDS: Final = 5.0
MEASURE_SECONDS: Final = 1.0
READ_SECONDS: Final = 5.0
"""The database is read after so long, whatever its files say."""

log = logging.getLogger("offramp.gateway")


class Mover:
    """Makes the moves that are due. `settings` are those in force."""

    def __init__(self, settings: Settings) -> None:
        self._state = settings.state
        self._engine: Engine | None = None
        self._next_look = 0.0
        self._next_measure = 0.0
        self._read_again = 0.0
        self._seen: tuple[tuple[int, int], ...] = ()
        self._found: tuple[traffic.TrafficState, pacing.Pace, tuple[drills.Drill, ...]] = (
            traffic.TrafficState(),
            pacing.Pace(),
            (),
        )
        self._tries = Tries(settings.state)
        self._resumed: dict[str, Instant] = {}
        self._paused: frozenset[str] = frozenset()

    def look(self, settings: Settings) -> None:
        """Whatever is due is done and recorded. What goes wrong is logged and tried again."""
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + LOOK_SECONDS
        try:
            self._look(settings)
        except (OfframpError, SQLAlchemyError, OSError) as error:
            shown = error.render() if isinstance(error, OfframpError) else type(error).__name__
            log.error("ramps, bands and drills could not be looked after and will be again: %s", shown)
            self._next_look = time.monotonic() + RETRY_SECONDS

    def _look(self, settings: Settings) -> None:
        workspace, at = settings.workspace, settings.clock()()
        seen = _signature(self._state)
        if seen != self._seen or time.monotonic() > self._read_again:
            self._read_again = time.monotonic() + READ_SECONDS
            self._found = self._read()
            # What was written while it was read is read the next time.
            self._seen = seen
        state, pace, known = self._found
        steps = [
            *self._drill_steps(settings, workspace, state, known, at),
            *self._scheduled_steps(settings, workspace, state, pace, at),
        ]
        if not steps and time.monotonic() >= self._next_measure:
            self._next_measure = time.monotonic() + MEASURE_SECONDS
            self._note_resumed(pace, at)
            self._tries.read(workspace, at)
            steps += self._banded_steps(settings, workspace, state, pace, at)
        if not steps:
            return
        with Ledger.open(self._state) as ledger:
            for step in steps:
                moves.record(ledger, step)
                log.warning("%s of %s: %s", step.entry.type, step.entry.subject, step.entry.data["reason"])
            for drill in known:
                if drills.is_over(drill, state, at):
                    self._report(ledger, drill, at)

    def _report(self, ledger: Ledger, drill: drills.Drill, at: Instant) -> None:
        ended = replace(drill, ended_at=at)
        found = drills.report(ended, drills.entries_of(self._state, drill))
        moves.record(ledger, drills.report_step(found, drills.end_act(drill, at, now())))

    def _read(self) -> tuple[traffic.TrafficState, pacing.Pace, tuple[drills.Drill, ...]]:
        if self._engine is None:
            self._engine = connect(self._state / "state.db", read_only=True)
        try:
            with self._engine.connect() as connection, connection.begin():
                return (
                    traffic.read_traffic(connection),
                    pacing.read_pace(connection),
                    drills.read_drills(connection),
                )
        finally:
            # No connection is kept: the server's workers are forked from this process.
            self._engine.dispose()

    def _drill_steps(
        self,
        settings: Settings,
        workspace: Workspace,
        state: traffic.TrafficState,
        known: tuple[drills.Drill, ...],
        at: Instant,
    ) -> Iterator[moves.Step]:
        for drill in known:
            if drills.is_over(drill, state, at):
                act = drills.end_act(drill, at, now())
                yield from drills.end(workspace, state, _instruments(settings), drill, act)

    def _scheduled_steps(
        self,
        settings: Settings,
        workspace: Workspace,
        state: traffic.TrafficState,
        pace: pacing.Pace,
        at: Instant,
    ) -> Iterator[moves.Step]:
        for route in workspace.routes.values():
            found = pacing.due(route, pace, at)
            if found is None:
                continue
            instruments = _instruments(settings)
            done = pacing.moved_on(workspace, state, instruments, route, found, at=at, recorded_at=now())
            if done.step is not None:
                yield done.step

    def _banded_steps(
        self,
        settings: Settings,
        workspace: Workspace,
        state: traffic.TrafficState,
        pace: pacing.Pace,
        at: Instant,
    ) -> Iterator[moves.Step]:
        for route in workspace.routes.values():
            bands = route.rules.bands
            if bands is None or len(route.targets) < 2:
                continue
            first = route.targets[0].upstream
            moved = {target.upstream for target in route.targets} - {first}
            found = pacing.standings(bands, self._tries.since(route, self._begins(route, pace)), moved)
            live = pace.pausing(route.name)
            judged = pacing.judge(found, [pause.name for pause in live])
            for standing in judged.left:
                act = pacing.act_for(route, bands, standing, pace, at, now())
                yield from _present(
                    pacing.paused(
                        route, pace, act, name=str(standing.measure), standing=standing, bands=bands
                    )
                )
            if judged.left and bands.on_leave is OnLeave.STEP_BACK:
                standing = judged.left[0]
                act = pacing.act_for(route, bands, standing, pace, at, now())
                back = pacing.stepped_back(
                    workspace, state, _instruments(settings), route, pace, standing, act
                )
                yield from _present(back.step)
            for standing in judged.back:
                over = [one for one in live if one.name == str(standing.measure) and not one.waits_for_person]
                act = pacing.act_for(route, bands, standing, pace, at, now())
                yield from _present(pacing.resumed(route, over, act, cause=f"band:{standing.measure}"))

    def _begins(self, route: Route, pace: pacing.Pace) -> Instant | None:
        """What was tried before the last move of the route, or before a person lifted a pause, is over."""
        ramp = pace.ramps.get(route.name)
        found = [at for at in (ramp.at if ramp else None, self._resumed.get(route.name)) if at is not None]
        return max(found, default=None)

    def _note_resumed(self, pace: pacing.Pace, at: Instant) -> None:
        paused = frozenset(str(pause.route) for pause in pace.pauses)
        for route in self._paused - paused:
            self._resumed[route] = at
        self._paused = paused


def _signature(state: Path) -> tuple[tuple[int, int], ...]:
    """What tells that the database changed: sizes and times of its files."""
    found = []
    for name in ("state.db", "state.db-wal"):
        with suppress(OSError):
            status = (state / name).stat()
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


def _present(step: moves.Step | None) -> Iterator[moves.Step]:
    if step is not None:
        yield step


def _instruments(settings: Settings) -> Instruments:
    return load_instruments(settings.workspace, settings.read_from or texts.DISK)
