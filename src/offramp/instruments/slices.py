"""The norms that could matter to one question at one moment, and which of them apply to its facts.

A slice is cut by party, vendor, action and time in Python, and by conditions that these alone decide; the
others are evaluated by Cedar on cached handles (`policies.py`). Combining what applies into an answer is
`combine.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import compress

from offramp.core.ids import InstrumentId
from offramp.core.verdicts import CitedNorm, FactValue, Outcome
from offramp.instruments.model import (
    Condition,
    Effect,
    Form,
    IfUnknown,
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

SPARSE = 16
"""So few numbers are picked out one by one."""
BITS = bytes.maketrans(b"01", b"\0\1")
MOST_PATTERNS = 16
"""An application gives the same facts each time: for so many sets of them, what was said is kept."""
MOST_CHOICES = 1024
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
    number: int = 0
    """Its place in the slice."""
    lifts: int = 0
    """Of a live prohibition: the live lifts that name its norm or its instrument."""
    is_disputed: bool = False
    """A reading decides whether it, or one of its lifts, is there."""
    noted: dict[str, CitedNorm] = field(default_factory=dict, compare=False)
    """As it was cited before, by what was noted."""


Facts = frozenset[str]
Numbers = int
"""A set of candidates: one bit each, by number."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said before of candidates where the same facts could not be used."""

    whys: dict[Facts, str] = field(default_factory=dict)
    """In words, by the facts a candidate reads."""
    open: dict[int, CitedNorm] = field(default_factory=dict)
    """Candidates as they are cited where nothing but those facts leaves them open, by number."""


@dataclass(frozen=True, slots=True)
class Applying:
    """Which candidates apply to given facts."""

    sure: Numbers
    possible: Numbers
    """At least the sure ones; the rest hang on missing facts."""
    failed: Numbers
    """Those Cedar could not evaluate. INVARIANT: none of them ever counts as not applying."""
    missing: frozenset[str]
    """Facts read by the slice and not usable: not given, or not a value the fact can have."""
    misfits: frozenset[str]
    """Given facts whose value the fact cannot have."""


class Slice:
    """Compiled once per party, vendor, action and moment; asked with facts."""

    __slots__ = (
        "_absent",
        "_asked",
        "_choosing",
        "_everything",
        "_policies",
        "_said",
        "_vocabulary",
        "candidates",
        "claims",
        "disputed",
        "facts",
        "holding",
        "leave_open",
        "liftable",
        "lifts",
        "live",
        "not_served",
        "permissive",
        "prohibitions",
        "questioned",
        "readers",
        "settled",
        "stayed",
        "taken",
    )

    def __init__(
        self,
        candidates: Iterable[Candidate],
        question: Question,
        vocabulary: Vocabulary,
        settled: Mapping[str, tuple[str, InstrumentId]],
    ) -> None:
        self._vocabulary = vocabulary
        self._asked = asked(question, vocabulary)
        kept = [one for one in candidates if self._can_apply(one.form.condition)]
        self.candidates = tuple(_numbered(kept))
        self._everything = (1 << len(self.candidates)) - 1
        self.live = self._numbers(lambda one: one.standing.is_live)
        self.prohibitions = self.live & self._numbers(lambda one: one.norm.effect is Effect.PROHIBIT)
        self.lifts = self.live & self._numbers(lambda one: one.is_lift)
        self.claims = self.live & ~self.prohibitions & ~self.lifts
        self.questioned = self.live & self._numbers(lambda one: bool(one.norm.questions))
        self.permissive = self._numbers(lambda one: one.norm.if_unknown is IfUnknown.PERMIT)
        self.leave_open = self._numbers(lambda one: one.norm.if_unknown is IfUnknown.HOLD)
        self.taken = self._numbers(
            lambda one: one.norm.if_unknown is (IfUnknown.PERMIT if one.is_lift else IfUnknown.FORBID)
        )
        """Those that count as applying where facts are missing."""
        self.holding = self._numbers(lambda one: one.form.outcome is Outcome.HOLD)
        self.liftable = self._numbers(lambda one: bool(one.lifts))
        self.disputed = self._numbers(lambda one: one.is_disputed)
        self._choosing = self._numbers(lambda one: bool(one.form.choice))
        self._absent: dict[frozenset[tuple[str, str]], Numbers] = {}
        self._said: dict[tuple[Facts, Facts], Said] = {}
        self.stayed = self._numbers(lambda one: one.standing.state is State.STAYED)
        self.not_served = self._numbers(lambda one: one.standing.state is State.NOT_SERVED)
        self.settled = settled
        conditions = tuple(one.form.condition for one in self.candidates)
        self.facts = frozenset().union(*(one.facts for one in conditions if one))
        self.readers = {
            name: self._numbers(lambda one, name=name: name in reads(one))  # type: ignore[misc]
            for name in self.facts
        }
        """By fact: the candidates that read it."""
        self._policies = Policies(conditions, self._asked)

    def picked(self, numbers: Numbers) -> list[Candidate]:
        """Those candidates, in order."""
        if numbers.bit_count() > SPARSE:
            return list(compress(self.candidates, reversed(f"{numbers:b}".encode().translate(BITS))))
        found = []
        while numbers:
            lowest = numbers & -numbers
            found.append(self.candidates[lowest.bit_length() - 1])
            numbers ^= lowest
        return found

    def there(self, choice: Mapping[str, str]) -> Numbers:
        """The candidates that are there under these readings; what is not chosen rules nothing out."""
        key = frozenset(choice.items())
        absent = self._absent.get(key)
        if absent is None:
            if len(self._absent) == MOST_CHOICES:
                self._absent.clear()
            gone = [one for one in self.picked(self._choosing) if not _agrees(one, choice)]
            absent = self._absent[key] = sum(1 << one.number for one in gone)
        return self._everything & ~absent

    def said(self, applying: Applying) -> Said:
        """What was said before where these facts cannot be used; to be added to."""
        if len(self._said) == MOST_PATTERNS:
            self._said.clear()
        return self._said.setdefault((applying.missing, applying.misfits), Said())

    def apply(self, facts: Mapping[str, FactValue]) -> Applying:
        """Which forms apply. A fact that is missing or misfit leaves open what hangs on it."""
        usable, misfits = readable(facts, self.facts, self._vocabulary)
        sure, possible, is_complete = self._policies.ask(usable)
        if misfits:
            unreadable = self._numbers(
                lambda one: (
                    one.form.condition is not None and not one.form.condition.presence.isdisjoint(misfits)
                )
            )
            sure, possible = sure & ~unreadable, possible | unreadable
        failed = 0 if is_complete else self._everything & ~sure
        return Applying(
            sure=sure,
            possible=possible | failed,
            failed=failed,
            missing=self.facts.difference(usable),
            misfits=misfits,
        )

    def _numbers(self, is_meant: Callable[[Candidate], bool]) -> Numbers:
        return sum(1 << one.number for one in self.candidates if is_meant(one))

    def _can_apply(self, condition: Condition | None) -> bool:
        if condition is None or condition.presence:
            return True
        return self._asked.residue(condition.source) != FALSE


def reads(one: Candidate) -> Facts:
    """The facts its condition reads."""
    return one.form.condition.facts if one.form.condition else frozenset()


def _agrees(one: Candidate, chosen: Mapping[str, str]) -> bool:
    return all(chosen.get(question, option) == option for question, option in one.form.choice.items())


def _numbered(candidates: list[Candidate]) -> Iterator[Candidate]:
    """Each with its number; prohibitions with the lifts that name them."""
    naming: dict[str, Numbers] = {}
    disputed = 0
    for number, one in enumerate(candidates):
        if one.form.choice:
            disputed |= 1 << number
        if one.is_lift and one.standing.is_live:
            for name in one.norm.overrides:
                naming[name] = naming.get(name, 0) | 1 << number
    for number, one in enumerate(candidates):
        lifts = 0
        if one.norm.effect is Effect.PROHIBIT and one.standing.is_live:
            lifts = naming.get(one.norm.id, 0) | naming.get(one.norm.instrument, 0)
        yield replace(one, number=number, lifts=lifts, is_disputed=bool(disputed & (lifts | 1 << number)))


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
    return Slice(candidates, question, instruments.vocabulary, settled(instruments, moment, user | via))


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
