"""Errors of the Messages API, both ways."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.anthropic_messages import wire
from offramp.dialects.failures import error_member, failure_from
from offramp.dialects.turns import Failure, FailureKind

_FORMS: Final[Mapping[FailureKind, tuple[int, str]]] = {
    FailureKind.INVALID_REQUEST: (400, "invalid_request_error"),
    FailureKind.AUTHENTICATION: (401, "authentication_error"),
    FailureKind.FORBIDDEN: (403, "permission_error"),
    FailureKind.NOT_FOUND: (404, "not_found_error"),
    FailureKind.TOO_LARGE: (413, "request_too_large"),
    FailureKind.RATE_LIMIT: (429, "rate_limit_error"),
    FailureKind.OVERLOADED: (529, "overloaded_error"),
    FailureKind.TIMEOUT: (504, "timeout_error"),
    FailureKind.UPSTREAM: (502, "api_error"),
    FailureKind.INTERNAL: (500, "api_error"),
}

_STATUSES: Final[Mapping[str, int]] = {
    "api_error": 500,
    "authentication_error": 401,
    "billing_error": 402,
    "invalid_request_error": 400,
    "not_found_error": 404,
    "overloaded_error": 529,
    "permission_error": 403,
    "rate_limit_error": 429,
    "request_too_large": 413,
    "timeout_error": 504,
}


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An upstream's error answer."""
    return failure_from(status, headers, str(error_member(body).get("message") or ""))


def decode_failure_event(data: bytes) -> Failure:
    """An `error` event in the middle of a stream, where the type stands for the status."""
    error = error_member(data)
    return failure_from(_STATUSES.get(str(error.get("type")), 500), {}, str(error.get("message") or ""))


def encode_failure(failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
    """Status and body."""
    status, kind = _FORMS[failure.kind]
    body: wire.ErrorBody = {"type": "error", "error": {"type": kind, "message": failure.message}}
    if isinstance(extension.get("request_id"), str):
        body["request_id"] = extension["request_id"]
    if extension:
        body["offramp"] = extension
    return status, cast(JsonObject, body)


def encode_failure_event(failure: Failure, extension: JsonObject) -> bytes:
    """The `error` event that ends a stream which cannot end well."""
    _, body = encode_failure(failure, extension)
    return b"event: error\ndata: " + msgspec.json.encode(body) + b"\n\n"
