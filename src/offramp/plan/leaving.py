"""Leaving a vendor: the organisation's own instrument, the items, the successor, routes at 0 %.

`leave` decides everything from values; the caller shows the edits, records the steps and writes the files,
in this order, so that nothing takes effect before it is in the ledger.
"""

from offramp.core.digests import sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.findings import Scan
from offramp.core.ids import RouteName
from offramp.core.instants import format_instant
from offramp.evidence import Change, Entry, EntryType
from offramp.instruments import Instruments
from offramp.plan.departure import Departure, Leaving
from offramp.plan.exits import ExitPlan
from offramp.plan.files import FileEdit, edit_of
from offramp.plan.moves import Step
from offramp.plan.order import order_text
from offramp.plan.rescan import scan_step, take_inventory
from offramp.plan.stored import Stored
from offramp.plan.successor import SuccessorCheck, check_successor
from offramp.plan.traffic import share_of
from offramp.workspace import Workspace, with_successor


def leave(
    workspace: Workspace, instruments: Instruments, stored: Stored, scan: Scan, asked: Leaving
) -> Departure:
    """Plan the exit from `asked.vendor`.

    Raises `successor-forbidden` where the instruments forbid the successor now or by the deadline.
    """
    _check(workspace, instruments, stored, scan, asked)
    checks = check_successor(workspace, instruments, asked.successor, asked.at, asked.by_at)
    _stop_if_forbidden(asked, checks)
    before = next((one for one in stored.exits if one.vendor == asked.vendor), None)
    exit_plan = ExitPlan(
        vendor=asked.vendor,
        successor=asked.successor,
        by_at=asked.by_at,
        started_at=before.started_at if before else asked.at,
        started_by=before.started_by if before else asked.by_whom,
    )
    stock = take_inventory(workspace, instruments, stored, scan, exit_plan, asked.at)
    routes, notes = _routes(workspace, asked)
    edits = _edits(workspace, exit_plan, asked, is_unchanged=before == exit_plan)
    state = stored.traffic
    # Where weights move conversations already, the exit begins there.
    new_routes = tuple(
        route
        for route in routes
        if route not in state.shares and not share_of(workspace.routes[route], state)
    )
    steps = []
    if before != exit_plan or new_routes or edits:
        steps.append(_exit_step(exit_plan, asked, new_routes, edits, instruments))
    if stock.changes:
        steps.append(scan_step(exit_plan, stock, scan, asked.by_whom, asked.at, asked.recorded_at))
    return Departure(
        exit=exit_plan,
        checks=checks,
        stock=stock,
        routes=routes,
        notes=notes,
        edits=edits,
        steps=tuple(steps),
    )


def _check(
    workspace: Workspace, instruments: Instruments, stored: Stored, scan: Scan, asked: Leaving
) -> None:
    if asked.vendor == asked.successor:
        raise OfframpError(
            "successor-is-self", f"`{asked.vendor}` cannot be its own successor", help="name another vendor"
        )
    if asked.by_at <= asked.at:
        raise OfframpError(
            "deadline-passed",
            f"{asked.by_text} is not after {format_instant(asked.at)}",
            help="give a later --by, or an earlier --at",
        )
    named = {
        *scan.vendors,
        *(finding.vendor for finding in workspace.declared),
        *(upstream.vendor for upstream in workspace.upstreams.values()),
        *(one.vendor for one in stored.exits),
        *instruments.vocabulary.vendors,
    }
    for vendor in (asked.vendor, asked.successor):
        if vendor not in named:
            raise OfframpError(
                "vendor-unknown",
                f"nothing here knows a vendor `{vendor}`",
                help=f"use one of: {', '.join(sorted(named))}",
            )


def _stop_if_forbidden(asked: Leaving, checks: tuple[SuccessorCheck, ...]) -> None:
    for check in checks:
        if check.is_forbidden:
            raise OfframpError(
                "successor-forbidden",
                f"`{asked.successor}` is forbidden for {check.who} from {format_instant(check.at)} "
                f"{check.how}: {'; '.join(check.clauses)}",
                help="choose another successor, or load the stay, waiver or lift that permits this one",
                exit_code=Exit.FOUND,
            )


def _routes(workspace: Workspace, asked: Leaving) -> tuple[tuple[RouteName, ...], tuple[str, ...]]:
    ready: list[RouteName] = []
    notes: list[str] = []
    for route in workspace.routes.values():
        vendors = [workspace.upstreams[target.upstream].vendor for target in route.targets]
        if vendors[0] != asked.vendor:
            continue
        if len(vendors) < 2:
            notes.append(
                f"route `{route.name}` has no second target: add one of {asked.successor} to ramp it"
            )
        elif vendors[1] != asked.successor:
            notes.append(f"route `{route.name}` leads to {vendors[1]}, not to {asked.successor}")
        else:
            ready.append(route.name)
    return tuple(ready), tuple(notes)


def _edits(
    workspace: Workspace, exit_plan: ExitPlan, asked: Leaving, *, is_unchanged: bool
) -> tuple[FileEdit, ...]:
    """The instrument's file and the successor in `offramp.yaml`, as far as they change.

    The file of an exit that stays as it is belongs to whoever edits it.
    """
    root = workspace.root
    instrument = root / "instruments" / f"{exit_plan.instrument}.yaml"
    edits = []
    if not (is_unchanged and instrument.exists()):
        edits.append(
            edit_of(instrument, instrument.as_posix(), order_text(workspace, exit_plan, asked.by_text))
        )
    settings = root / "offramp.yaml"
    current = edit_of(settings, settings.as_posix(), "")
    text = current.before or ""
    edits.append(
        edit_of(
            settings,
            settings.as_posix(),
            with_successor(text, exit_plan.vendor, exit_plan.successor, asked.by_text),
        )
    )
    return tuple(edit for edit in edits if edit.is_change)


def _exit_step(
    exit_plan: ExitPlan,
    asked: Leaving,
    routes: tuple[RouteName, ...],
    edits: tuple[FileEdit, ...],
    loaded: Instruments,
) -> Step:
    ramps = tuple(
        Change(
            "plan_ramps",
            {
                "route": route,
                "share": 0,
                "at": format_instant(asked.at),
                "by": asked.by_whom,
                "cause": f"person:{asked.by_whom}",
            },
        )
        for route in routes
    )
    entry = Entry(
        type=EntryType.CONFIG,
        at=asked.recorded_at,
        actor=asked.by_whom,
        cause="command",
        subject=exit_plan.vendor,
        instruments=(exit_plan.instrument,),
        data={
            "what": "leave",
            "decided_at": format_instant(asked.at),
            "successor": exit_plan.successor,
            "by_at": format_instant(exit_plan.by_at),
            "routes_at_0": list(routes),
        },
        digests={
            "instruments": loaded.digest,
            **{edit.path.name: sha256_hex(edit.after.encode()) for edit in edits},
        },
    )
    return Step(entry, (exit_plan.change(), *ramps))
