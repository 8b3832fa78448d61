"""binds/v1: all that binds a party on a day, whatever the facts, as a page for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, days_between, format_instant
from offramp.instruments import Binding, Instruments, State
from offramp.instruments.changes import Change
from offramp.report.attribution import attribution_bodies, attributions, unsound
from offramp.report.document import Document, Table
from offramp.report.documents.assumed import assumed_body, assumed_tables
from offramp.report.documents.binding_words import change_row, heading, origin, rendering, spoken, status
from offramp.report.documents.decision import gaps_of, scope_of

BINDING = (State.IN_FORCE, State.STAYED, State.NOT_SERVED)
PAGE = (*BINDING, State.NOT_YET, State.EXPIRED, State.NEVER_BINDS)
"""The states the page shows; what merely never was known by then is left out."""
TITLES = {
    State.IN_FORCE: "In force",
    State.STAYED: "Stayed",
    State.NOT_SERVED: "Announced, not known to be served on this party",
    State.NOT_YET: "Not yet in force",
    State.EXPIRED: "No longer in force",
    State.NEVER_BINDS: "Drafts and proposals, binding nobody",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was asked, and what stands beside the bindings."""

    user: tuple[str, ...]
    via: tuple[str, ...]
    vendor: str
    at: Instant
    folders: tuple[str, ...]
    beside: tuple[Binding, ...] = ()
    """Norms that do not bind that day: not yet, no longer, or a draft."""
    since: Instant | None = None
    changed: tuple[Change, ...] = ()
    """What changed from `since` on."""
    settled: dict[str, str] = field(default_factory=dict)
    """Questions a ruling has settled, with the ruling."""


def binds_document(bindings: Sequence[Binding], instruments: Instruments, page: Page) -> Document:
    """What binds, what is stayed, what is contested, what changed, and each duty with its deadline."""
    live = {one.norm for one in bindings if one.standing.is_live}
    who = ", ".join(page.user) + (f" via {', '.join(page.via)}" if page.via else "")
    about = f" about {page.vendor}" if page.vendor else ""
    shown = [*bindings, *page.beside]
    binding = [one.instrument for one in bindings]
    named = sorted({one.instrument for one in shown} | {one.instrument for one in page.changed})
    body: JsonObject = {
        "user": list(page.user),
        "via": list(page.via),
        "vendor": page.vendor,
        "bindings": [_body(instruments, one) for one in bindings],
        "not_binding": [_body(instruments, one) for one in page.beside],
        "contested": [_question_body(instruments, page, name) for name in _questions(instruments, shown)],
        "assumed": assumed_body(instruments, binding),
        "attributions": attribution_bodies(instruments, named),
    }
    if page.since is not None:
        body |= {"since": format_instant(page.since), "changes": [_change_body(one) for one in page.changed]}
    return Document(
        schema="offramp/binds/v1",
        title=f"{len(live)} {'norm binds' if len(live) == 1 else 'norms bind'} {who}{about}",
        at=page.at,
        body=body,
        tables=(*_tables(bindings, instruments, page), *assumed_tables(instruments, binding)),
        notes=(
            "A norm with a condition binds only where its condition holds: ask `offramp may`.",
            *unsound(instruments),
        ),
        scope=scope_of(instruments, page.folders),
        method="every norm whose parties, vendor and time fit; conditions shown, not evaluated",
        gaps=gaps_of(instruments, page.at, page.vendor),
        next_steps=(_next(page),),
        attributions=attributions(instruments, named),
        is_legal_matter=True,
    )


def _next(page: Page) -> str:
    vendor = page.vendor or "VENDOR"
    return f"offramp may --user {','.join(page.user)} --vendor {vendor} --at {page.at:%Y-%m-%d}"


def _tables(bindings: Sequence[Binding], instruments: Instruments, page: Page) -> list[Table]:
    tables = []
    if page.since is not None:
        changes = tuple(change_row(instruments, one) for one in page.changed)
        tables.append(
            Table(
                title=f"Changed since {page.since:%Y-%m-%d}"
                if changes
                else f"No change since {page.since:%Y-%m-%d}",
                columns=("when", "what", "rule", "says"),
                rows=changes,
                below=1,
            )
        )
    for state, title in TITLES.items():
        by_norm: dict[str, list[Binding]] = {}
        for one in (*bindings, *page.beside):
            if one.standing.state is state:
                by_norm.setdefault(one.norm, []).append(one)
        if by_norm:
            rows = tuple(_card(instruments, same) for same in by_norm.values())
            columns = ("rule", "says", "words", "source", "status", "contested", "rendering")
            tables.append(Table(title=title, columns=columns, rows=rows, as_cards=True))
    duties = {one.norm: one for one in bindings if one.deadline_at}
    if duties:
        ordered = sorted(duties.values(), key=lambda one: one.deadline_at or page.at)
        rows = tuple(_duty(one, page.at) for one in ordered)
        tables.append(Table(title="Deadlines", columns=("duty", "due", "left", "towards"), rows=rows))
    questions = _questions(instruments, bindings)
    if questions:
        tables.append(_contested(instruments, page, questions))
    return tables


def _card(instruments: Instruments, same: list[Binding]) -> tuple[str, ...]:
    first = same[0]
    questions = instruments.norms[first.norm].questions
    asks = "\n".join(f"{name}: {instruments.questions[name].question}" for name in questions)
    return (
        heading(instruments, first),
        spoken(instruments, same),
        first.quote,
        origin(instruments, first),
        status(instruments, first),
        asks,
        rendering(instruments, first),
    )


def _duty(one: Binding, at: Instant) -> tuple[str, ...]:
    due = one.deadline_at or at
    left = days_between(at, due)
    words = f"{left} days" if left >= 0 else f"{-left} days ago"
    return one.norm, format_instant(due), words, one.towards


def _questions(instruments: Instruments, bindings: Sequence[Binding]) -> list[str]:
    return sorted({name for one in bindings for name in instruments.norms[one.norm].questions})


def _contested(instruments: Instruments, page: Page, questions: list[str]) -> Table:
    rows = []
    for name in questions:
        question = instruments.questions[name]
        by = page.settled.get(name)
        for option in question.options:
            stands = option.status if by is None else f"settled by {by}"
            rows.append((f"{name}={option.key}", option.text, ", ".join(option.by), option.source, stands))
    return Table(
        title="What is contested, and who reads it how",
        columns=("reading", "text", "held by", "source", "status"),
        rows=tuple(rows),
    )


def _body(instruments: Instruments, one: Binding) -> JsonObject:
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
        "sentence": spoken(instruments, [one], is_plain=True),
        "status": status(instruments, one),
    }


def _question_body(instruments: Instruments, page: Page, name: str) -> JsonObject:
    question = instruments.questions[name]
    return {
        "question": name,
        "asks": question.question,
        "settled_by": page.settled.get(name),
        "options": [
            {"option": one.key, "text": one.text, "by": list(one.by), "source": one.source}
            for one in question.options
        ],
    }


def _change_body(one: Change) -> JsonObject:
    return {
        "at": format_instant(one.at),
        "turn": one.turn.value,
        "norm": one.norm,
        "instrument": one.instrument,
        "question": one.question or None,
        "readings": list(one.choices),
        "note": one.note,
    }
