"""What an instrument does to others: stays, extends or ends them, settles questions. Each has its time."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from offramp.core.instants import Instant
from offramp.instruments.business_days import Calendar
from offramp.instruments.periods import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class StayOf:
    """What a stay covers. Empty `parties`: everybody."""

    target: str
    parties: tuple[str, ...]
    from_at: Instant | None
    until_at: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionOf:
    """A later end for a norm or an instrument. Empty `parties`: for everybody."""

    target: str
    parties: tuple[str, ...]
    until_at: Instant | None
    """The new end; None where it is `by` later than the old one."""
    by: Period | None
    calendar: Calendar | None
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingOf:
    """The end of a norm or an instrument: revoked, lifted, replaced. Empty `parties`: for everybody."""

    target: str
    parties: tuple[str, ...]
    from_at: Instant | None
    """From when, also looking back; None: from when the instrument that ends it begins."""
    is_replaced: bool
    """Written as `supersedes`: something takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """An answer to a contested question that counts from an instant. Empty `parties`: for everybody."""

    question: str
    option: str
    parties: tuple[str, ...]
    from_at: Instant | None
