"""Errors of the Responses API, both ways."""

from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.failures import ReplyInvalid, error_member, failure_from, shorten
from offramp.dialects.turns import Failure, FailureKind

_FORMS: Final[Mapping[FailureKind, tuple[int, str, str | None]]] = {
    FailureKind.INVALID_REQUEST: (400, "invalid_request_error", None),
    FailureKind.AUTHENTICATION: (401, "invalid_request_error", "invalid_api_key"),
    FailureKind.FORBIDDEN: (403, "permission_error", None),
    FailureKind.NOT_FOUND: (404, "invalid_request_error", "model_not_found"),
    FailureKind.TOO_LARGE: (413, "invalid_request_error", "request_too_large"),
    FailureKind.RATE_LIMIT: (429, "rate_limit_error", "rate_limit_exceeded"),
    FailureKind.OVERLOADED: (503, "server_error", "overloaded"),
    FailureKind.TIMEOUT: (504, "server_error", "timeout"),
    FailureKind.UPSTREAM: (502, "server_error", "upstream_error"),
    FailureKind.INTERNAL: (500, "server_error", None),
}

_EXHAUSTED: Final = frozenset({"insufficient_quota", "billing_hard_limit_reached"})
"""Codes of a 429 that no waiting will cure: the account is empty."""

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


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An upstream's error answer."""
    error = error_member(body)
    is_our_account = error.get("code") in _EXHAUSTED or error.get("type") in _EXHAUSTED
    return failure_from(status, headers, str(error.get("message") or ""), is_our_account=is_our_account)


def decode_error(error: Any) -> Failure:
    """The error of a failed answer, or of an `error` event: its code or type stands for the status."""
    if not isinstance(error, dict):
        error = {}
    code, kind = error.get("code"), error.get("type")
    if code in _EXHAUSTED or kind in _EXHAUSTED:
        return failure_from(429, {}, "", is_our_account=True)
    status = _STATUSES.get(str(code)) or _STATUSES.get(str(kind))
    if status is None:
        status = 400 if isinstance(code, str) and code else 500
    return failure_from(status, {}, str(error.get("message") or ""))


def failed(error: Any) -> ReplyInvalid:
    """An answer that says itself that it failed."""
    failure = decode_error(error)
    return ReplyInvalid("reply-failed", failure.message, kind=failure.kind)


def encode_failure(failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
    """Status and body."""
    status, kind, code = _FORMS[failure.kind]
    error = {"message": failure.message, "type": kind, "param": None, "code": failure.code or code}
    body: JsonObject = {"error": error}
    if extension:
        body["offramp"] = extension
    return status, body


def answer_error(failure: Failure) -> JsonObject:
    """The `error` of an answer that failed after it had begun."""
    code = _ANSWER_CODES.get(failure.kind, "server_error")
    said = f"{failure.message} ({failure.code})" if failure.code else failure.message
    return {"code": code, "message": shorten(said)}
