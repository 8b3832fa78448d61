"""The head that every statement is given: who states it, when, and what the caller knows to be missing."""

from collections.abc import Sequence
from dataclasses import dataclass
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
    instruments: tuple[Instrument, ...] = ()

    def said(
        self, *, scope: str, method: str, gaps: Sequence[str], rests_on: Sequence[str] = ()
    ) -> dict[str, Any]:
        """The members of `Claim`. Of the instruments, those named in `rests_on`; all, where none is."""
        if not self.by.strip():
            raise OfframpError("name-missing", "nobody is named", help="say who states this with --by NAME")
        named = {one.id: one for one in self.instruments}
        chosen = [named.get(one) or Instrument(one, "") for one in sorted(set(rests_on))]
        return {
            "organisation": self.organisation,
            "by": self.by.strip(),
            "at": format_instant(self.at),
            "scope": self.scope or scope,
            "method": method,
            "gaps": tuple(dict.fromkeys((*self.gaps, *gaps))),
            "instruments": tuple(chosen) if rests_on else tuple(sorted(named.values(), key=lambda i: i.id)),
        }
