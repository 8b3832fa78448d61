"""The body of a request: whole, of bounded size, and not waited for for ever."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from offramp.dialects import Failure, FailureKind
from offramp.gateway.refusals import Refused, refuse
from offramp.gateway.settings import BODY_BYTES_PER_SECOND, BODY_LIMIT_BYTES, BODY_SILENT_SECONDS

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Gone(Exception):
    """The caller left before its request was whole."""


async def read_body(
    receive: Receive,
    *,
    check: Callable[[], object] | None = None,
    silent_seconds: float = BODY_SILENT_SECONDS,
) -> bytes:
    """Everything the caller sends. Raises `Refused` where it is too much or comes too slowly, `Gone`.

    What does not come at once is waited for after `check`, which raises `Refused` for whom not to wait.
    """
    message = await receive()
    if not message.get("more_body", False) and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        if len(body) > BODY_LIMIT_BYTES:
            raise too_large()
        return body
    if check is not None:
        check()
    blocks: list[bytes] = []
    size = 0
    began = time.monotonic()
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
        left = began + silent_seconds + size / BODY_BYTES_PER_SECOND - time.monotonic()
        try:
            async with asyncio.timeout(min(silent_seconds, left)):
                message = await receive()
        except TimeoutError:
            raise _too_slow() from None


def too_large() -> Refused:
    """The answer to a body over the limit."""
    return refuse(
        FailureKind.TOO_LARGE, "body-too-large", f"the body is larger than {BODY_LIMIT_BYTES} bytes"
    )


def _too_slow() -> Refused:
    message = (
        f"nothing of the body came for {BODY_SILENT_SECONDS:.0f} seconds, or less than "
        f"{BODY_BYTES_PER_SECOND} bytes a second"
    )
    return Refused(
        Failure(kind=FailureKind.INVALID_REQUEST, message=message, code="body-too-slow"), status=408
    )


def broken_off() -> Refused:
    """The answer to a body that cannot be read to its end; where its caller left, nobody hears it."""
    message = "the body broke off, or is not framed as its head says"
    return refuse(FailureKind.INVALID_REQUEST, "body-broken", message)
