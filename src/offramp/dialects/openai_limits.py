"""Rate limits in the headers that the APIs of this owner share."""

import re
from collections.abc import Mapping
from typing import Final

from offramp.core.instants import Instant
from offramp.dialects.limits import Allowance, Limits, count

_PREFIX: Final = "x-ratelimit-"
_SPAN: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s|d)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def decode_limits(headers: Mapping[str, str]) -> Limits:
    """What an upstream said."""
    return Limits(_allowance(headers, "requests"), _allowance(headers, "tokens"))


def encode_limits(limits: Limits, at: Instant) -> Mapping[str, str]:  # noqa: ARG001 - resets are spans here
    """The same for a caller."""
    headers: dict[str, str] = {}
    for name, allowance in (("requests", limits.requests), ("tokens", limits.tokens)):
        if allowance.limit is not None:
            headers[f"{_PREFIX}limit-{name}"] = str(allowance.limit)
        if allowance.remaining is not None:
            headers[f"{_PREFIX}remaining-{name}"] = str(allowance.remaining)
        if allowance.reset_seconds is not None:
            headers[f"{_PREFIX}reset-{name}"] = _span(allowance.reset_seconds)
    return headers


def _allowance(headers: Mapping[str, str], name: str) -> Allowance:
    return Allowance(
        count(headers, f"{_PREFIX}limit-{name}"),
        count(headers, f"{_PREFIX}remaining-{name}"),
        _seconds(headers.get(f"{_PREFIX}reset-{name}", "")),
    )


def _seconds(text: str) -> float | None:
    """The seconds of a span such as `6m0s` or `120ms`; None where it is none."""
    pieces = _SPAN.findall(text)
    if not pieces or "".join(number + unit for number, unit in pieces) != text:
        return None
    return sum(float(number) * _SECONDS[unit] for number, unit in pieces)


def _span(seconds: float) -> str:
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
