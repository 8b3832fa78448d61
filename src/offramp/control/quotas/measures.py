"""What a request may come to at most, and what it came to: tokens and money. Pure.

The bound of what is read is the number of its bytes: no token is shorter. The bound of what is written is
what the request itself says, else what the model can write at most, else what the caller's settings say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import Final

from offramp.dialects import turns
from offramp.dialects.answer_bounds import AnswerBounds
from offramp.vendors.models import model_of

BYTES_PER_TOKEN: Final = 4
"""About; what limits over a minute go by."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Billionths of a dollar for one token, as exact as the table says them."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_write: Decimal

    def most(self, tokens_in: int, tokens_out: int) -> int:
        """What so many tokens can cost at most."""
        dearest = max(self.input, self.cache_read, self.cache_write)
        return _up(tokens_in * dearest + tokens_out * self.output)

    def of(self, usage: turns.Usage) -> int:
        """What an answer cost."""
        return _up(
            (usage.input or 0) * self.input
            + (usage.cache_read or 0) * self.cache_read
            + (usage.cache_write or 0) * self.cache_write
            + (usage.output or 0) * self.output
        )


FREE: Final = Prices(Decimal(0), Decimal(0), Decimal(0), Decimal(0))


@lru_cache(maxsize=4096)
def prices_of(vendor: str, name: str) -> Prices | None:
    """What the model a vendor is asked for by `name` costs, by the table; None where it does not say."""
    model = model_of(vendor, name)
    if model is None or model.input_price is None or model.output_price is None:
        return None
    read = model.input_price if model.cache_read_price is None else model.cache_read_price
    write = model.input_price if model.cache_write_price is None else model.cache_write_price
    return Prices(_nano(model.input_price), _nano(model.output_price), _nano(read), _nano(write))


@lru_cache(maxsize=4096)
def most_output(vendor: str, name: str) -> int | None:
    """How many tokens the model can answer with at most; None where the table does not say."""
    model = model_of(vendor, name)
    return None if model is None else model.output


def tokens_of(usage: turns.Usage) -> int | None:
    """All tokens an answer tells; None where it does not tell both what was read and what was written."""
    if usage.input is None or usage.output is None:
        return None
    return usage.input + usage.output + (usage.cache_read or 0) + (usage.cache_write or 0)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one request can read and write."""

    read: int
    """Tokens it reads at most."""
    likely: int
    """Tokens it reads, about."""
    written: int | None
    """Tokens of its answers at most, where the request says so."""
    answers: int = 1
    """How many answers it asks for."""


def bounds_of(parsed: Mapping[str, object], size: int, paths: AnswerBounds) -> Bounds:
    """Of a body of `size` bytes."""
    said = [number for path in paths.limits if (number := _number(parsed, path)) is not None]
    answers = next((number for path in paths.counts if (number := _number(parsed, path))), 1)
    written = max(said) * answers if said else None
    return Bounds(size, -(-size // BYTES_PER_TOKEN), written, answers)


def _number(parsed: Mapping[str, object], path: tuple[str, ...]) -> int | None:
    value: object = parsed
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _nano(usd_per_million: float) -> Decimal:
    return Decimal(str(usd_per_million)) * 1000


def _up(amount: Decimal) -> int:
    return int(amount.to_integral_value(rounding=ROUND_CEILING))
