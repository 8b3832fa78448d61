"""What the analyses of `offramp terms` share: for whom, as of when, how long, and how it is shown."""

from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from offramp.cli.asking import check_stance, pairs, words
from offramp.cli.output import check_output, emit, finish
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, now, parse_instant
from offramp.instruments import Instruments

if TYPE_CHECKING:
    from offramp.instruments.analyses import Analysis, Budget, Profile

NOBODY = "none"
Suppose = Annotated[
    tuple[str, ...],
    Parameter(help="An instrument taken as in force: a proposal, a demand; may be given again."),
]


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is fixed beforehand; everything else is looked through."""

    user: Annotated[
        tuple[str, ...], Parameter(help="Who acts, KIND[,KIND]; again for more; by default anybody.")
    ] = ()
    via: Annotated[
        tuple[str, ...],
        Parameter(help="A kind it is reached through, or `none`; by default any chain."),
    ] = ()
    vendor: Annotated[str, Parameter(help="Only this vendor.")] = ""
    action: Annotated[str, Parameter(help="Only this action.")] = ""
    fact: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE that is fixed; may be given again.")] = ()
    reading: Annotated[
        tuple[str, ...], Parameter(help="QUESTION=OPTION that is followed; may be given again.")
    ] = ()
    stance: Annotated[
        tuple[str, ...], Parameter(help="announced or served: from when a norm counts for a party.")
    ] = ()
    at: Annotated[str, Parameter(help="Only this date or time; by default all time.")] = ""
    known: Annotated[str, Parameter(help="Leave out what became known only after this.")] = ""

    def profile(self, *sides: Instruments) -> "Profile":
        """What is fixed, its words checked against the instruments."""
        from offramp.instruments import Question
        from offramp.instruments.analyses import Profile, checked_readings, checked_words

        check_stance(self.stance)
        via = words(",".join(self.via))
        links = () if via == (NOBODY,) else via
        facts = dict(pairs(self.fact, "--fact"))
        question = checked_words(
            sides, Question(words(",".join(self.user)), links, self.vendor, self.action, facts)
        )
        readings = checked_readings(sides, pairs(self.reading, "--reading"))
        return Profile(
            user=question.user or None,
            via=question.via if via else None,
            vendor=self.vendor or None,
            action=self.action or None,
            facts=question.facts,
            readings=readings,
            at=parse_instant(self.at) if self.at else None,
            known=parse_instant(self.known) if self.known else None,
            is_served="served" in self.stance,
        )

    @property
    def date(self) -> Instant:
        """The date to put on the result."""
        return parse_instant(self.at) if self.at else now().replace(microsecond=0)

    def __str__(self) -> str:
        parts = (
            ("user", ",".join(self.user)),
            ("via", ",".join(self.via)),
            ("vendor", self.vendor),
            ("action", self.action),
            ("facts", " ".join(self.fact)),
            ("readings", " ".join(self.reading)),
            ("stance", " ".join(self.stance)),
            ("at", self.at),
            ("known", self.known),
        )
        return ", ".join(f"{name} {value}" for name, value in parts if value)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How hard to look."""

    budget: Annotated[float, Parameter(help="Seconds; what is open then is reported undecided.")] = 60.0
    second_opinion: Annotated[
        bool, Parameter(negative="", help="Have cvc5 confirm each `no` of the solver.")
    ] = False

    def start(self) -> "Budget":
        """The budget, running from now on. Raises `budget-unusable`."""
        from offramp.instruments.analyses import Budget

        if not 0 < self.budget < float("inf"):
            raise OfframpError(
                "budget-unusable", f"`{self.budget}` is no number of seconds", help="give for example 30"
            )
        return Budget(self.budget, monotonic)


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Where the result goes."""

    format: Annotated[str, Parameter(help="text, json or csv.")] = "text"
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None

    def check(self) -> None:
        """Raise before anything is done where the result could not be given."""
        check_output(self.format, self.output)


def conclude(
    analysis: "Analysis", asked: Asked, shown: Shown, folders: tuple[str, ...], *texts: Instruments
) -> None:
    """Print the analysis; exit 1 where something was found, 4 where something is undecided."""
    from offramp.report.documents.analysis import analysis_document

    document = analysis_document(analysis, texts, fixed=str(asked), folders=folders, at=asked.date)
    emit(document, shown.format, shown.output)
    if analysis.is_found:
        finish(Exit.FOUND)
    if not analysis.is_decided:
        finish(Exit.UNDECIDED)
