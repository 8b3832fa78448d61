"""All that binds a party on a day, whatever the facts; and where one norm stands."""

from dataclasses import dataclass

from offramp.core.ids import InstrumentId, NormId
from offramp.core.instants import Instant
from offramp.instruments.deadlines import deadline
from offramp.instruments.model import Effect, Form, Instruments, Norm
from offramp.instruments.slices import binds as form_binds
from offramp.instruments.timeline import Moment, Standing, State, settled, standing
from offramp.instruments.vocabulary import party_closure, upwards

SHOWN = (State.IN_FORCE, State.STAYED, State.NOT_SERVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One norm that binds the party that day, or would but for a stay."""

    norm: NormId
    instrument: InstrumentId
    effect: Effect
    standing: Standing
    vendors: tuple[str, ...]
    actions: tuple[str, ...]
    condition: str
    """As written; empty: always."""
    readings: tuple[str, ...]
    """Choices (`question=option`) under which it says this; empty: under every reading."""
    deadline_at: Instant | None
    """For duties with a deadline."""
    towards: str
    quote: str
    source: str
    form: Form
    """What it says, under the first of the readings."""


def binds(
    instruments: Instruments,
    *,
    user: tuple[str, ...],
    via: tuple[str, ...] = (),
    vendor: str | None = None,
    at: Instant,
    known: Instant | None = None,
    notice: str = "announced",
    shown: tuple[State, ...] = SHOWN,
) -> tuple[Binding, ...]:
    """Every norm live for these parties at `at`, and those that are stayed or not served, sorted by id.

    `shown` asks for other states, such as what has ended.
    """
    words = instruments.vocabulary
    users, chain = party_closure(user, words), party_closure(via, words)
    vendors = None if vendor is None else upwards((vendor,), words.vendors)
    moment = Moment(at, known, notice == "served")
    fixed = {
        question: option for question, (option, _) in settled(instruments, moment, users | chain).items()
    }
    found: list[Binding] = []
    for norm in sorted(instruments.norms.values(), key=lambda one: one.id):
        alike: dict[tuple[object, ...], list[Form]] = {}
        bound = []
        for form in norm.forms:
            asked = vendors is None or not form.vendors or any(name in vendors for name in form.vendors)
            if not asked or not form_binds(form, users, chain):
                continue
            if any(fixed.get(question, option) != option for question, option in form.choice.items()):
                continue
            stands = standing(instruments, norm, form, moment, users | chain)
            if stands.state in shown:
                bound.append(form)
                says = (stands, form.vendors, form.actions, form.condition.source if form.condition else None)
                alike.setdefault(says, []).append(form)
        found.extend(_binding(instruments, norm, forms, moment, users | chain) for forms in alike.values())
    return tuple(found)


def _binding(
    instruments: Instruments, norm: Norm, forms: list[Form], moment: Moment, parties: frozenset[str]
) -> Binding:
    form = forms[0]
    choices = tuple(
        " and ".join(f"{question}={option}" for question, option in one.choice.items()) for one in forms
    )
    return Binding(
        norm=norm.id,
        instrument=norm.instrument,
        effect=norm.effect,
        standing=standing(instruments, norm, form, moment, parties),
        vendors=form.vendors,
        actions=form.actions,
        condition=form.condition.text if form.condition else "",
        readings=() if len(forms) == len(norm.forms) else choices,
        deadline_at=deadline(instruments, norm, form, parties, after=moment.at),
        towards=norm.duty.towards if norm.duty else "",
        quote=norm.citation,
        source=str(instruments.instruments[norm.instrument].source),
        form=form,
    )


def norm(instruments: Instruments, norm_id: str) -> Norm | None:
    """The norm with this id, or None."""
    return instruments.norms.get(NormId(norm_id))


def norm_state(instruments: Instruments, norm_id: str, at: Instant) -> Standing:
    """Where a norm, or an instrument's first norm that counts, stands at `at`, for no party in particular."""
    one = instruments.norms.get(NormId(norm_id))
    named = instruments.instruments.get(InstrumentId(norm_id))
    norms = (one,) if one is not None else named.norms if named is not None else ()
    standings = [
        standing(instruments, each, form, Moment(at), None)
        for each in norms
        for form in each.forms
        if form.applies
    ]
    if not standings:
        return Standing(State.UNKNOWN_NORM)
    order = (State.IN_FORCE, State.STAYED, State.NOT_YET, State.EXPIRED)
    return min(standings, key=lambda each: order.index(each.state) if each.state in order else len(order))
