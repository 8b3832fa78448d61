"""binds/v1: all that binds a party on a day, whatever the facts."""

from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, days_between, format_instant
from offramp.instruments import Binding, Instruments, State
from offramp.report.document import Document, Table
from offramp.report.documents.assumed import assumed_body, assumed_tables
from offramp.report.documents.decision import gaps_of, scope_of


def binds_document(
    bindings: Sequence[Binding],
    instruments: Instruments,
    *,
    user: tuple[str, ...],
    via: tuple[str, ...],
    vendor: str,
    at: Instant,
    folders: tuple[str, ...],
) -> Document:
    """What binds, what is stayed, and each duty with its deadline."""
    live = {one.norm for one in bindings if one.standing.is_live}
    who = ", ".join(user) + (f" via {', '.join(via)}" if via else "")
    about = f" about {vendor}" if vendor else ""
    return Document(
        schema="offramp/binds/v1",
        title=f"{len(live)} {'norm binds' if len(live) == 1 else 'norms bind'} {who}{about}",
        at=at,
        body={
            "user": list(user),
            "via": list(via),
            "vendor": vendor,
            "bindings": [_body(one) for one in bindings],
            "assumed": assumed_body(instruments, [one.instrument for one in bindings]),
        },
        tables=(
            *_tables(bindings, at),
            *assumed_tables(instruments, [one.instrument for one in bindings]),
        ),
        notes=("A norm with a condition binds only where its condition holds: ask `offramp may`.",),
        scope=scope_of(instruments, folders),
        method="every norm whose parties, vendor and time fit; conditions shown, not evaluated",
        gaps=gaps_of(instruments, at, vendor),
        next_steps=(f"offramp may --user {','.join(user)} --vendor {vendor or 'VENDOR'} --at {at:%Y-%m-%d}",),
        is_legal_matter=True,
    )


def _tables(bindings: Sequence[Binding], at: Instant) -> tuple[Table, ...]:
    tables = []
    for title, state in (
        ("In force", State.IN_FORCE),
        ("Stayed", State.STAYED),
        ("Not known to be served on this party", State.NOT_SERVED),
    ):
        by_norm: dict[str, list[Binding]] = {}
        for one in bindings:
            if one.standing.state is state:
                by_norm.setdefault(one.norm, []).append(one)
        if by_norm:
            rows = tuple(_row(same) for same in by_norm.values())
            tables.append(Table(title=title, columns=("norm", "only when", "says"), rows=rows))
    duties = {one.norm: one for one in bindings if one.deadline_at}
    if duties:
        ordered = sorted(duties.values(), key=lambda one: one.deadline_at or at)
        rows = tuple(_duty(one, at) for one in ordered)
        tables.append(Table(title="Deadlines", columns=("duty", "due", "left", "towards"), rows=rows))
    return tuple(tables)


def _row(same: list[Binding]) -> tuple[str, ...]:
    first = same[0]
    actions = ", ".join(first.actions) or "anything"
    what = f"{first.effect.value}: {actions} ({', '.join(first.vendors) or 'any vendor'})"
    when = "\n".join(
        (f"{' or '.join(one.readings)}: " if one.readings else "") + (one.condition or "always")
        for one in same
    )
    about = "\n".join(part for part in (first.norm, what, first.standing.note) if part)
    return about, when, f"{first.quote}\n— {first.source}"


def _duty(one: Binding, at: Instant) -> tuple[str, ...]:
    due = one.deadline_at or at
    left = days_between(at, due)
    words = f"{left} days" if left >= 0 else f"{-left} days ago"
    return one.norm, format_instant(due), words, one.towards


def _body(one: Binding) -> JsonObject:
    return {
        "norm": one.norm,
        "instrument": one.instrument,
        "effect": one.effect.value,
        "state": one.standing.state.value,
        "by": list(one.standing.by),
        "vendors": list(one.vendors),
        "actions": list(one.actions),
        "condition": one.condition,
        "readings": list(one.readings),
        "deadline": format_instant(one.deadline_at) if one.deadline_at else None,
        "towards": one.towards,
        "quote": one.quote,
        "source": one.source,
    }
