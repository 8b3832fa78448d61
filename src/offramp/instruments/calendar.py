"""Everything with a date: what begins, ends, is stayed or settled, is announced or served, and is due.

Each instant at which something changes is looked at from both sides: a norm that is stayed before and after
is no entry. Who is told apart only where an instrument does: parties of stays, endings and extensions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

from offramp.core.ids import InstrumentId, NormId
from offramp.core.instants import Instant
from offramp.instruments.assumptions import assumed_of
from offramp.instruments.deadlines import deadlines
from offramp.instruments.model import Duty, Effect, Form, Instrument, Instruments, Norm, Role
from offramp.instruments.slices import binds
from offramp.instruments.timeline import Moment, Parties, Standing, State, change_points, settled, standing
from offramp.instruments.vocabulary import party_closure

JUST_BEFORE = timedelta(microseconds=1)
Seen = tuple[str, NormId, str]
"""A party told apart (empty: everybody), a norm, and one of its forms."""
COUNTING = (State.IN_FORCE, State.STAYED)


class EntryKind(StrEnum):
    """What sort of thing happens."""

    CHANGE = "change"
    """A norm begins or ends to count, is stayed or no longer."""
    DUTY = "duty"
    """The last moment in which a duty can be done in time."""
    NOTICE = "notice"
    """An instrument is announced or served."""
    READING = "reading"
    """A contested question is settled, or open again."""
    RECORD = "record"
    """The record behind a document ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One dated thing."""

    at: Instant | None
    """None: counted from an event that has no known time."""
    zone: str
    """The zone the document counts its days in."""
    kind: EntryKind
    subject: str
    """The norm, instrument or question it is about."""
    who: tuple[str, ...]
    """Whom it binds, or who is told."""
    what: str
    under: tuple[str, ...] = ()
    """Choices (`question=option`) under which it is so; empty: under every reading."""
    by: tuple[InstrumentId, ...] = ()
    """The instruments that bring it about."""
    says: str = ""
    source: str = ""
    assumed: tuple[str, ...] = ()
    """What those who rendered it supplied to arrive at this date; empty: the source gives it."""


def calendar(
    instruments: Instruments,
    *,
    since: Instant | None = None,
    until: Instant | None = None,
    known: Instant | None = None,
) -> tuple[Entry, ...]:
    """Every dated thing from `since` to `until`, both included, as known at `known`, in order of time.

    Duties counted from an event come last: they have no date.
    """
    entries = [*_changes(instruments, since, until, known)]
    for one in instruments.instruments.values():
        if known is None or one.known_at is None or one.known_at <= known:
            entries += _notices(one)
            entries += (entry for norm in one.norms for entry in _duties(instruments, one, norm, known))
    entries += _record_ends(instruments)
    inside = [one for one in entries if one.at is None or _within(one.at, since, until)]
    return tuple(sorted((marked(instruments, one) for one in inside), key=_place))


def marked(instruments: Instruments, entry: Entry) -> Entry:
    """The entry with what is assumed about its date, by the instruments it comes from."""
    norm = instruments.norms.get(NormId(entry.subject))
    names = dict.fromkeys((*entry.by, *((norm.instrument,) if norm else ()), InstrumentId(entry.subject)))
    found = [
        text
        for name in names
        if entry.at is not None and name in instruments.instruments
        for text in assumed_of(instruments, name, entry.at, norm if entry.kind is EntryKind.DUTY else None)
    ]
    return replace(entry, assumed=tuple(dict.fromkeys(found))) if found else entry


def _place(entry: Entry) -> tuple[bool, Instant | None, str, str, str]:
    return entry.at is None, entry.at, entry.kind, entry.subject, entry.what


def _within(at: Instant, since: Instant | None, until: Instant | None) -> bool:
    return (since is None or at >= since) and (until is None or at <= until)


@dataclass(slots=True)
class _Watch:
    """Where every norm stands at one instant, for everybody and for each party told apart."""

    instruments: Instruments
    known: Instant | None
    groups: dict[str, Parties] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words = self.instruments.vocabulary
        self.groups[""] = None
        for one in self.instruments.instruments.values():
            for name in (name for parties in one.reach for name in parties):
                self.groups[name] = party_closure((name,), words)

    def states(self, at: Instant) -> dict[Seen, Standing]:
        """By group, norm and form."""
        moment = Moment(at, self.known)
        return {
            (group, norm.id, form.key): standing(self.instruments, norm, form, moment, parties)
            for group, parties in self.groups.items()
            for norm in self.instruments.norms.values()
            for form in norm.forms
            if form.applies and (parties is None or binds(form, parties, parties))
        }

    def answers(self, at: Instant) -> dict[tuple[str, str], tuple[str, InstrumentId]]:
        """What is settled, by group and question."""
        moment = Moment(at, self.known)
        return {
            (group, question): answer
            for group, parties in self.groups.items()
            for question, answer in settled(self.instruments, moment, parties).items()
        }


def _changes(
    instruments: Instruments, since: Instant | None, until: Instant | None, known: Instant | None
) -> Iterator[Entry]:
    watch = _Watch(instruments, known)
    points = [at for at in change_points(instruments) if _within(at, since, until)]
    if not points:
        return
    first = points[0] - JUST_BEFORE
    before, settled_before = watch.states(first), watch.answers(first)
    for at in points:
        after, settled_after = watch.states(at), watch.answers(at)
        yield from _norm_changes(instruments, at, before, after)
        yield from _reading_changes(instruments, at, settled_before, settled_after)
        before, settled_before = after, settled_after


def _norm_changes(
    instruments: Instruments,
    at: Instant,
    before: dict[Seen, Standing],
    after: dict[Seen, Standing],
) -> Iterator[Entry]:
    alike: dict[tuple[str, NormId, tuple[str, ...], Standing, Standing], list[Form]] = {}
    forms = {form.key: form for norm in instruments.norms.values() for form in norm.forms}
    for (group, norm, form), now in after.items():
        then = before[group, norm, form]
        if then == now or not {then.state, now.state} & set(COUNTING):
            continue
        if group and (before["", norm, form], after["", norm, form]) == (then, now):
            continue
        who = (group,) if group else _bound(forms[form])
        alike.setdefault((group, norm, who, then, now), []).append(forms[form])
    for (_, name, who, then, now), same in alike.items():
        turned = instruments.norms[name]
        one = instruments.instruments[turned.instrument]
        yield Entry(
            at=at,
            zone=one.zone,
            kind=EntryKind.CHANGE,
            subject=turned.id,
            who=who,
            what=_turn(then, now),
            under=_under(turned, same),
            by=now.by or then.by,
            says=turned.citation,
            source=str(one.source),
        )


def _turn(then: Standing, now: Standing) -> str:
    """From one standing to another, in words."""
    match then.state, now.state:
        case State.STAYED, State.IN_FORCE:
            return f"counts again: no longer stayed by {', '.join(then.by)}"
        case State.STAYED, State.STAYED:
            return f"is {now.note} instead of {', '.join(then.by)}"
        case State.EXPIRED, _:
            ended = f": no longer {then.note}" if then.note else ""
            return f"counts again{ended}" if now.is_live else f"is {now.note}{ended}"
        case _, State.IN_FORCE:
            return "begins to count"
        case _, State.STAYED:
            return f"is {now.note}"
        case _:
            return f"ends: {now.note}" if now.note else "ends"


def _reading_changes(
    instruments: Instruments,
    at: Instant,
    before: dict[tuple[str, str], tuple[str, InstrumentId]],
    after: dict[tuple[str, str], tuple[str, InstrumentId]],
) -> Iterator[Entry]:
    for group, question in sorted(before.keys() | after.keys()):
        then, now = before.get((group, question)), after.get((group, question))
        everybody = before.get(("", question)), after.get(("", question))
        if then == now or (group and everybody == (then, now)):
            continue
        by = (now or then or ("", InstrumentId("")))[1]
        yield Entry(
            at=at,
            zone=instruments.instruments[by].zone,
            kind=EntryKind.READING,
            subject=question,
            who=(group,) if group else (),
            what=f"is settled as {now[0]}" if now else "is open again",
            by=(by,),
            says=instruments.questions[question].question,
            source=str(instruments.instruments[by].source),
        )


def _notices(one: Instrument) -> Iterator[Entry]:
    times: list[tuple[Instant | None, str, tuple[str, ...]]] = [
        (one.issued_at, "is issued", ()),
        (one.announced_at if one.announced_at != one.issued_at else None, "is announced", ()),
    ]
    times += [(at, "is served", (party,)) for party, at in one.served_at.items()]
    for at, what, who in times:
        if at is not None:
            yield Entry(
                at=at,
                zone=one.zone,
                kind=EntryKind.NOTICE,
                subject=one.id,
                who=who,
                what=what,
                by=(one.id,),
                says=one.title,
                source=str(one.source),
            )


def _duties(instruments: Instruments, one: Instrument, norm: Norm, known: Instant | None) -> Iterator[Entry]:
    if norm.effect is not Effect.OBLIGE or norm.duty is None:
        return
    alike: dict[tuple[Instant | None, tuple[str, ...], str], list[Form]] = {}
    for form in norm.forms:
        if not form.applies:
            continue
        for due in deadlines(instruments, norm, form):
            stands = standing(instruments, norm, form, Moment(due, known), None)
            if stands.state in COUNTING:
                note = f"; {stands.note}" if stands.note else ""
                alike.setdefault((due, _bound(form), _due(norm.duty, form) + note), []).append(form)
        if norm.duty.after and one.kind.can_bind:
            alike.setdefault((None, _bound(form), _due(norm.duty, form)), []).append(form)
    for (at, who, what), forms in alike.items():
        yield Entry(
            at=at,
            zone=one.zone,
            kind=EntryKind.DUTY,
            subject=norm.id,
            who=who,
            what=what,
            under=_under(norm, forms),
            by=(one.id,),
            says=norm.citation,
            source=str(one.source),
        )


def _due(duty: Duty, form: Form) -> str:
    words = [f"last moment to {' or '.join(form.actions)}" if form.actions else "last moment"]
    words += [f"towards {duty.towards}"] if duty.towards else []
    words += [f"{duty.within} after {duty.after}"] if duty.after and duty.within else []
    words += [f"again every {duty.every}"] if duty.every else []
    words += [f"shown by {duty.proof}"] if duty.proof else []
    return ", ".join(words)


def _record_ends(instruments: Instruments) -> Iterator[Entry]:
    for end in instruments.ends:
        yield Entry(
            at=end.until_at,
            zone=end.zone,
            kind=EntryKind.RECORD,
            subject=end.path,
            who=(),
            what="the record ends",
            says=end.say,
        )


def _bound(form: Form) -> tuple[str, ...]:
    through = " (reached through)" if form.role is Role.VIA else ""
    return tuple(f"{name}{through}" for name in (*form.kinds, *form.parties))


def _under(norm: Norm, forms: list[Form]) -> tuple[str, ...]:
    """The choices that lead here, without the questions that make no difference to it."""
    choices = [tuple(form.choice.items()) for form in forms]
    for question in norm.questions:
        options = {form.choice[question] for form in norm.forms}
        shorter = [tuple(pair for pair in choice if pair[0] != question) for choice in choices]
        if all(shorter.count(choice) == len(options) for choice in shorter):
            choices = list(dict.fromkeys(shorter))
    return tuple(" and ".join(f"{name}={key}" for name, key in choice) for choice in choices if choice)
