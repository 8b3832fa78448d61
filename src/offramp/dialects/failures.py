"""Failures every dialect shares: what an upstream's status means, and the error for a reply that is none."""

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from offramp.core.errors import Exit, OfframpError
from offramp.core.spans import Span
from offramp.dialects.turns import Failure, FailureKind

MAX_MESSAGE: Final = 500
"""Characters of an upstream's own words that are passed on."""

_KINDS: Final[Mapping[int, FailureKind]] = {
    400: FailureKind.INVALID_REQUEST,
    408: FailureKind.TIMEOUT,
    413: FailureKind.TOO_LARGE,
    422: FailureKind.INVALID_REQUEST,
    429: FailureKind.RATE_LIMIT,
    503: FailureKind.OVERLOADED,
    504: FailureKind.TIMEOUT,
    529: FailureKind.OVERLOADED,
}

_OURS: Final[Mapping[int, str]] = {
    401: "the upstream refused the gateway's credentials",
    402: "the upstream wants payment from the gateway's owner",
    403: "the upstream refused the gateway's credentials",
    404: "the upstream does not know the path or model the gateway asked for",
}
"""Statuses that are about our configuration, not about the caller's request. The upstream's own words are
not passed on: they can hold a part of a key."""


class ReplyInvalid(OfframpError):
    """The upstream answered, and the answer cannot be given to anybody."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        where: Span | None = None,
        kind: FailureKind = FailureKind.UPSTREAM,
        help_line: str = "try again, or send the route to another upstream",
    ) -> None:
        super().__init__(code, message, help=help_line, where=where, exit_code=Exit.INTERNAL)
        self.kind = kind

    @property
    def failure(self) -> Failure:
        """The same in neutral form."""
        return Failure(kind=self.kind, message=f"{self.message}; {self.help}", code=self.code)


def no_finish() -> ReplyInvalid:
    """The error for `StopReason.OTHER` where another API would have to tell it."""
    return ReplyInvalid(
        "reply-unfinished", "the upstream stopped for a reason of its own, which is no finish in this API"
    )


def failure_from(
    status: int, headers: Mapping[str, str], message: str, *, is_our_account: bool = False
) -> Failure:
    """An upstream's error status as a `Failure`. `headers` have lower-case names."""
    if status in _OURS or is_our_account:
        cause = _OURS.get(status, "the upstream account of the gateway's owner is exhausted")
        return Failure(kind=FailureKind.UPSTREAM, message=f"{cause} (status {status})")
    kind = _KINDS.get(status, FailureKind.UPSTREAM)
    if 400 <= status < 500 and status not in _KINDS:
        kind = FailureKind.INVALID_REQUEST
    said = shorten(message) or "no reason given"
    return Failure(
        kind=kind,
        message=f"the upstream answered {status}: {said}",
        retry_after_seconds=retry_after(headers),
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from `retry-after-ms` or `retry-after`; a date counts from the `date` header."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "")
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < 1e9 else None


def error_member(body: bytes) -> Mapping[str, Any]:
    """The `error` object of an error body, however little of one there is."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return {"message": body[: 4 * MAX_MESSAGE].decode("utf-8", "replace")}
    if isinstance(parsed, dict):
        error = parsed.get("error", parsed)
        if isinstance(error, dict):
            return error
        return {"message": str(error)}
    return {"message": str(parsed)}


def shorten(message: str) -> str:
    """One line of at most `MAX_MESSAGE` characters, each of which can be written."""
    line = " ".join(message.encode("utf-8", "replace").decode().split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"
