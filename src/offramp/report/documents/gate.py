"""The gate: which uses are not allowed any more, and whose answer hangs on something nobody declared."""

from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.errors import Exit
from offramp.core.instants import Instant, format_instant
from offramp.instruments import Instruments
from offramp.plan import assess
from offramp.report.attribution import attributions
from offramp.report.document import Document, Table

METHOD = (
    "a scan of the workspace and its declarations; each use held against its vendor's exit and against the "
    "instruments as they were known at that instant"
)
GAPS = (
    "a use no scanner can see and nobody declared is not assessed",
    "uses without a system are asked about with the organisation's kinds alone",
)


def gate_document(
    assessed: Sequence[assess.Assessed], organisation: str, instruments: Instruments, at: Instant
) -> Document:
    """`gate/v1`: every use that is due, and every one whose answer is not known."""
    due = [one for one in assessed if one.is_due]
    open_ = [one for one in assessed if one.undecided]
    allowed = len(assessed) - len(due) - len(open_)
    return Document(
        schema="offramp/gate/v1",
        title=f"gate: of {len(assessed)} uses {len(due)} are not allowed any more, "
        f"{len(open_)} undecided, {allowed} allowed",
        at=at,
        body={
            "uses": len(assessed),
            "due": [_body(one) for one in due],
            "undecided": [_body(one) for one in open_],
        },
        tables=(*_due_table(due), *_open_table(open_)),
        scope=f"uses under the workspace of {organisation}",
        method=METHOD,
        gaps=GAPS,
        attributions=attributions(instruments),
        is_legal_matter=True,
    )


def gate_exit(assessed: Sequence[assess.Assessed]) -> Exit:
    """What the gate ends with."""
    if any(one.is_due for one in assessed):
        return Exit.FOUND
    return Exit.UNDECIDED if any(one.undecided for one in assessed) else Exit.OK


def _body(one: assess.Assessed) -> JsonObject:
    deadline = one.deadline
    return {
        "id": one.finding.id,
        "vendor": one.finding.vendor,
        "path": one.finding.path,
        "line": one.finding.line,
        "system": one.finding.system,
        "since": format_instant(deadline.at) if deadline and one.is_due else None,
        "why": deadline.why if deadline and one.is_due else "",
        "undecided": list(one.undecided),
    }


def _place(one: assess.Assessed) -> str:
    return f"{one.finding.path}:{one.finding.line}" if one.finding.line else one.finding.path


def _due_table(due: Sequence[assess.Assessed]) -> tuple[Table, ...]:
    if not due:
        return ()
    rows = tuple(
        (
            format_instant(one.deadline.at)[:10],
            one.finding.vendor,
            str(one.finding.system or ""),
            _place(one),
            one.deadline.why,
        )
        for one in due
        if one.deadline is not None
    )
    columns = ("since", "vendor", "system", "where", "why")
    return (Table(title="not allowed any more", columns=columns, rows=rows, below=1),)


def _open_table(undecided: Sequence[assess.Assessed]) -> tuple[Table, ...]:
    if not undecided:
        return ()
    rows = tuple(
        (one.finding.vendor, str(one.finding.system or ""), _place(one), "; ".join(one.undecided))
        for one in undecided
    )
    columns = ("vendor", "system", "where", "what is missing")
    return (Table(title="not decided", columns=columns, rows=rows, below=1),)
