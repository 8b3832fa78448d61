"""What moves or is rehearsed by itself, on the document that says where the exits stand.

The next step of each schedule and what it waits for, pauses, drills that run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from offramp.core.instants import Instant, format_instant
from offramp.plan import pacing, stored
from offramp.plan.drills import Drill
from offramp.report.document import Document, Table
from offramp.report.documents.pacing import pause_body
from offramp.workspace import Route, Workspace

_BEHIND = ("taken", "overtaken", "passed over")
"""Standings of steps that nothing waits for any more."""


def with_under_way(document: Document, workspace: Workspace, seen: stored.Stored, at: Instant) -> Document:
    """`document` with `schedules`, `pauses` and `drills` as they stand at `at`."""
    steps = [
        (route, step)
        for route in workspace.routes.values()
        if (step := _next_step(route, seen, at)) is not None
    ]
    drills = [drill for drill in seen.drills if drill.ended_at is None]
    pauses = seen.pace.pauses
    return replace(
        document,
        body={
            **document.body,
            "schedules": [
                {
                    "route": route.name,
                    "step": one.number,
                    "at": format_instant(one.step.at),
                    "share": one.step.share,
                    "after": one.step.after,
                    "standing": one.standing,
                }
                for route, one in steps
            ],
            "pauses": [{"route": pause.route, **pause_body(pause)} for pause in pauses],
            "drills": [
                {
                    "name": drill.name,
                    "vendor": drill.vendor,
                    "at": format_instant(drill.at),
                    "until": format_instant(drill.until),
                    "by": drill.by,
                    "reason": drill.reason,
                }
                for drill in drills
            ],
        },
        tables=(
            *document.tables,
            *_tables(
                (
                    "next steps",
                    ("route", "from", "share", "after verdict", "stands"),
                    list(_step_rows(steps)),
                ),
                ("pauses", ("route", "paused by", "since", "by", "reason"), list(_pause_rows(pauses))),
                ("drills that run", ("drill", "vendor", "since", "until", "by"), list(_drill_rows(drills))),
            ),
        ),
        next_steps=(*document.next_steps, *dict.fromkeys(_resumes(pauses))),
    )


def _next_step(route: Route, seen: stored.Stored, at: Instant) -> pacing.Outlook | None:
    steps = pacing.outlook(route, seen.pace, at)
    return next((one for one in steps if one.standing not in _BEHIND), None)


def _tables(*all_: tuple[str, tuple[str, ...], list[tuple[str, ...]]]) -> Iterator[Table]:
    for title, columns, rows in all_:
        if rows:
            yield Table(title=title, columns=columns, rows=tuple(rows))


def _step_rows(steps: Sequence[tuple[Route, pacing.Outlook]]) -> Iterator[tuple[str, ...]]:
    for route, one in steps:
        yield route.name, format_instant(one.step.at), f"{one.step.share} %", one.step.after, one.standing


def _pause_rows(pauses: Sequence[pacing.Pause]) -> Iterator[tuple[str, ...]]:
    for one in pauses:
        yield one.route, one.name, format_instant(one.at), one.by, one.reason


def _drill_rows(drills: Sequence[Drill]) -> Iterator[tuple[str, ...]]:
    for one in drills:
        yield one.name, one.vendor, format_instant(one.at), format_instant(one.until), one.by


def _resumes(pauses: Sequence[pacing.Pause]) -> Iterator[str]:
    for one in pauses:
        if one.waits_for_person:
            yield f"offramp ramp '{one.route}' --resume --by NAME --reason WHY"
