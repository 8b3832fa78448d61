"""The head that every statement is given: who states it, when, and what the caller knows to be missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence.statements.statement import Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is said of any statement, whatever it states."""

    organisation: str
    by: str
    at: Instant
    scope: str = ""
    """Replaces the scope that follows from what was looked at."""
    gaps: tuple[str, ...] = ()
    """Beside those every statement of the kind has."""
    instruments: tuple[str, ...] = ()
    """What it rests on, where that does not follow from what is stated."""
    rendered: Mapping[str, str] = field(default_factory=dict)
    """Instrument to the hex SHA-256 of the file it is rendered in."""

    def said(
        self, *, scope: str, method: str, gaps: Sequence[str], rests_on: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The members of `Claim`. It rests on the instruments of `rests_on`, or on those of the head."""
        if not self.by.strip():
            raise OfframpError("name-missing", "nobody is named", help="say who states this with --by NAME")
        chosen = sorted(set(rests_on or self.instruments))
        return {
            "organisation": self.organisation,
            "by": self.by.strip(),
            "at": format_instant(self.at),
            "scope": self.scope or scope,
            "method": method,
            "gaps": tuple(dict.fromkeys((*self.gaps, *gaps))),
            "instruments": tuple(Instrument(one, self.rendered.get(one, "")) for one in chosen),
        }
