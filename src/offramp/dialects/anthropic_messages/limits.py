"""Rate limits in the headers of the Messages API."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from offramp.core.instants import Instant
from offramp.dialects.limits import Allowance, Limits, answered_at, count

_PREFIX: Final = "anthropic-ratelimit-"


def decode_limits(headers: Mapping[str, str]) -> Limits:
    """What an upstream said. A reset is an instant here, so it counts from the answer's own date."""
    at = answered_at(headers)
    tokens = _allowance(headers, "tokens", at)
    return Limits(
        _allowance(headers, "requests", at),
        tokens if tokens.is_known else _allowance(headers, "input-tokens", at),
    )


def encode_limits(limits: Limits, at: Instant) -> Mapping[str, str]:
    """The same for a caller."""
    headers: dict[str, str] = {}
    for name, allowance in (("requests", limits.requests), ("tokens", limits.tokens)):
        if allowance.limit is not None:
            headers[f"{_PREFIX}{name}-limit"] = str(allowance.limit)
        if allowance.remaining is not None:
            headers[f"{_PREFIX}{name}-remaining"] = str(allowance.remaining)
        if allowance.reset_seconds is not None:
            reset = at + timedelta(seconds=allowance.reset_seconds)
            headers[f"{_PREFIX}{name}-reset"] = reset.strftime("%Y-%m-%dT%H:%M:%SZ")
    return headers


def _allowance(headers: Mapping[str, str], name: str, at: Instant | None) -> Allowance:
    stem = _PREFIX + name
    reset = _instant(headers.get(f"{stem}-reset", ""))
    seconds = max(0.0, (reset - at).total_seconds()) if reset and at else None
    return Allowance(count(headers, f"{stem}-limit"), count(headers, f"{stem}-remaining"), seconds)


def _instant(text: str) -> Instant | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
