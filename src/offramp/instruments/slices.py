"""The norms that could matter to one question at one moment, and which of them apply to its facts.

A slice is cut by party, vendor, action and time in Python, and by conditions that these alone decide; the
others are evaluated by Cedar on cached handles (`policies.py`). Combining what applies into an answer is
`combine.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from offramp.core.ids import InstrumentId
from offramp.core.verdicts import CitedNorm, FactValue
from offramp.instruments.model import (
    Condition,
    Effect,
    Form,
    Instruments,
    Norm,
    Question,
    Role,
    Strength,
    Vocabulary,
)
from offramp.instruments.policies import Policies
from offramp.instruments.residues import FALSE, asked
from offramp.instruments.timeline import Moment, Standing, State, settled, standing
from offramp.instruments.vocabulary import party_closure, upwards

MOST_PATTERNS = 16
"""An application gives the same facts each time: so many sets of them have policies of their own."""
WORTH_NAMING = (State.IN_FORCE, State.STAYED, State.NOT_SERVED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form of a norm that binds whoever asks, with where it stands at that moment."""

    norm: Norm
    form: Form
    standing: Standing
    cited: CitedNorm
    """As it is cited where nothing need be noted."""
    is_lift: bool
    """Whether it exempts from prohibitions."""
    noted: dict[str, CitedNorm] = field(default_factory=dict, compare=False)
    """As it was cited before, by what was noted."""


@dataclass(frozen=True, slots=True)
class Prohibition:
    """A live form that prohibits, with the live lifts that name its norm or its instrument."""

    one: Candidate
    lifts: tuple[Candidate, ...]
    is_disputed: bool
    """A reading decides whether it, or one of its lifts, is there."""


@dataclass(frozen=True, slots=True)
class Applying:
    """Which forms apply to given facts, by form key."""

    sure: frozenset[str]
    possible: frozenset[str]
    """At least the sure ones; the rest hang on missing facts."""
    failed: frozenset[str]
    """Forms Cedar could not evaluate. INVARIANT: none of them ever counts as not applying."""
    missing: frozenset[str]
    """Facts read by the slice and not usable: not given, or not a value the fact can have."""
    misfits: frozenset[str]
    """Given facts whose value the fact cannot have."""


class Slice:
    """Compiled once per party, vendor, action and moment; asked with facts."""

    __slots__ = (
        "_asked",
        "_compiled",
        "_conditions",
        "_general",
        "_vocabulary",
        "candidates",
        "claims",
        "facts",
        "lifts",
        "live",
        "not_served",
        "prohibitions",
        "settled",
        "stayed",
    )

    def __init__(
        self,
        candidates: tuple[Candidate, ...],
        question: Question,
        vocabulary: Vocabulary,
        settled: Mapping[str, tuple[str, InstrumentId]],
    ) -> None:
        self._vocabulary = vocabulary
        self._asked = asked(question, vocabulary)
        self.candidates = tuple(one for one in candidates if self._can_apply(one.form.condition))
        self.live = tuple(one for one in self.candidates if one.standing.is_live)
        self.lifts = tuple(one for one in self.live if one.is_lift)
        self.prohibitions = tuple(_prohibitions(self.live, self.lifts))
        self.claims = tuple(
            one for one in self.live if one.norm.effect is not Effect.PROHIBIT and not one.is_lift
        )
        self.stayed = tuple(one for one in self.candidates if one.standing.state is State.STAYED)
        self.not_served = tuple(one for one in self.candidates if one.standing.state is State.NOT_SERVED)
        self.settled = settled
        self._conditions = {one.form.key: one.form.condition for one in self.candidates}
        self.facts = frozenset().union(*(one.facts for one in self._conditions.values() if one))
        self._compiled: dict[frozenset[str], Policies] = {}
        """By which facts are given."""
        self._general: Policies | None = None

    def apply(self, facts: Mapping[str, FactValue]) -> Applying:
        """Which forms apply. A fact that is missing or misfit leaves open what hangs on it."""
        usable, misfits = readable(facts, self.facts, self._vocabulary)
        held = self._policies(frozenset(usable)).ask(usable)
        sure, possible = held.sure, held.possible
        if misfits:
            unreadable = {
                key for key, one in self._conditions.items() if one and not one.presence.isdisjoint(misfits)
            }
            sure, possible = sure - unreadable, possible | unreadable
        failed = frozenset[str]() if held.is_complete else frozenset(self._conditions) - sure
        return Applying(
            sure=sure,
            possible=possible | failed if failed else possible,
            failed=failed,
            missing=self.facts.difference(usable),
            misfits=misfits,
        )

    def _policies(self, given: frozenset[str]) -> Policies:
        """Those for requests that give just these facts; past so many sets of facts, those for any."""
        found = self._compiled.get(given) or self._general
        if found is None:
            found = Policies(self._conditions, replace(self._asked, facts=given))
            self._compiled[given] = found
            if len(self._compiled) == MOST_PATTERNS:
                self._general = Policies(self._conditions, self._asked)
        return found

    def _can_apply(self, condition: Condition | None) -> bool:
        if condition is None or condition.presence:
            return True
        return self._asked.residue(condition.source) != FALSE


def _prohibitions(live: tuple[Candidate, ...], lifts: tuple[Candidate, ...]) -> Iterator[Prohibition]:
    naming: dict[str, list[Candidate]] = {}
    for lift in lifts:
        for name in dict.fromkeys(lift.norm.overrides):
            naming.setdefault(name, []).append(lift)
    for one in live:
        if one.norm.effect is Effect.PROHIBIT:
            found = [*naming.get(one.norm.id, ()), *naming.get(one.norm.instrument, ())]
            named = tuple({lift.form.key: lift for lift in found}.values())
            yield Prohibition(one, named, any(each.form.choice for each in (one, *named)))


def readable(
    facts: Mapping[str, FactValue], names: frozenset[str], vocabulary: Vocabulary
) -> tuple[dict[str, FactValue], frozenset[str]]:
    """The facts among `names` that can be used, and the names of those with a value they cannot have.

    Text that says `unknown` is left out of both: nobody knows it.
    """
    usable: dict[str, FactValue] = {}
    misfits = set()
    for name in names & facts.keys():
        fact = vocabulary.facts[name]
        if fact.is_unknown(facts[name]):
            continue
        if fact.fits(facts[name]):
            usable[name] = facts[name]
        else:
            misfits.add(name)
    return usable, frozenset(misfits)


def cut(instruments: Instruments, question: Question, moment: Moment) -> Slice:
    """The slice of `instruments` for whoever asks, whatever the facts are."""
    user = _parties(question.user, instruments.vocabulary)
    via = _parties(question.via, instruments.vocabulary)
    vendors = upwards((question.vendor,), instruments.vocabulary.vendors)
    actions = upwards((question.action,), instruments.vocabulary.actions)
    candidates = []
    for norm in instruments.norms.values():
        is_lift = norm.effect is Effect.PERMIT and norm.strength is Strength.LIFT
        for form in norm.forms:
            if (
                not binds(form, user, via)
                or not _names(form.vendors, vendors)
                or not _names(form.actions, actions)
            ):
                continue
            stands = standing(instruments, norm, form, moment, user | via)
            if stands.state in WORTH_NAMING:
                candidates.append(Candidate(norm, form, stands, _cited(instruments, norm), is_lift))
    return Slice(
        tuple(candidates), question, instruments.vocabulary, settled(instruments, moment, user | via)
    )


def _cited(instruments: Instruments, norm: Norm) -> CitedNorm:
    return CitedNorm(
        id=norm.id,
        instrument=norm.instrument,
        effect=str(norm.effect),
        quote=norm.citation,
        source=str(instruments.instruments[norm.instrument].source),
    )


def binds(form: Form, user: frozenset[str], via: frozenset[str]) -> bool:
    """Whether a form binds these parties, in the role it asks for."""
    if not form.applies:
        return False
    match form.role:
        case Role.USER:
            bound = user
        case Role.VIA:
            bound = via
        case Role.ANY:
            bound = user | via
    return any(name in bound for name in (*form.kinds, *form.parties))


def _names(listed: tuple[str, ...], asked: frozenset[str]) -> bool:
    return not listed or any(name in asked for name in listed)


def _parties(names: tuple[str, ...], vocabulary: Vocabulary) -> frozenset[str]:
    return party_closure(names, vocabulary)
