"""Errors as both APIs of one vendor answer with them; in the middle of a stream they differ."""

from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.failures import error_member, failure_from
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


def is_exhausted(error: Mapping[str, Any]) -> bool:
    """The error is about our own account."""
    return any(
        isinstance(said, str) and said in _EXHAUSTED for said in (error.get("code"), error.get("type"))
    )


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An upstream's error answer."""
    error = error_member(body)
    message = str(error.get("message") or "")
    return failure_from(status, headers, message, is_our_account=is_exhausted(error))


def encode_failure(failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
    """Status and body."""
    status, kind, code = _FORMS[failure.kind]
    error = {"message": failure.message, "type": kind, "param": None, "code": failure.code or code}
    body: JsonObject = {"error": error}
    if extension:
        body["offramp"] = extension
    return status, body
