"""Errors of the Chat Completions API, both ways."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.failures import error_member, failure_from
from offramp.dialects.openai_chat import wire
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
    "invalid_request_error": 400,
    "overloaded": 503,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "server_error": 500,
}


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An upstream's error answer."""
    error = error_member(body)
    is_our_account = error.get("code") in _EXHAUSTED or error.get("type") in _EXHAUSTED
    return failure_from(status, headers, str(error.get("message") or ""), is_our_account=is_our_account)


def decode_failure_event(data: bytes) -> Failure:
    """An `error` object in the middle of a stream; its code or type stands for the status."""
    error = error_member(data)
    code = error.get("code")
    status = (
        code
        if isinstance(code, int)
        else _STATUSES.get(str(code)) or _STATUSES.get(str(error.get("type")), 500)
    )
    return failure_from(status, {}, str(error.get("message") or ""))


def encode_failure(failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
    """Status and body."""
    status, kind, code = _FORMS[failure.kind]
    error: wire.Error = {
        "message": failure.message,
        "type": kind,
        "param": None,
        "code": failure.code or code,
    }
    body: wire.ErrorBody = {"error": error}
    if extension:
        body["offramp"] = extension
    return status, cast(JsonObject, body)


def encode_failure_event(failure: Failure, extension: JsonObject) -> bytes:
    """The error that ends a stream which cannot end well; no `[DONE]` follows."""
    _, body = encode_failure(failure, extension)
    return b"data: " + msgspec.json.encode(body) + b"\n\n"
