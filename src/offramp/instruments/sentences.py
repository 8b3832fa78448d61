"""Norms as plain sentences: `Federal agencies may not use or buy example-a's technology, where …`.

Generated from every field, so that what is read is what is computed: who is bound and in which role, what
about, when, under which condition, what happens where a fact is missing, and by when a duty is to be done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from offramp.core.instants import Instant
from offramp.core.verdicts import Outcome
from offramp.instruments.deadlines import deadline
from offramp.instruments.model import Duty, Effect, Form, IfUnknown, Instruments, Norm, Role, Strength
from offramp.instruments.phrases import parties_spoken, phrase, spoken_names
from offramp.instruments.speech import ACTIONS, VERBS, party_words, plain
from offramp.instruments.vocabulary import ANYONE

NOT_KNOWN = "Where a fact this turns on is not known, "


@dataclass(frozen=True, slots=True)
class Saying:
    """What a norm says, and the choices of readings under which it says this."""

    choices: tuple[str, ...]
    """`question=option`, joined by `and`; empty: under every reading."""
    text: str


def sayings(
    instruments: Instruments, norm: Norm, names: Mapping[str, str] | None = None
) -> tuple[Saying, ...]:
    """What the norm says under each choice of readings; choices that say the same stand together.

    `names` are the names of vendors and parties as people write them.
    """
    together: dict[str, list[str]] = {}
    for form in norm.forms:
        choice = " and ".join(f"{question}={option}" for question, option in form.choice.items())
        together.setdefault(sentence(instruments, norm, form, names), []).append(choice)
    if len(together) == 1:
        return (Saying((), next(iter(together))),)
    return tuple(Saying(tuple(choices), text) for text, choices in together.items())


def sentence(instruments: Instruments, norm: Norm, form: Form, names: Mapping[str, str] | None = None) -> str:
    """What the norm says under one choice of readings."""
    if not form.applies:
        return "Under this reading there is no such rule."
    parts = [_main(instruments, norm, form, names or {})]
    if form.condition is not None:
        parts.append(phrase(form.condition.written, instruments.vocabulary))
    zone = zone_of(instruments, norm)
    if form.from_at is not None:
        parts.append(f"from {day_words(form.from_at, zone)}")
    is_due = norm.duty is not None and norm.duty.by_at == form.until_at
    if form.until_at is not None and not is_due:
        parts.append(f"until {end_words(form.until_at, zone)}")
    text = ", ".join(part for part in parts if part)
    return " ".join((f"{text[:1].upper()}{text[1:]}.", *_after(norm, form)))


def zone_of(instruments: Instruments, norm: Norm) -> str:
    """The zone the norm's document counts its days in."""
    return instruments.instruments[norm.instrument].zone or "UTC"


def day_words(at: Instant, zone: str) -> str:
    """`27 February 2026`, or with the time of day where it is not the first moment of the day."""
    local = at.astimezone(ZoneInfo(zone))
    day = f"{local.day} {local:%B %Y}"
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        return day
    return f"{local:%H:%M} on {day} ({zone})"


def end_words(at: Instant, zone: str) -> str:
    """An instant at which something no longer holds: the end of a day, or a time of day."""
    local = at.astimezone(ZoneInfo(zone))
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        before = local - timedelta(days=1)
        return f"the end of {before.day} {before:%B %Y}"
    return day_words(at, zone)


def _main(instruments: Instruments, norm: Norm, form: Form, names: Mapping[str, str]) -> str:
    does = _done(instruments, form, names)
    match norm.effect:
        case Effect.PROHIBIT:
            if form.outcome is Outcome.HOLD:
                return f"{_subject(form, names)} may {does} only after a person has decided it"
            if form.role is Role.VIA:
                return f"nobody may {does} through {_parties(form, names, is_subject=False)}"
            if form.kinds == (ANYONE,) and not form.parties:
                return f"nobody may {does}"
            return f"{_subject(form, names)} may not {does}"
        case Effect.PERMIT:
            return _permission(norm, form, does, names)
        case Effect.OBLIGE:
            return f"{_subject(form, names)} must {does}{_duty(instruments, norm, form)}"
    assert_never(norm.effect)


def _permission(norm: Norm, form: Form, does: str, names: Mapping[str, str]) -> str:
    if norm.strength is Strength.ENTITLE:
        is_one = form.kinds == (ANYONE,) or (not form.kinds and len(form.parties) == 1)
        return f"{_subject(form, names)} {'is' if is_one else 'are'} entitled to {does}"
    lifted = spoken_names([f"`{name}`" for name in norm.overrides])
    bound_by_all = form.kinds == (ANYONE,) and not form.parties and form.role is Role.ANY
    if bound_by_all and not form.actions and not form.vendors:
        return f"as an exception to {lifted}, what it prohibits is allowed"
    return f"as an exception to {lifted}, {_subject(form, names)} may {does}"


def _parties(form: Form, names: Mapping[str, str], *, is_subject: bool) -> str:
    said = parties_spoken(form.kinds, form.parties, names)
    return said if is_subject or said != "anyone" else "anyone else"


def _subject(form: Form, names: Mapping[str, str]) -> str:
    said = _parties(form, names, is_subject=True)
    if said == "anyone" and form.role is not Role.VIA:
        return said
    match form.role:
        case Role.USER:
            return said
        case Role.VIA:
            return f"whoever acts through {said}"
        case Role.ANY:
            return f"{said}, and whoever acts through them,"
    assert_never(form.role)


def _done(instruments: Instruments, form: Form, names: Mapping[str, str]) -> str:
    vendors = [party_words(name, names) for name in form.vendors]
    whom = spoken_names(vendors, "or") or "any vendor"
    if form.vendors and all(instruments.vocabulary.vendors.get(name) for name in form.vendors):
        technology = whom
    else:
        technology = spoken_names([f"{name}’s" for name in vendors], "or") or "any vendor’s"
        technology += " technology"
    if not form.actions:
        return f"do anything with {technology}"
    verbs = [VERBS[action] for action in form.actions if action in VERBS]
    said = [f"{spoken_names(verbs, 'or')} {technology}"] if verbs else []
    said += [_other(action, form, whom) for action in form.actions if action not in VERBS]
    return spoken_names(said, "or")


def _other(action: str, form: Form, whom: str) -> str:
    if action == "provide_service" and not form.kinds and form.parties == form.vendors:
        return "provide its service"
    if action in ACTIONS:
        return ACTIONS[action].format(vendor=whom)
    if not form.vendors or (not form.kinds and form.parties == form.vendors):
        return plain(action)
    return f"{plain(action)} as regards {whom}"


def _duty(instruments: Instruments, norm: Norm, form: Form) -> str:
    duty = norm.duty
    if duty is None:
        return ""
    due = deadline(instruments, norm, form)
    said = f" by {end_words(due + timedelta(seconds=1), duty.zone)}" if due is not None else ""
    if duty.within is not None:
        said = f" within {duty.within}{_counted_from(duty)}" + (f", that is{said}" if said else "")
    if duty.every is not None:
        said = f" every {duty.every}" + (f", first{said}" if said else "")
    said += f", towards {duty.towards}" if duty.towards else ""
    return said + (f" (shown by {duty.proof})" if duty.proof else "")


def _counted_from(duty: Duty) -> str:
    if duty.after:
        return f" after {duty.after}"
    return f" after it is {duty.of}" if duty.of in ("issued", "announced", "served") else ""


def _after(norm: Norm, form: Form) -> Sequence[str]:
    if form.condition is None or not form.condition.facts or norm.effect is Effect.OBLIGE:
        return ()
    is_lift = norm.strength is Strength.LIFT
    if norm.strength is Strength.ENTITLE:
        return ()
    match norm.if_unknown:
        case IfUnknown.HOLD:
            return ()
        case IfUnknown.FORBID:
            return (
                f"{NOT_KNOWN}{'the exception does not count' if is_lift else 'it counts as prohibited'}.",
            )
        case IfUnknown.PERMIT:
            said = "the exception counts" if is_lift else "it counts as not prohibited by this rule"
            return (f"{NOT_KNOWN}{said}.",)
    assert_never(norm.if_unknown)
