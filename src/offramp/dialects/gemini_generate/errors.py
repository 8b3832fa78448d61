"""Errors of the Gemini API, both ways: the status of its remote calls, with how long to wait beside it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.failures import error_member, failure_from
from offramp.dialects.gemini_generate import wire
from offramp.dialects.turns import Failure, FailureKind

_FORMS: Final[Mapping[FailureKind, tuple[int, str]]] = {
    FailureKind.INVALID_REQUEST: (400, "INVALID_ARGUMENT"),
    FailureKind.AUTHENTICATION: (401, "UNAUTHENTICATED"),
    FailureKind.FORBIDDEN: (403, "PERMISSION_DENIED"),
    FailureKind.NOT_FOUND: (404, "NOT_FOUND"),
    FailureKind.TOO_LARGE: (413, "INVALID_ARGUMENT"),
    FailureKind.RATE_LIMIT: (429, "RESOURCE_EXHAUSTED"),
    FailureKind.OVERLOADED: (503, "UNAVAILABLE"),
    FailureKind.TIMEOUT: (504, "DEADLINE_EXCEEDED"),
    FailureKind.UPSTREAM: (502, "INTERNAL"),
    FailureKind.INTERNAL: (500, "INTERNAL"),
}

_STATUSES: Final[Mapping[str, int]] = {
    "ABORTED": 409,
    "DEADLINE_EXCEEDED": 504,
    "FAILED_PRECONDITION": 400,
    "INTERNAL": 500,
    "INVALID_ARGUMENT": 400,
    "NOT_FOUND": 404,
    "OUT_OF_RANGE": 400,
    "PERMISSION_DENIED": 403,
    "RESOURCE_EXHAUSTED": 429,
    "UNAUTHENTICATED": 401,
    "UNAVAILABLE": 503,
}

_RETRY: Final = "type.googleapis.com/google.rpc.RetryInfo"
_WAITABLE: Final = frozenset({429, 500, 503, 504})
_KEY_REASONS: Final = ("API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED")
"""Reasons of a 400 that are about the key. A failed precondition is about the account."""


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An upstream's error answer."""
    return _failure(status, headers, _error(body))


def decode_failure_event(data: bytes) -> Failure:
    """An error in the middle of a stream; its code or status stands for the answer's."""
    error = _error(data)
    code = error.get("code")
    if not isinstance(code, int) or not 400 <= code < 600:
        code = _STATUSES.get(str(error.get("status")), 500)
    return _failure(code, {}, error)


def _error(body: bytes) -> Mapping[str, Any]:
    """The error, which a stream that is no stream of events wraps in a list."""
    stripped = body.strip()
    if stripped.startswith(b"[") and stripped.endswith(b"]"):
        return error_member(stripped[1:-1])
    return error_member(body)


def _failure(status: int, headers: Mapping[str, str], error: Mapping[str, Any]) -> Failure:
    details = error.get("details")
    listed = [item for item in details if isinstance(item, dict)] if isinstance(details, list) else []
    if status == 400 and any(item.get("reason") in _KEY_REASONS for item in listed):
        status = 401
    is_our_account = status == 400 and error.get("status") == "FAILED_PRECONDITION"
    failure = failure_from(status, headers, str(error.get("message") or ""), is_our_account=is_our_account)
    waits = [_seconds(item.get("retryDelay")) for item in listed if item.get("@type") == _RETRY]
    wait = next((seconds for seconds in waits if seconds is not None), None)
    if wait is None or status not in _WAITABLE:
        return failure
    return replace(failure, retry_after_seconds=wait)


def _seconds(delay: Any) -> float | None:
    """A duration as this API writes it: `7s`, `0.5s`."""
    if not isinstance(delay, str) or not delay.endswith("s"):
        return None
    try:
        seconds = float(delay[:-1])
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None


def _duration(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def encode_failure(failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
    """Status and body."""
    code, status = _FORMS[failure.kind]
    error: wire.Status = {"code": code, "message": failure.message, "status": status}
    if failure.retry_after_seconds is not None:
        error["details"] = [{"@type": _RETRY, "retryDelay": _duration(failure.retry_after_seconds)}]
    body: wire.ErrorBody = {"error": error}
    if extension:
        body["offramp"] = extension
    return code, cast(JsonObject, body)


def encode_failure_event(failure: Failure, extension: JsonObject) -> bytes:
    """The error that ends a stream which cannot end well. Clients know it by the member it begins with."""
    _, body = encode_failure(failure, extension)
    return b"data: " + msgspec.json.encode(body) + b"\n\n"
