"""`limits` and `budgets` of an application, and of a key that is issued for one: how much it may use.

Money is counted in billionths of a US dollar, so that the price of one token is a whole number.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from offramp.core.yaml_values import Fields, Value

NANO_PER_USD: Final = 1_000_000_000
MOST: Final = 10**15
"""Any larger amount is no limit; sums stay exact in every format."""


class Measure(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    USD = "usd"


class Span(StrEnum):
    """How long counts are added up."""

    MINUTE = "minute"
    """Any sixty seconds."""
    DAY = "day"
    """A day of the calendar, in UTC."""
    MONTH = "month"


class UnknownPrice(StrEnum):
    """What a budget in money does where the price of a model is not known."""

    REFUSE = "refuse"
    IGNORE = "ignore"
    """Count nothing, and say so in the entry."""


class UnknownUsage(StrEnum):
    """What is counted where an answer does not tell its tokens."""

    RESERVED = "reserved"
    """All that was set aside for it: never too little."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Allowance:
    """So much of one measure in one span."""

    measure: Measure
    span: Span
    amount: int
    """Requests, tokens, or billionths of a dollar."""

    @property
    def name(self) -> str:
        """As the setting is called."""
        return f"{self.measure}_per_{self.span}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """All that is allowed to one caller."""

    of: tuple[Allowance, ...] = ()
    concurrency: int = 0
    """Requests under way at once; 0 for any number."""
    answer_tokens: int = 4096
    """Set aside for an answer where neither the request nor the table of models bounds it."""
    unknown_price: UnknownPrice = UnknownPrice.REFUSE
    unknown_usage: UnknownUsage = UnknownUsage.RESERVED

    @property
    def is_limited(self) -> bool:
        """Anything is counted."""
        return bool(self.of or self.concurrency)


LIMITS: Final = ("requests_per_minute", "requests_per_day", "tokens_per_minute", "tokens_per_day")
BUDGETS: Final = ("tokens_per_month", "usd_per_day", "usd_per_month")
_HOW: Final = ("unknown_price", "unknown_usage", "answer_tokens")


def read_allowances(fields: Fields) -> Allowances:
    """The sections `limits` and `budgets` of an application; problems are noted where they stand."""
    found: list[Allowance] = []
    concurrency = 0
    limits = fields.get("limits")
    if limits is not None:
        said = limits.fields((*LIMITS, "concurrency"))
        found += _amounts(said, LIMITS)
        concurrency = said.number("concurrency", default=0, least=1, most=MOST)
    budgets = fields.get("budgets")
    if budgets is None:
        return Allowances(of=tuple(found), concurrency=concurrency)
    said = budgets.fields((*BUDGETS, *_HOW))
    found += _amounts(said, BUDGETS)
    return Allowances(
        of=tuple(found),
        concurrency=concurrency,
        answer_tokens=said.number("answer_tokens", default=4096, least=1, most=10_000_000),
        unknown_price=said.choice("unknown_price", UnknownPrice, UnknownPrice.REFUSE),
        unknown_usage=said.choice("unknown_usage", UnknownUsage, UnknownUsage.RESERVED),
    )


def allowances_of(amounts: Mapping[str, str], how: Allowances | None = None) -> Allowances:
    """The same from names and amounts, as they are given for one key; the rest is as in `how`.

    Raises `ValueError` in words.
    """
    rest = how or Allowances()
    found = []
    concurrency = 0
    for name, text in amounts.items():
        if name == "concurrency":
            concurrency = amount_of("requests", text)
        elif name in (*LIMITS, *BUDGETS):
            found.append(_allowance(name, text))
        else:
            known = ", ".join((*LIMITS, "concurrency", *BUDGETS))
            raise ValueError(f"`{name}` is no limit; limits are {known}")
    return Allowances(
        of=tuple(found),
        concurrency=concurrency,
        answer_tokens=rest.answer_tokens,
        unknown_price=rest.unknown_price,
        unknown_usage=rest.unknown_usage,
    )


def amount_of(measure: str, text: str) -> int:
    """`text` as an amount of `measure`. Raises `ValueError` in words."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"`{text}` is not a number") from None
    exact = number * NANO_PER_USD if measure == Measure.USD else number
    if not exact.is_finite() or exact != exact.to_integral_value() or not 0 < exact <= MOST:
        what = "an amount of dollars above 0" if measure == Measure.USD else "a whole number above 0"
        raise ValueError(f"`{text}` is not {what}")
    return int(exact)


def shown_amount(measure: str, amount: int) -> str:
    """An amount for people."""
    if measure != Measure.USD:
        return f"{amount:,}"
    digits = f"{amount / NANO_PER_USD:.4f}".rstrip("0")
    whole, _, rest = digits.partition(".")
    return f"${int(whole):,}.{rest.ljust(2, '0')}"


def _amounts(said: Fields, names: Iterable[str]) -> list[Allowance]:
    found = []
    for name in names:
        value = said.get(name)
        if value is not None:
            found += _read_amount(name, value)
    return found


def _read_amount(name: str, value: Value) -> list[Allowance]:
    try:
        return [_allowance(name, value.raw)]
    except ValueError as error:
        value.problem("limit-unreadable", f"{value.what}: {error}", "write a number, such as `1000`")
        return []


def _allowance(name: str, text: str) -> Allowance:
    measure, _, span = name.partition("_per_")
    return Allowance(Measure(measure), Span(span), amount_of(measure, text))
