"""The body of a request: whole, of bounded size, and not waited for for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from offramp.dialects import Failure, FailureKind
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.settings import BODY_LIMIT_BYTES, BODY_SILENT_SECONDS

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Gone(Exception):
    """The caller left before its request was whole."""


async def read_body(receive: Receive, *, silent_seconds: float = BODY_SILENT_SECONDS) -> bytes:
    """Everything the caller sends. Raises `Refused` where it is too much or stops coming, `Gone`."""
    message = await receive()
    if not message.get("more_body", False) and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if len(body) > BODY_LIMIT_BYTES:
            raise too_large()
        return body
    blocks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise Gone
        block = message.get("body", b"")
        size += len(block)
        if size > BODY_LIMIT_BYTES:
            raise too_large()
        blocks.append(block)
        if not message.get("more_body", False):
            return b"".join(blocks)
        try:
            async with asyncio.timeout(silent_seconds):
                message = await receive()
        except TimeoutError:
            raise _too_slow() from None


def too_large() -> Refused:
    """The answer to a body over the limit."""
    return refuse(
        FailureKind.TOO_LARGE, "body-too-large", f"the body is larger than {BODY_LIMIT_BYTES} bytes"
    )


def _too_slow() -> Refused:
    message = f"nothing of the body came for {BODY_SILENT_SECONDS:.0f} seconds"
    return Refused(
        Failure(kind=FailureKind.INVALID_REQUEST, message=message, code="body-too-slow"), status=408
    )
