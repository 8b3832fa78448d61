"""Errors of the cloud's model runtime, both ways: exceptions by name, whole answers and frames of a stream.

The name stands in the header `x-amzn-errortype`; the body holds the message. Names and statuses follow the
service's own model of its runtime API.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.failures import error_member, failure_from, shorten
from offramp.dialects.frames import Frame, write_frame
from offramp.dialects.turns import Failure, FailureKind

TYPE_HEADER: Final = "x-amzn-errortype"
ID_HEADER: Final = "x-amzn-requestid"

_FORMS: Final[Mapping[FailureKind, tuple[int, str]]] = {
    FailureKind.INVALID_REQUEST: (400, "ValidationException"),
    FailureKind.AUTHENTICATION: (403, "UnrecognizedClientException"),
    FailureKind.FORBIDDEN: (403, "AccessDeniedException"),
    FailureKind.NOT_FOUND: (404, "ResourceNotFoundException"),
    FailureKind.TOO_LARGE: (413, "ValidationException"),
    FailureKind.RATE_LIMIT: (429, "ThrottlingException"),
    FailureKind.OVERLOADED: (503, "ServiceUnavailableException"),
    FailureKind.TIMEOUT: (408, "ModelTimeoutException"),
    FailureKind.UPSTREAM: (424, "ModelErrorException"),
    FailureKind.INTERNAL: (500, "InternalServerException"),
}

_BY_CODE: Final[Mapping[str, str]] = {
    "signature-incomplete": "IncompleteSignatureException",
    "signature-invalid": "InvalidSignatureException",
    "signature-expired": "InvalidSignatureException",
}
"""Names for failures of our own that have one here."""

_IN_STREAM: Final[Mapping[FailureKind, str]] = {
    FailureKind.INVALID_REQUEST: "validationException",
    FailureKind.RATE_LIMIT: "throttlingException",
    FailureKind.OVERLOADED: "serviceUnavailableException",
    FailureKind.INTERNAL: "internalServerException",
}
"""Every other kind is a `modelStreamErrorException`."""

_KINDS: Final[Mapping[str, FailureKind]] = {
    "internalserverexception": FailureKind.UPSTREAM,
    "modelerrorexception": FailureKind.UPSTREAM,
    "modelnotreadyexception": FailureKind.OVERLOADED,
    "modelstreamerrorexception": FailureKind.UPSTREAM,
    "modeltimeoutexception": FailureKind.TIMEOUT,
    "serviceunavailableexception": FailureKind.OVERLOADED,
    "throttlingexception": FailureKind.RATE_LIMIT,
    "validationexception": FailureKind.INVALID_REQUEST,
}
"""Where the name says more than the status: a model that fails (424) is no fault of the caller, and one that
is not ready (429) is overloaded."""

_OUR_ACCOUNT: Final = frozenset(
    {
        "accessdeniedexception",
        "expiredtokenexception",
        "invalidsignatureexception",
        "resourcenotfoundexception",
        "servicequotaexceededexception",
        "unrecognizedclientexception",
    }
)


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """An upstream's error answer."""
    error = error_member(body)
    said = str(error.get("message") or error.get("Message") or "")
    named = headers.get(TYPE_HEADER) or str(error.get("__type") or error.get("code") or "")
    name = named.partition(":")[0].rpartition("#")[2].strip().lower()
    is_ours = name in _OUR_ACCOUNT or status in (401, 403, 404)
    failure = failure_from(status, headers, said, is_our_account=name in _OUR_ACCOUNT)
    return failure if is_ours else replace(failure, kind=_KINDS.get(name, failure.kind))


def decode_exception(frame: Frame) -> Failure:
    """A frame that is not an event: an exception in the middle of a stream."""
    headers = frame.headers
    name = (headers.get(":exception-type") or headers.get(":error-code") or "").lower()
    said = headers.get(":error-message") or str(error_member(frame.payload).get("message") or "")
    if name in _OUR_ACCOUNT:
        return failure_from(403, {}, said)
    message = f"the upstream broke off its answer: {shorten(said) or 'no reason given'}"
    return Failure(kind=_KINDS.get(name, FailureKind.UPSTREAM), message=message)


def encode_failure(failure: Failure, extension: JsonObject) -> tuple[int, JsonObject]:
    """Status and body."""
    body: JsonObject = {"message": failure.message}
    if extension:
        body["offramp"] = extension
    return _FORMS[failure.kind][0], body


def failure_headers(failure: Failure) -> Mapping[str, str]:
    """The name of the exception."""
    return {TYPE_HEADER: _BY_CODE.get(failure.code, _FORMS[failure.kind][1])}


def encode_failure_event(failure: Failure, extension: JsonObject) -> bytes:
    """The exception that ends a stream which cannot end well."""
    headers = {
        ":exception-type": _IN_STREAM.get(failure.kind, "modelStreamErrorException"),
        ":content-type": "application/json",
        ":message-type": "exception",
    }
    return write_frame(headers, msgspec.json.encode(encode_failure(failure, extension)[1]))
