"""What an analysis gives: answers with the region in which they hold and a request that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from offramp.core.ids import NormId
from offramp.instruments.model import Norm
from offramp.instruments.worlds.regions import Allowed
from offramp.instruments.worlds.words import Witness

UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One answer."""

    question: str
    """What was asked, as a sentence."""
    verdict: str
    says: str
    """The answer as a sentence."""
    norms: tuple[NormId, ...] = ()
    region: tuple[str, ...] = ()
    """Conditions that all hold together; empty beside a witness: always."""
    area: Mapping[str, Allowed] | None = None
    """The region itself, for programs: `regions.contains`."""
    witness: Witness | None = None
    shown: Mapping[str, str] = field(default_factory=dict)
    """What the run-time engine answers to the witness, by side or by reading."""
    decided: bool = True
    is_found: bool = False
    """Worth an exit code: a conflict, a hollow safeguard, a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All answers to one question about instruments."""

    name: str
    headline: str
    results: tuple[Result, ...]
    norms: Mapping[NormId, tuple[Norm, str]]
    """The norms the answers name, each with its source."""
    examined: str
    """What was looked at, in words."""
    notes: tuple[str, ...] = ()

    @property
    def is_decided(self) -> bool:
        """Nothing was left open."""
        return all(one.decided for one in self.results)

    @property
    def is_found(self) -> bool:
        """Something was found."""
        return any(one.is_found for one in self.results)
