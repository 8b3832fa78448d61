"""Errors of the Chat Completions API in the middle of a stream, both ways."""

from collections.abc import Mapping
from typing import Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.failures import error_member, failure_from
from offramp.dialects.openai_errors import encode_failure, is_exhausted
from offramp.dialects.turns import Failure

_STATUSES: Final[Mapping[str, int]] = {
    "invalid_request_error": 400,
    "overloaded": 503,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "server_error": 500,
}


def decode_failure_event(data: bytes) -> Failure:
    """An `error` object in the middle of a stream; its code or type stands for the status."""
    error = error_member(data)
    code = error.get("code")
    status = (
        code
        if isinstance(code, int)
        else _STATUSES.get(str(code)) or _STATUSES.get(str(error.get("type")), 500)
    )
    return failure_from(status, {}, str(error.get("message") or ""), is_our_account=is_exhausted(error))


def encode_failure_event(failure: Failure, extension: JsonObject) -> bytes:
    """The error that ends a stream which cannot end well; no `[DONE]` follows."""
    _, body = encode_failure(failure, extension)
    return b"data: " + msgspec.json.encode(body) + b"\n\n"
