"""What one request pays of its caller's limits and budgets: set aside before, counted after.

The bound is taken from what is sent to the target, so that it is never less than what can come of it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from offramp.control import quotas
from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, now
from offramp.dialects import Dialect, Failure, FailureKind
from offramp.dialects.answer_bounds import ANSWER_BOUNDS, AnswerBounds
from offramp.dialects.limits import Allowance, Limited, Limits
from offramp.evidence import Change
from offramp.gateway.fares import Came, Fare, told, total, untold
from offramp.gateway.outgoing import Asked, Outgoing
from offramp.gateway.record import Ending, Record
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.snapshot import Endpoint
from offramp.workspace import Route
from offramp.workspace.allowances import Measure, Span, UnknownPrice, UnknownUsage, shown_amount

_UNBOUNDED: Final = AnswerBounds(())
_PROVISIONAL: Final = (Ending.TRUNCATED, Ending.CANCELLED)
"""Endings after which tokens that were told are those so far, not those that are paid."""


class Toll:
    """One request's."""

    def __init__(self, counts: quotas.Quotas, payers: Sequence[quotas.Payer]) -> None:
        """The request is counted. Raises `Refused` where it does not fit."""
        self._counts = counts
        self._policy = payers[-1].allowances
        measures = {one.measure for payer in payers for one in payer.allowances.of}
        self._is_counted = bool(measures & {Measure.TOKENS, Measure.USD})
        self._is_paid = Measure.USD in measures
        passing = counts.enter(payers)
        if isinstance(passing, quotas.Exceeded):
            raise over(passing)
        self._passing = passing
        self._fares: list[Fare] = []
        self._heard: Fare | None = None
        """Of the target whose answer is told of."""

    def hold(
        self, asked: Asked, outgoing: Outgoing, endpoint: Endpoint, route: Route, model: str
    ) -> Fare | None:
        """What the request can come to at this target is set aside, beside what others may have used of it.

        Raises `Refused` where it is too much; then it is as before.
        """
        if not self._is_counted:
            return None
        bounds = quotas.bounds_of(
            asked.parsed, len(outgoing.body), ANSWER_BOUNDS.get(asked.dialect.slug, _UNBOUNDED)
        )
        written = bounds.written
        if outgoing.sent is not None and outgoing.sent.max_tokens is not None:
            written = outgoing.sent.max_tokens * bounds.answers
        if written is None:
            most = quotas.most_output(endpoint.vendor, model) or self._policy.answer_tokens
            written = most * bounds.answers
        times = 2 if route.repairs_once else 1
        read, written = bounds.read * times, written * times
        prices = self._prices(endpoint, model)
        return self._take(
            Fare(
                upstream=endpoint.id,
                model=model,
                most={
                    Measure.TOKENS: read + written,
                    Measure.USD: 0 if prices is None else prices.most(read, written),
                },
                likely=bounds.likely * times + written,
                prices=prices,
                once_more=self._once_more,
            )
        )

    def hear(self, fare: Fare | None) -> None:
        """What is told of usage from here on is of this target."""
        self._heard = fare

    def settle(self, record: Record, ending: Ending) -> tuple[Change, ...]:
        """What is to be written with the request's entry. `record` says what was counted."""
        came = [self._came(fare, record, ending) for fare in self._fares if fare.is_due]
        amounts = [one.amounts for one in came]
        actual = {Measure.REQUESTS: 1}
        actual |= {measure: total(amounts, measure) for measure in (Measure.TOKENS, Measure.USD)}
        rows = self._counts.settle(self._passing, actual, sum(one.likely for one in came))
        bases = {one.basis for one in came}
        basis = next((one for one in ("reserved", "unknown", "usage") if one in bases), "none")
        charge: JsonObject = {"basis": basis}
        for line in self._passing.lines:
            if line.allowance is not None:
                charge[str(line.allowance.measure)] = line.actual
        if self._is_paid and any(one.fare.prices is None for one in came):
            charge["price"] = "unknown"
        if len(came) > 1:
            charge["targets"] = [one.to_json() for one in came]
        record.charge = charge
        return tuple(row.change for row in rows)

    def left(self) -> Limits:
        """What its caller has left, of the limits that have least."""
        requests, tokens = (
            self._counts.left(self._passing.payers, measure) for measure in (Measure.REQUESTS, Measure.TOKENS)
        )
        return Limits(requests=_allowance(requests), tokens=_allowance(tokens))

    def leave(self) -> None:
        """The request is over. Called again, it changes nothing."""
        self._counts.leave(self._passing)

    def _take(self, fare: Fare) -> Fare:
        due = [*(one for one in self._fares if one.is_due), fare]
        amounts = {Measure.TOKENS: total([one.most for one in due], Measure.TOKENS)}
        if self._is_paid:
            amounts[Measure.USD] = total([one.most for one in due], Measure.USD)
        exceeded = self._counts.hold(self._passing, amounts, sum(one.likely for one in due))
        if exceeded is not None:
            raise over(exceeded)
        self._fares = due
        return fare

    def _once_more(self, fare: Fare) -> Fare:
        return self._take(replace(fare, is_due=True))

    def _prices(self, endpoint: Endpoint, model: str) -> quotas.Prices | None:
        """Raises `Refused` where they have to be known and are not."""
        if not self._is_paid:
            return None
        prices = quotas.FREE if endpoint.is_local else quotas.prices_of(endpoint.vendor, model)
        if prices is None and self._policy.unknown_price is UnknownPrice.REFUSE:
            message = (
                f"the price of model `{model[:100]}` of `{endpoint.vendor}` is not known, and a budget "
                "in money is to be kept; `unknown_price: ignore` under `budgets` lets it pass uncounted"
            )
            raise refuse(FailureKind.FORBIDDEN, "price-unknown", message)
        return prices

    def _came(self, fare: Fare, record: Record, ending: Ending) -> Came:
        """What one target came to, as far as it is known."""
        if fare is self._heard and ending not in _PROVISIONAL:
            came = told(fare, record.usage if record.own_usage is None else record.own_usage)
            if came is not None:
                return came
        return untold(fare, counts_nothing=self._policy.unknown_usage is UnknownUsage.NOTHING)


def _allowance(left: quotas.Left | None) -> Allowance:
    return Allowance() if left is None else Allowance(left.amount, left.remaining, left.reset_seconds)


def over(exceeded: quotas.Exceeded) -> Refused:
    """The answer to a request that does not fit into a limit."""
    payer, measure = exceeded.payer, exceeded.measure
    whose = f"key `{payer.key}`" if payer.key else f"application `{payer.application}`"
    amount = shown_amount(measure, exceeded.amount)
    if exceeded.span is None:
        message = f"{whose} may have {amount} requests under way at once, and has"
    else:
        unit = "" if measure is Measure.USD else f" {measure}"
        message = (
            f"{whose} may use {amount}{unit} a {exceeded.span}; {shown_amount(measure, exceeded.total)} are "
            f"counted or set aside, and this request can come to {shown_amount(measure, exceeded.wanted)}"
        )
    is_budget = exceeded.span in (Span.DAY, Span.MONTH)
    failure = Failure(
        kind=FailureKind.RATE_LIMIT,
        message=message,
        code="budget-exhausted" if is_budget else "limit-exceeded",
        retry_after_seconds=exceeded.wait_seconds,
    )
    left = Allowance(
        limit=exceeded.amount,
        remaining=max(0, exceeded.amount - exceeded.total),
        reset_seconds=exceeded.wait_seconds,
    )
    told = Limits()
    if exceeded.span is not None and measure is Measure.REQUESTS:
        told = Limits(requests=left)
    elif measure is Measure.TOKENS:
        told = Limits(tokens=left)
    return Refused(
        failure, limits=told, is_worth_retrying=not is_budget and exceeded.wait_seconds is not None
    )


def limit_headers(dialect: Dialect, refused: Refused, at: Instant | None = None) -> dict[str, str]:
    """What a refusal for a limit says beside its body, in the API's own headers."""
    if refused.limits is None:
        return {}
    said = dict(dialect.encode_limits(refused.limits, at or now())) if isinstance(dialect, Limited) else {}
    if not refused.is_worth_retrying:
        # Read by SDKs that would otherwise try again by themselves.
        said["x-should-retry"] = "false"
    return said
