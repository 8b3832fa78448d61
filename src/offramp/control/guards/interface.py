"""What a guard is: a pure judge of one red line. Values in, a judgement out.

A guard watches some facts of the instruments' vocabulary. It is on where an instrument in force has a norm
that reads one of them, and only then. What an application declares, what the gateway observes and what a
person judged stay apart in everything a guard reads and says.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from offramp.core.digests import JsonObject
from offramp.core.ids import InstrumentId, NormId
from offramp.core.verdicts import FactValue

PERSONS = "persons"
"""The fact that stands for every count of persons, where guards say what they watch."""


class Verdict(StrEnum):
    """What a guard makes of a matter, mildest first."""

    PASS = "pass"  # noqa: S105 - a verdict, not a secret
    WARN = "warn"
    """It goes on, and is said and recorded: a line is near, or something was seen that was not declared."""
    HOLD = "hold"
    """It waits for a person."""
    REFUSE = "refuse"


SEVERITY = (Verdict.PASS, Verdict.WARN, Verdict.HOLD, Verdict.REFUSE)


def strictest(verdicts: Iterable[Verdict]) -> Verdict:
    """The strictest of them; `pass` where there is none."""
    return max(verdicts, key=SEVERITY.index, default=Verdict.PASS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A prohibition in force, as guards read it."""

    norm: NormId
    instrument: InstrumentId
    says: str
    """As it is cited, marked as a quotation or a paraphrase."""
    source: str
    facts: frozenset[str]
    """The facts its condition reads."""
    counts: frozenset[str] = frozenset()
    """Those among them that count persons."""
    asks: Verdict
    """`hold` or `refuse` where it applies."""
    if_unknown: Verdict
    """What it asks for where a fact cannot be relied on: `pass`, `hold` or `refuse`."""
    numbers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Fact to the numbers it compares it with, smallest first; of `> 9` the first that is reached, 10."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Fact to the values it compares it with, such as the human roles that are not enough."""

    @property
    def watched(self) -> frozenset[str]:
        """What guards look for: its facts, and `persons` for every count of persons."""
        return self.facts | {PERSONS} if self.counts else self.facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """Facts by how they are known. They are never mixed."""

    declared: Mapping[str, FactValue] = field(default_factory=dict)
    """By the application, in its registration or with the request."""
    observed: Mapping[str, FactValue] = field(default_factory=dict)
    """By the gateway."""
    judged: Mapping[str, FactValue] = field(default_factory=dict)
    """By a person, in a recorded decision."""

    def to_json(self) -> JsonObject:
        """As entries hold it."""
        return {
            "declared": dict(self.declared),
            "observed": dict(self.observed),
            "judged": dict(self.judged),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A tool call in an answer, before the application sees it."""

    tool: str
    arguments: str
    """Canonical JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the workspace says an application is. Without a registration: `is_registered` is false."""

    application: str
    is_registered: bool = False
    owner: str = ""
    purposes: tuple[str, ...] = ()
    """The first is its usual one."""
    autonomy: str = ""
    """The human role it works with; empty: not said."""
    deployment: str = ""
    network: str = ""
    tools: tuple[str, ...] = ()
    consequential: tuple[str, ...] = ()
    """Tools whose calls have consequences."""
    data_classes: tuple[str, ...] = ()
    counts_persons: bool = False
    """It says where identifiers of persons sit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A count of distinct persons with its bounds."""

    low: int
    estimate: int
    high: int

    @property
    def is_exact(self) -> bool:
        """Nothing was estimated."""
        return self.low == self.high

    def __str__(self) -> str:
        return str(self.estimate) if self.is_exact else f"{self.estimate} ({self.low} to {self.high})"

    def to_json(self) -> JsonObject:
        """With its bounds, as everywhere it is shown."""
        return {"low": self.low, "estimate": self.estimate, "high": self.high}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What is judged: a request on its way to one vendor, or the tool calls of an answer."""

    caller: Registered
    vendor: str
    stated: Stated
    clauses: tuple[Clause, ...]
    """Those in force that read a fact this guard watches."""
    counts: Mapping[str, Figure] = field(default_factory=dict)
    """Fact to how many persons it would be with this request."""
    unreadable: str = ""
    """Why identifiers that had to be there could not be read; empty: they were."""
    named: int = 0
    """How many persons the request itself names."""
    seen: Mapping[str, int] = field(default_factory=dict)
    """Kind of identifier to how many were seen in the text by their pattern."""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What one guard says of one matter."""

    guard: str
    verdict: Verdict
    reason: str = ""
    """One sentence for people; empty for a plain `pass`."""
    clauses: tuple[Clause, ...] = ()
    """The norms it serves here."""
    stated: Stated = field(default_factory=Stated)
    """The facts it rests on."""
    settled: Mapping[str, FactValue] = field(default_factory=dict)
    """Facts the instruments are asked with, instead of what was declared."""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    """Counts it rests on, with their bounds."""
    unknown: frozenset[str] = frozenset()
    """Facts that cannot be relied on here: each norm's own `if_unknown` is met."""
    is_failed: bool = False
    """The guard could not tell: nothing goes on, whatever the instruments say."""

    @property
    def is_worth_keeping(self) -> bool:
        """It says more than that nothing is the matter."""
        return bool(self.reason or self.figures) or self.verdict is not Verdict.PASS

    def to_json(self) -> JsonObject:
        """As entries hold it."""
        return {
            "guard": self.guard,
            "verdict": str(self.verdict),
            "reason": self.reason[:500],
            "norms": [str(one.norm) for one in self.clauses],
            "facts": self.stated.to_json(),
            "unknown": sorted(self.unknown),
            **(
                {"counts": {name: one.to_json() for name, one in self.figures.items()}}
                if self.figures
                else {}
            ),
        }


class Guard(Protocol):
    """One red line. Implementations hold nothing: one file each, named by its slug."""

    @property
    def slug(self) -> str: ...

    @property
    def facts(self) -> frozenset[str]:
        """The facts it watches: it is on where a norm in force reads one of them."""
        ...

    def judge(self, matter: Matter) -> Judgement:
        """What it makes of `matter`. Pure; whoever calls it takes an exception for `hold`."""
        ...


def serves(guard: Guard, clauses: Iterable[Clause]) -> tuple[Clause, ...]:
    """The clauses this guard is on for."""
    return tuple(one for one in clauses if not guard.facts.isdisjoint(one.watched))
