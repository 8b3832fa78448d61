"""What if: instruments taken as in force, norms about any vendor, and what is fixed beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from offramp.core.errors import OfframpError, did_you_mean
from offramp.instruments.decide import checked
from offramp.instruments.model import InstrumentKind, Instruments, Question, Status
from offramp.instruments.worlds.joining import joined


def supposed(sides: Sequence[Instruments], names: Sequence[str]) -> tuple[Instruments, ...]:
    """The sides, the instruments named taken as in force: a proposal, an announcement, a demand.

    Raises `instrument-unknown` for a name that no side has.
    """
    known = {str(name) for side in sides for name in side.instruments}
    for name in names:
        if name not in known:
            raise OfframpError(
                "instrument-unknown", f"no instrument `{name}`", help=did_you_mean(name, known)
            )
    return tuple(_supposed(side, names) for side in sides)


def _supposed(side: Instruments, names: Sequence[str]) -> Instruments:
    changed = {
        name: replace(
            one,
            status=Status.IN_FORCE,
            drafted=None,
            kind=one.kind if one.kind.can_bind else InstrumentKind.CLAUSE,
        )
        for name, one in side.instruments.items()
        if name in names
    }
    return replace(side, instruments={**side.instruments, **changed})


def vendor_blind(side: Instruments) -> Instruments:
    """The instruments, every norm about any vendor."""
    norms = {
        name: replace(norm, forms=tuple(replace(form, vendors=()) for form in norm.forms))
        for name, norm in side.norms.items()
    }
    return replace(
        side,
        norms=norms,
        instruments={
            name: replace(one, norms=tuple(norms[norm.id] for norm in one.norms))
            for name, one in side.instruments.items()
        },
    )


def checked_words(sides: Sequence[Instruments], question: Question) -> Question:
    """The question, its words known to one of the sides and its facts typed. An empty action is any.

    Raises every unknown party, action and fact, and every value a fact cannot have.
    """
    words = joined([side.vocabulary for side in sides])
    action = question.action or next(iter(words.actions))
    typed = checked(replace(sides[0], vocabulary=words), replace(question, action=action))
    return replace(typed, action=question.action)


def checked_readings(sides: Sequence[Instruments], readings: Mapping[str, str]) -> dict[str, str]:
    """The readings, each an option of a question of one of the sides. Raises `reading-unknown`."""
    for name, chosen in readings.items():
        options = {
            one.key for side in sides if name in side.questions for one in side.questions[name].options
        }
        if chosen not in options:
            known = sorted({question for side in sides for question in side.questions})
            raise OfframpError(
                "reading-unknown",
                f"no reading `{name}={chosen}`",
                help=f"`{name}` has: {', '.join(sorted(options))}"
                if options
                else f"use one of these questions: {', '.join(known) or 'none is open'}",
            )
    return dict(readings)


def checked_norms(side: Instruments, names: Sequence[str]) -> tuple[str, ...]:
    """The names, each of a norm or an instrument. Raises `norm-unknown`."""
    known = {str(name) for name in (*side.norms, *side.instruments)}
    for name in names:
        if name not in known:
            raise OfframpError(
                "norm-unknown", f"no norm and no instrument `{name}`", help=did_you_mean(name, known)
            )
    return tuple(names)


def checked_deciders(side: Instruments, deciders: Mapping[str, str]) -> dict[str, str]:
    """Fact to party, each known. Raises `fact-unknown` or `party-unknown`."""
    words = side.vocabulary
    for fact, party in deciders.items():
        if fact not in words.facts:
            raise OfframpError("fact-unknown", f"no fact `{fact}`", help=did_you_mean(fact, words.facts))
        parties = {*words.party_kinds, *words.parties}
        if party not in parties:
            raise OfframpError("party-unknown", f"no party `{party}`", help=did_you_mean(party, parties))
    return dict(deciders)
