"""The norms that could matter to one question at one moment, and which of them apply to its facts.

A slice is cut by party, vendor, action and time in Python; conditions are evaluated by Cedar on cached
handles. Combining what applies into an answer is `combine.py`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import cedarpy
from cedarpy import pst

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
from offramp.instruments.policies import compiled, policy
from offramp.instruments.timeline import Moment, Standing, State, settled, standing
from offramp.instruments.vocabulary import party_closure, upwards

WORTH_NAMING = (State.IN_FORCE, State.STAYED, State.NOT_SERVED)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A form of a norm that binds whoever asks, with where it stands at that moment."""

    norm: Norm
    form: Form
    standing: Standing
    cited: CitedNorm
    """As it is cited where nothing need be noted."""

    @property
    def is_lift(self) -> bool:
        """Whether it exempts from prohibitions."""
        return self.norm.effect is Effect.PERMIT and self.norm.strength is Strength.LIFT


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
        "_always",
        "_entities",
        "_keys",
        "_plain",
        "_policies",
        "_request",
        "_via",
        "_vocabulary",
        "candidates",
        "facts",
        "settled",
    )

    def __init__(
        self,
        candidates: tuple[Candidate, ...],
        question: Question,
        vocabulary: Vocabulary,
        settled: Mapping[str, tuple[str, InstrumentId]],
    ) -> None:
        self.candidates = candidates
        self.settled = settled
        self.facts = frozenset().union(
            *(one.form.condition.facts for one in candidates if one.form.condition)
        )
        self._vocabulary = vocabulary
        self._via = sorted(_parties(question.via, vocabulary))
        self._always = frozenset(one.form.key for one in candidates if one.form.condition is None)
        conditions: dict[pst.Expr, Condition] = {}
        alike: dict[pst.Expr, list[str]] = {}
        for one in candidates:
            if one.form.condition is not None:
                conditions.setdefault(one.form.condition.source, one.form.condition)
                alike.setdefault(one.form.condition.source, []).append(one.form.key)
        numbered = {source: str(number) for number, source in enumerate(conditions)}
        self._keys = {name: frozenset(alike[source]) for source, name in numbered.items()}
        """Policy id to the forms with its condition: alike conditions are asked once."""
        self._policies = compiled(_policies(numbered, conditions))
        self._plain = compiled(policy(name, source) for source, name in numbered.items())
        """Half as many policies, for requests that give every fact: then what may apply does."""
        self._entities = _entities(question, vocabulary)
        self._request = {
            "principal": {"type": "Party", "id": "?user"},
            "action": {"type": "Action", "id": question.action},
            "resource": {"type": "Vendor", "id": question.vendor},
        }

    def apply(self, facts: Mapping[str, FactValue]) -> Applying:
        """Which forms apply. A fact that is missing or misfit leaves open what hangs on it."""
        usable, misfits = readable(facts, self.facts, self._vocabulary)
        keys = {one.form.key for one in self.candidates}
        if len(usable) == len(self.facts):
            found, _, errors = self._evaluate({**usable, "via": self._via}, self._plain)
            if not errors:
                return Applying(found, found, frozenset(), frozenset(), frozenset())
        found, perhaps, errors = self._evaluate({**usable, "via": self._via}, self._policies)
        unreadable = {
            one.form.key
            for one in self.candidates
            if one.form.condition and one.form.condition.presence & misfits
        }
        sure = found - unreadable
        possible = found | perhaps | unreadable
        failed = frozenset(keys) - sure if errors else frozenset()
        return Applying(
            sure=sure,
            possible=possible | failed,
            failed=failed,
            missing=self.facts.difference(usable),
            misfits=misfits,
        )

    def _evaluate(
        self, context: dict[str, object], policies: cedarpy.PolicySet
    ) -> tuple[frozenset[str], frozenset[str], bool]:
        """The forms that surely apply, those that may, and whether Cedar could not tell of some."""
        if not self._keys:
            return self._always, self._always, False
        try:
            result = cedarpy.is_authorized(
                {**self._request, "context": json.dumps(context)}, policies, self._entities
            )
        except (ValueError, TypeError):
            return self._always, self._always, True
        errors = bool(result.diagnostics.errors) or result.decision is cedarpy.Decision.NoDecision
        sure, perhaps = set(self._always), set(self._always)
        for name in result.diagnostics.reasons:
            if name.endswith("?"):
                perhaps |= self._keys[name[:-1]]
            else:
                sure |= self._keys[name]
        return frozenset(sure), frozenset(perhaps), errors


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
        for form in norm.forms:
            if (
                not binds(form, user, via)
                or not _names(form.vendors, vendors)
                or not _names(form.actions, actions)
            ):
                continue
            stands = standing(instruments, norm, form, moment, user | via)
            if stands.state in WORTH_NAMING:
                candidates.append(Candidate(norm, form, stands, _cited(instruments, norm)))
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


def _policies(
    numbered: Mapping[pst.Expr, str], conditions: Mapping[pst.Expr, Condition]
) -> Iterator[pst.Template]:
    for source, name in numbered.items():
        condition = conditions[source]
        yield policy(name, condition.sure)
        if condition.facts:
            yield policy(f"{name}?", condition.possible)


def _entities(question: Question, vocabulary: Vocabulary) -> cedarpy.Entities:
    def entity(kind: str, name: str, above: frozenset[str]) -> dict[str, object]:
        return {
            "uid": {"type": kind, "id": name},
            "attrs": {},
            "parents": [{"type": kind, "id": one} for one in sorted(above - {name})],
        }

    return cedarpy.Entities.from_json_str(
        json.dumps(
            [
                entity("Party", "?user", _parties(question.user, vocabulary)),
                entity("Vendor", question.vendor, upwards((question.vendor,), vocabulary.vendors)),
                entity("Action", question.action, upwards((question.action,), vocabulary.actions)),
            ]
        )
    )
