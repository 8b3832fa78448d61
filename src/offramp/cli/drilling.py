"""What `offramp drill` does: begin, end and report, each with its document."""

import re
from datetime import timedelta

from offramp.cli.traffic import act_of, instruments_for
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import now, parse_instant
from offramp.evidence import Ledger
from offramp.plan import drills, moves, stored
from offramp.plan.following import InForce, in_force
from offramp.report import Document
from offramp.report.documents.drill import begun_document, drill_document
from offramp.workspace import Workspace

_LENGTH = re.compile(r"([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def begin(
    place: Workspace,
    vendor: str,
    lasts: str,
    by: str,
    name: str,
    reason: str,
    at: str | None,
    *,
    dry_run: bool,
) -> Document:
    """The drill goes on, unless this is a dry run; who would have no permitted target."""
    found = _LENGTH.fullmatch(lasts)
    if found is None:
        raise OfframpError(
            "drill-length", f"`{lasts}` is not a length of time", help="write 90s, 10m, 2h or 1d"
        )
    length = timedelta(seconds=int(found[1]) * _SECONDS[found[2]])
    counts_from = parse_instant(at) if at else now()
    called = name.strip() or f"{vendor}-{counts_from:%Y%m%d-%H%M%S}"
    act = act_of(by, f"drill:{called}", reason, at)
    before = stored.read_stored(place)
    begun = drills.begin(
        place, before.traffic, instruments_for(place, act), before.drills, vendor, length, act
    )
    stranded = drills.stranded(place, before.traffic, vendor)
    return begun_document(begun, stranded, None if dry_run else _record(place, begun.steps))


def end(place: Workspace, name: str, by: str, reason: str, at: str | None) -> Document:
    """The drill is over, and the ledger has its report. Ended twice, it changes nothing."""
    drill = _find(place, name)
    if drill.ended_at is None:
        act = act_of(by, str(drill.cause), reason, at)
        before = stored.read_stored(place)
        _record(place, drills.end(place, before.traffic, instruments_for(place, act), drill, act))
        drill = _find(place, name)
        _record(
            place, (drills.report_step(drills.report(drill, drills.entries_of(place.state, drill)), act),)
        )
    return report(place, name, at)


def report(place: Workspace, name: str, at: str | None) -> Document:
    """What the drill did, up to now where it goes on."""
    drill = _find(place, name)
    instant = parse_instant(at) if at else now()
    return drill_document(drills.report(drill, drills.entries_of(place.state, drill)), instant)


def _find(place: Workspace, name: str) -> drills.Drill:
    known = stored.read_stored(place).drills
    for drill in known:
        if drill.name == name:
            return drill
    raise OfframpError(
        "drill-unknown",
        f"there was no drill `{name}`",
        help=f"use one of: {', '.join(one.name for one in known)}"
        if known
        else "begin one with `offramp drill VENDOR`",
        exit_code=Exit.NOTHING,
    )


def _record(place: Workspace, steps: tuple[moves.Step, ...]) -> InForce:
    with Ledger.open(place.state) as ledger:
        for step in steps:
            moves.record(ledger, step)
    return in_force(place.state)
