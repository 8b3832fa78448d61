"""What is left of a rate limit, in neutral form: each API tells it in headers of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable

from offramp.core.instants import Instant


@dataclass(frozen=True, slots=True)
class Allowance:
    """One limit. None where it was not said."""

    limit: int | None = None
    remaining: int | None = None
    reset_seconds: float | None = None
    """From the answer on."""

    @property
    def is_known(self) -> bool:
        """Something was said."""
        return not (self.limit is None and self.remaining is None and self.reset_seconds is None)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upstream said with its answer."""

    requests: Allowance = Allowance()
    tokens: Allowance = Allowance()
    """Input and output together, where the API has such a limit; else of the input."""


@runtime_checkable
class Limited(Protocol):
    """A dialect that tells limits."""

    def decode_limits(self, headers: Mapping[str, str]) -> Limits:
        """From the headers of an upstream's answer, names in lower case."""

    def encode_limits(self, limits_: Limits, at: Instant) -> Mapping[str, str]:
        """Headers for a caller, at the instant of the answer."""


def count(headers: Mapping[str, str], name: str) -> int | None:
    """A count in a header, or None."""
    value = headers.get(name, "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else None


def answered_at(headers: Mapping[str, str]) -> Instant | None:
    """The instant the upstream gives its answer, by its own clock."""
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
