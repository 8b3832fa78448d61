"""Answers to "may this be done?" (decision/v1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.ids import InstrumentId, NormId

FactValue = str | int | bool
"""What a fact of a request can be."""


class Outcome(StrEnum):
    """What the instruments say. `CONTESTED` and `UNKNOWN` are answers, not failures."""

    PERMIT = "permit"
    FORBID = "forbid"
    HOLD = "hold"
    CONTESTED = "contested"
    UNKNOWN = "unknown"


class HumanRole(StrEnum):
    """What a person does, in order: each role does what those before it do."""

    NONE = "none"
    RESPONSIBLE = "responsible"
    """Answers for it."""
    SUPERVISES = "supervises"
    """Watches, and may stop it."""
    DECIDES = "decides"
    """Approves each one."""

    @property
    def rank(self) -> int:
        """Its place in the order, from 0."""
        return tuple(HumanRole).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedNorm:
    """A norm as it is cited beside an answer."""

    id: NormId
    instrument: InstrumentId
    effect: str
    """`prohibit`, `permit` or `oblige`, with `(stayed)`, `(expired)`, … never folded in."""
    quote: str
    source: str
    note: str = ""
    """Why it does or does not decide: `stayed by …`, `lifted by …`, `fact missing: …`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOutcome:
    """The outcome under one choice of readings."""

    choice: Mapping[str, str]
    """Question to option; only questions that matter here."""
    outcome: Outcome
    norms: tuple[CitedNorm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One answer, under every reading that matters, with what it rests on."""

    outcome: Outcome
    readings: tuple[ReadingOutcome, ...]
    instruments: tuple[InstrumentId, ...]
    """Every instrument the answer rests on, sorted."""
    stayed: tuple[CitedNorm, ...] = ()
    """Norms that would apply but for a stay; the note names the stay."""
    missing_facts: tuple[str, ...] = ()
    beside: tuple[CitedNorm, ...] = ()
    """What does not decide but should be read: duties, entitlements, prohibitions taken not to apply because
    a fact was not given, norms not known to have been served. The note says which."""
