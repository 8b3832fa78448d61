"""What the run-time engine answers to a witness. An analysis shows nothing that Cedar does not confirm."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from offramp.core.errors import Exit, OfframpError
from offramp.core.ids import NormId
from offramp.core.verdicts import Decision, Outcome
from offramp.instruments.decide import decide
from offramp.instruments.model import Instruments, Norm
from offramp.instruments.timeline import Moment, settled
from offramp.instruments.vocabulary import party_closure, upwards
from offramp.instruments.worlds.space import SERVING, Profile, World
from offramp.instruments.worlds.words import Witness

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def answered(
    instruments: Instruments, witness: Witness, profile: Profile, readings: Mapping[str, str] | None = None
) -> Decision:
    """The decision on a witness, every reading pinned that no ruling settles."""
    at = witness.at or ANY_TIME
    parties = party_closure((*witness.user, *witness.via), instruments.vocabulary)
    ruled = settled(instruments, Moment(at, profile.known, profile.is_served), parties)
    asked = {**profile.readings, **(readings or {})}
    chosen = {**witness.readings, **asked}
    return decide(
        _about(instruments, witness.vendor),
        witness.question,
        at=at,
        known=profile.known,
        readings={
            name: chosen.get(name, question.options[0].key)
            for name, question in instruments.questions.items()
            if name in asked or name not in ruled
        },
        notice="served" if profile.is_served else "announced",
    )


def _about(instruments: Instruments, vendor: str) -> Instruments:
    """Only the norms that can be about the vendor: no other can matter, and there may be thousands."""
    names = upwards((vendor,), instruments.vocabulary.vendors)
    norms = {
        key: norm
        for key, norm in instruments.norms.items()
        if any(not form.vendors or not names.isdisjoint(form.vendors) for form in norm.forms)
    }
    return replace(instruments, norms=norms)


def exchange(instruments: Instruments, world: World, witness: Witness) -> tuple[Decision, Decision]:
    """The decisions on the user's act and on the vendor's, who serves meanwhile, through the same chain."""
    serving = replace(witness, user=world.provider(witness.vendor), action=SERVING)
    return answered(instruments, witness, world.profile), answered(instruments, serving, world.profile)


def confirmed(decision: Decision, expected: Iterable[Outcome], witness: Witness) -> Decision:
    """`decision`, where its outcome is one of `expected`. Raises where the two engines disagree."""
    if decision.outcome not in tuple(expected):
        raise disagreement(witness)
    return decision


def disagreement(witness: Witness) -> OfframpError:
    """The error for a witness on which the solver and the run-time engine disagree."""
    return OfframpError(
        "engines-disagree",
        f"the solver and the run-time engine disagree on {witness.question}",
        help="report this with the instruments it happened with",
        exit_code=Exit.INTERNAL,
    )


def cited(decision: Decision) -> tuple[NormId, ...]:
    """The norms that decide it, those that were lifted included."""
    return tuple(dict.fromkeys(norm.id for one in decision.readings for norm in one.norms))


def deciding(decision: Decision) -> frozenset[NormId]:
    """The norms that forbid or hold, those taken to apply included; not those that are open or lifted."""
    return frozenset(
        norm.id
        for one in decision.readings
        for norm in one.norms
        if not norm.note or norm.note.startswith("taken to apply")
    )


def sources(sides: Sequence[Instruments], names: Iterable[NormId]) -> dict[NormId, tuple[Norm, str]]:
    """The norms named, each with its source, from the first side that has it."""
    found: dict[NormId, tuple[Norm, str]] = {}
    for name in names:
        for side in sides:
            norm = side.norms.get(name)
            if norm is not None and name not in found:
                found[name] = (norm, str(side.instruments[norm.instrument].source))
    return found
