"""What changed for a party between two days: what began, ended, was stayed or restored, and became known.

Walks the change points between them and compares where each norm stands, each time with what was known
then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.ids import InstrumentId, NormId
from offramp.core.instants import Instant
from offramp.instruments.model import Form, Instruments, Norm
from offramp.instruments.slices import binds as form_binds
from offramp.instruments.timeline import Moment, Standing, State, change_points, settled, standing
from offramp.instruments.vocabulary import party_closure, upwards


class Turn(StrEnum):
    """How something changed."""

    BEGAN = "began"
    ENDED = "ended"
    STAYED = "stayed"
    RESTORED = "restored"
    ANNOUNCED = "announced, not served"
    SERVED = "served"
    NEWLY_KNOWN = "newly known"
    SETTLED = "settled"


GONE = (State.NOT_YET, State.NOT_KNOWN, State.NEVER_BINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One norm, or one contested question, that stood differently from an instant on."""

    at: Instant
    turn: Turn
    norm: NormId | None
    instrument: InstrumentId
    """Whose norm it is, or which ruling settled the question."""
    choices: tuple[str, ...] = ()
    """Readings under which this is so; empty: under every reading."""
    question: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Between which instants, who asks, and what about."""

    user: tuple[str, ...]
    via: tuple[str, ...] = ()
    vendor: str | None = None
    since: Instant
    at: Instant
    known: Instant | None = None
    is_served: bool = False


def changes(instruments: Instruments, span: Span) -> tuple[Change, ...]:
    """Every change after `since` and up to `at`, in order."""
    points = [point for point in change_points(instruments) if span.since < point <= span.at]
    found: list[Change] = []
    for norm in sorted(instruments.norms.values(), key=lambda one: one.id):
        found.extend(_of_norm(instruments, norm, span, points))
    found.extend(_settlements(instruments, span, points))
    return tuple(sorted(found, key=lambda one: (one.at, one.norm or "", one.question, one.turn)))


def _moment(span: Span, at: Instant) -> Moment:
    return Moment(at, at if span.known is None else min(at, span.known), span.is_served)


def _of_norm(instruments: Instruments, norm: Norm, span: Span, points: list[Instant]) -> Iterator[Change]:
    words = instruments.vocabulary
    users, chain = party_closure(span.user, words), party_closure(span.via, words)
    vendors = None if span.vendor is None else upwards((span.vendor,), words.vendors)
    together: dict[tuple[Instant, Turn, str], list[Form]] = {}
    for form in norm.forms:
        asked = vendors is None or not form.vendors or any(name in vendors for name in form.vendors)
        if not asked or not form_binds(form, users, chain):
            continue
        before = standing(instruments, norm, form, _moment(span, span.since), users | chain)
        for point in points:
            after = standing(instruments, norm, form, _moment(span, point), users | chain)
            turn = _turn(instruments, norm, form, before, after)
            if turn is not None:
                together.setdefault((point, turn, after.note), []).append(form)
            before = after
    for (point, turn, note), forms in together.items():
        choices = () if len(forms) == len(norm.forms) else tuple(map(_choice, forms))
        yield Change(
            at=point, turn=turn, norm=norm.id, instrument=norm.instrument, choices=choices, note=note
        )


def _choice(form: Form) -> str:
    return " and ".join(f"{question}={option}" for question, option in form.choice.items())


def _turn(instruments: Instruments, norm: Norm, form: Form, before: Standing, after: Standing) -> Turn | None:
    if (before.state, before.by) == (after.state, after.by):
        return None
    match after.state:
        case State.IN_FORCE:
            if before.state is State.NOT_KNOWN and _had_begun(instruments, norm, form):
                return Turn.NEWLY_KNOWN
            if before.state is State.NOT_SERVED:
                return Turn.SERVED
            return Turn.BEGAN if before.state in GONE else Turn.RESTORED
        case State.STAYED:
            return Turn.STAYED
        case State.NOT_SERVED:
            return Turn.ANNOUNCED if before.state in GONE else None
        case State.EXPIRED:
            return Turn.ENDED if before.state not in (*GONE, State.EXPIRED) else None
    return None


def _had_begun(instruments: Instruments, norm: Norm, form: Form) -> bool:
    """Whether it counts from before it became known."""
    one = instruments.instruments[norm.instrument]
    starts = [at for at in (form.from_at or one.from_at, one.announced_at) if at is not None]
    return bool(starts) and one.known_at is not None and max(starts) < one.known_at


def _settlements(instruments: Instruments, span: Span, points: list[Instant]) -> Iterator[Change]:
    asking = party_closure(span.user, instruments.vocabulary) | party_closure(
        span.via, instruments.vocabulary
    )
    before = settled(instruments, _moment(span, span.since), asking)
    for point in points:
        after = settled(instruments, _moment(span, point), asking)
        for question, (option, ruling) in after.items():
            if before.get(question) != (option, ruling):
                yield Change(
                    at=point,
                    turn=Turn.SETTLED,
                    norm=None,
                    instrument=ruling,
                    question=question,
                    note=f"{question}={option}",
                )
        before = after
