"""What is used of each limit that is kept over a day or a month, by the database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from offramp.control.callers import IssuedKey
from offramp.control.quotas.quotas import period_of
from offramp.control.quotas.spent import account_name, spent
from offramp.core.instants import Instant
from offramp.workspace import Workspace
from offramp.workspace.allowances import Allowance, Span, allowances_of
from offramp.workspace.observing import shadow_payer


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One limit."""

    application: str
    key: str
    """Empty where the limit is the application's."""
    allowance: Allowance
    period: str
    used: int
    """By requests that are over."""


def uses(workspace: Workspace, keys: Sequence[IssuedKey], at: Instant) -> tuple[Use, ...]:
    """Every limit of applications, of shadows and of `keys`, in the day and month of `at`."""
    limits = tuple(_limits(workspace, keys))
    names = [account_name(whose, key, one.name, period_of(one.span, at)) for whose, key, one in limits]
    counted = spent(workspace.state, names)
    return tuple(
        Use(
            application=whose,
            key=key,
            allowance=one,
            period=period_of(one.span, at),
            used=counted.get(name, 0),
        )
        for name, (whose, key, one) in zip(names, limits, strict=True)
    )


def _limits(workspace: Workspace, keys: Sequence[IssuedKey]) -> Iterator[tuple[str, str, Allowance]]:
    for application in workspace.applications.values():
        for one in application.allowances.of:
            if one.span is not Span.MINUTE:
                yield application.id, "", one
    for route in workspace.routes.values():
        if route.shadow is not None:
            for one in route.shadow.allowances.of:
                if one.span is not Span.MINUTE:
                    yield shadow_payer(route.name), "", one
    for key in keys:
        for one in allowances_of(key.limits).of:
            if one.span is not Span.MINUTE:
                yield key.application, key.id, one
