"""Errors of the Responses API inside an answer and its stream, both ways."""

from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.failures import ReplyInvalid, failure_from, shorten
from offramp.dialects.openai_errors import is_exhausted
from offramp.dialects.turns import Failure, FailureKind

_STATUSES: Final[Mapping[str, int]] = {
    "overloaded": 503,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "server_error": 500,
    "server_is_overloaded": 503,
    "timeout": 504,
    "vector_store_timeout": 504,
}
"""Codes of a failed answer that are not about the request."""

_ANSWER_CODES: Final[Mapping[FailureKind, str]] = {
    FailureKind.INVALID_REQUEST: "invalid_prompt",
    FailureKind.TOO_LARGE: "invalid_prompt",
    FailureKind.RATE_LIMIT: "rate_limit_exceeded",
}
"""The codes a failed answer may have; all other kinds are `server_error`."""


def decode_error(error: Any) -> Failure:
    """The error of a failed answer, or of an `error` event: its code or type stands for the status."""
    if not isinstance(error, dict):
        error = {}
    code, kind = error.get("code"), error.get("type")
    if is_exhausted(error):
        return failure_from(429, {}, "", is_our_account=True)
    status = _STATUSES.get(str(code)) or _STATUSES.get(str(kind))
    if status is None:
        status = 400 if isinstance(code, str) and code else 500
    return failure_from(status, {}, str(error.get("message") or ""))


def failed(error: Any) -> ReplyInvalid:
    """An answer that says itself that it failed."""
    failure = decode_error(error)
    return ReplyInvalid("reply-failed", failure.message, kind=failure.kind)


def answer_error(failure: Failure) -> JsonObject:
    """The `error` of an answer that failed after it had begun."""
    code = _ANSWER_CODES.get(failure.kind, "server_error")
    said = f"{failure.message} ({failure.code})" if failure.code else failure.message
    return {"code": code, "message": shorten(said)}
