"""What leaving a vendor does: the successor's answers, the items by system, the routes (`leave/v1`)."""

from collections import Counter

from offramp.core.instants import days_between, format_instant
from offramp.core.verdicts import Outcome
from offramp.instruments import Instruments
from offramp.plan import departure
from offramp.report.attribution import attribution_bodies, attributions
from offramp.report.document import Document, Table


def leave_document(done: departure.Departure, asked: departure.Leaving, instruments: Instruments) -> Document:
    """The exit as it stands after the command. `instruments` are those it was decided on."""
    clauses = " ".join(clause for check in done.checks for clause in check.clauses)
    rests_on = [one for one in instruments.instruments if f"{one}." in clauses]
    open_uses = [use for use in done.stock.uses if use.moved_at is None]
    systems = Counter((use.system or "none", use.owner) for use in open_uses)
    changed = bool(done.steps)
    days = days_between(asked.at, asked.by_at)
    verb = "" if changed else " (nothing changed)"
    return Document(
        schema="offramp/leave/v1",
        title=f"leaving {asked.vendor} for {asked.successor} by {asked.by_text}: "
        f"{len(open_uses)} uses, {days} days left{verb}",
        at=asked.at,
        body={
            "vendor": asked.vendor,
            "successor": asked.successor,
            "by": format_instant(asked.by_at),
            "days_left": days,
            "changed": changed,
            "instrument": done.exit.instrument,
            "files": [edit.shown for edit in done.edits],
            "items": {
                "open": len(open_uses),
                "new": len(done.stock.new),
                "moved": len(done.stock.moved),
                "back": len(done.stock.back),
            },
            "routes": list(done.routes),
            "successor_checks": [
                {
                    "who": check.who,
                    "at": format_instant(check.at),
                    "outcome": check.outcome.value,
                    "enforced": check.enforced.value,
                    "clauses": list(check.clauses),
                    "missing_facts": list(check.missing_facts),
                }
                for check in done.checks
            ],
            "notes": list(_notes(done, asked)),
            "attributions": attribution_bodies(instruments, rests_on),
        },
        tables=(
            Table(
                title="uses to move, by system",
                columns=("system", "owner", "uses"),
                rows=tuple((system, owner, str(count)) for (system, owner), count in sorted(systems.items())),
            ),
            _checks_table(done, asked),
        ),
        notes=_notes(done, asked),
        scope=f"uses of {asked.vendor} in the workspace and its declarations",
        method="a scan of the workspace, its declarations, and the instruments known at this date",
        gaps=(
            "uses outside the scanned tree and the declarations are not found",
            "the successor was asked about for `use` only, with the facts the applications declare",
        ),
        next_steps=(
            "offramp status",
            "offramp plan",
            *(f"offramp ramp '{route}' 10 --by NAME" for route in done.routes[:1]),
        ),
        attributions=(
            f"{done.exit.instrument}: encoded by {done.exit.started_by}; not signed",
            *attributions(instruments, rests_on),
        ),
        is_legal_matter=True,
    )


def _checks_table(done: departure.Departure, asked: departure.Leaving) -> Table:
    return Table(
        title=f"may they move to {asked.successor}?",
        columns=("for", "answer", "under the stance", "at", "because"),
        below=1,
        rows=tuple(
            (
                check.who,
                check.outcome.value,
                check.enforced.value,
                format_instant(check.at),
                "; ".join((*check.clauses, *(f"not declared: {fact}" for fact in check.missing_facts))),
            )
            for check in done.checks
        ),
    )


def _notes(done: departure.Departure, asked: departure.Leaving) -> tuple[str, ...]:
    contested = [check.who for check in done.checks if check.outcome is Outcome.CONTESTED]
    open_answers = [check.who for check in done.checks if check.outcome in (Outcome.UNKNOWN, Outcome.HOLD)]
    notes = list(done.notes)
    if contested:
        notes.append(
            f"moving to {asked.successor} is contested for {', '.join(contested)}: read the clauses first"
        )
    if open_answers:
        notes.append(f"whether {asked.successor} may be used is undecided for {', '.join(open_answers)}")
    if done.stock.moved:
        notes.append(f"{len(done.stock.moved)} uses are no longer found and count as moved")
    if done.stock.back:
        notes.append(f"{len(done.stock.back)} uses that had moved are found again")
    unowned = [use for use in done.stock.uses if use.moved_at is None and not use.system]
    if unowned:
        notes.append(
            f"{len(unowned)} uses belong to no system: add their paths under `systems` in offramp.yaml"
        )
    return tuple(notes)
