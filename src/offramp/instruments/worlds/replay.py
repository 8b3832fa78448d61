"""What the run-time engine answers to a witness. An analysis shows nothing that Cedar does not confirm."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from offramp.core.errors import Exit, OfframpError
from offramp.core.ids import NormId
from offramp.core.verdicts import Decision, Outcome
from offramp.instruments.decide import decide
from offramp.instruments.model import Instruments, Norm
from offramp.instruments.worlds.space import Profile
from offramp.instruments.worlds.words import Witness

ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def answered(
    instruments: Instruments, witness: Witness, profile: Profile, readings: Mapping[str, str] | None = None
) -> Decision:
    """The decision on a witness, every reading pinned."""
    chosen = {**witness.readings, **(readings or {})}
    pinned = {
        name: chosen.get(name, question.options[0].key) for name, question in instruments.questions.items()
    }
    return decide(
        instruments,
        witness.question,
        at=witness.at or ANY_TIME,
        known=profile.known,
        readings=pinned,
        notice="served" if profile.is_served else "announced",
    )


def confirmed(decision: Decision, expected: Iterable[Outcome], witness: Witness) -> Decision:
    """`decision`, where its outcome is one of `expected`. Raises where the two engines disagree."""
    if decision.outcome not in tuple(expected):
        raise OfframpError(
            "engines-disagree",
            f"the solver and the run-time engine disagree on {witness.question}",
            help="report this with the instruments it happened with",
            exit_code=Exit.INTERNAL,
        )
    return decision


def cited(decision: Decision) -> tuple[NormId, ...]:
    """The norms that decide it, those that were lifted included."""
    return tuple(dict.fromkeys(norm.id for one in decision.readings for norm in one.norms))


def sources(sides: Sequence[Instruments], names: Iterable[NormId]) -> dict[NormId, tuple[Norm, str]]:
    """The norms named, each with its source, from the first side that has it."""
    found: dict[NormId, tuple[Norm, str]] = {}
    for name in names:
        for side in sides:
            norm = side.norms.get(name)
            if norm is not None and name not in found:
                found[name] = (norm, str(side.instruments[norm.instrument].source))
    return found
