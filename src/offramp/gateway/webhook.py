"""Telling a configured address of holds, and signatures in both directions.

A signature is `t=SECONDS,v1=HEX`: HMAC-SHA256, with the key both sides have, over the time, a full stop and
the body. What is older than a few minutes is refused; what a body said of a hold cannot be said again.
"""

import asyncio
import hmac
import logging
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

from offramp.control import holds
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant, now
from offramp.core.secrets import Secret
from offramp.gateway.parts import Parts
from offramp.gateway.snapshot import Snapshot
from offramp.upstream import Dial, UpstreamFailed

HEADER: Final = "offramp-signature"
TOLERANCE_SECONDS: Final = 300
ATTEMPTS: Final = 4
FIRST_WAIT_SECONDS: Final = 0.5
TRY_SECONDS: Final = 10
ANSWER_LIMIT_BYTES: Final = 64 * 1024
TOLD: Final = "hold-told"
"""The kind of what is kept of a hold somebody was told of."""

log = logging.getLogger("offramp.gateway")
_under_way: set["asyncio.Task[None]"] = set()


def signature(key: Secret, body: bytes, at: Instant) -> str:
    """What proves that whoever has `key` said `body` at `at`."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(key, seconds, body)}"


def check_signature(key: Secret, said: str, body: bytes, at: Instant) -> None:
    """`said` is a fresh signature of `body`. Raises `signature-wrong` or `signature-old`."""
    named = dict(part.partition("=")[::2] for part in said.split(","))
    seconds = named.get("t", "")
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) < 16
    if not is_number or not hmac.compare_digest(
        _mac(key, int(seconds), body).encode(), named.get("v1", "").encode("utf-8", "surrogateescape")
    ):
        raise OfframpError(
            "signature-wrong",
            f"the header `{HEADER}` is not a signature of this body",
            help="sign `t`, a full stop and the bytes of the body with the webhook's key",
        )
    if abs(at.timestamp() - int(seconds)) > TOLERANCE_SECONDS:
        raise OfframpError(
            "signature-old",
            f"the signature is not of the last {TOLERANCE_SECONDS} seconds",
            help="sign anew, and keep both clocks right",
        )


def tell(parts: Parts, snapshot: Snapshot, hold: holds.Hold, shown: Mapping[str, Any], event: str) -> None:
    """The configured address is told of `hold` in the background; nothing where there is none."""
    if snapshot.workspace.holding.webhook is None or snapshot.watching.webhook_key is None:
        return
    telling = _tell(parts, snapshot, hold, shown, event, attempts=ATTEMPTS)
    task = asyncio.get_running_loop().create_task(telling)
    # The loop keeps no reference of its own.
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def tell_now(
    parts: Parts, snapshot: Snapshot, hold: holds.Hold, shown: Mapping[str, Any], event: str
) -> None:
    """The same, tried once."""
    if snapshot.workspace.holding.webhook is not None and snapshot.watching.webhook_key is not None:
        await _tell(parts, snapshot, hold, shown, event, attempts=1)


def first_tries_seconds() -> timedelta:
    """So long it takes at most until `tell` gave up."""
    waits = sum(FIRST_WAIT_SECONDS * 2.0**attempt for attempt in range(1, ATTEMPTS))
    return timedelta(seconds=waits + ATTEMPTS * TRY_SECONDS)


async def _tell(
    parts: Parts,
    snapshot: Snapshot,
    hold: holds.Hold,
    shown: Mapping[str, Any],
    event: str,
    *,
    attempts: int,
) -> None:
    body = orjson.dumps(
        {
            "schema": "offramp/hold-notice/v1",
            "event": event,
            "hold": hold.id,
            "shown": hold.shown,
            "requested_at": format_instant(hold.requested_at),
            "approvals": hold.approvals,
            "what": dict(shown),
        }
    )
    told = False
    for attempt in range(attempts):
        if attempt:
            await asyncio.sleep(FIRST_WAIT_SECONDS * 2.0**attempt)
        told = await _told(parts, snapshot, body)
        if told:
            break
    step = holds.steps.note(hold, "told" if told else "not-told", {"what": event}, now())
    try:
        if told:
            await parts.kept.put(TOLD, hold.id, hold.application, event.encode())
        await parts.ledger.append(step.told_at(parts.clock()).entry)
    except (OfframpError, OSError) as error:
        log.warning("that hold %s was told was not recorded: %s", hold.id, error)


async def _told(parts: Parts, snapshot: Snapshot, body: bytes) -> bool:
    hook, key = snapshot.workspace.holding.webhook, snapshot.watching.webhook_key
    assert hook is not None
    assert key is not None
    headers = {"content-type": "application/json", HEADER: signature(key, body, now())}
    try:
        async with asyncio.timeout(TRY_SECONDS):
            answer = await parts.client.open(Dial(url=hook.url, headers=headers, body=body))
            try:
                await answer.read(ANSWER_LIMIT_BYTES)
            finally:
                answer.abandon()
    except UpstreamFailed as failed:
        log.warning("the webhook was not told: %s", failed.message)
        return False
    except TimeoutError:
        log.warning("the webhook did not answer within %d seconds", TRY_SECONDS)
        return False
    if not 200 <= answer.status < 300:
        log.warning("the webhook answered with status %d", answer.status)
        return False
    return True


def _mac(key: Secret, seconds: int, body: bytes) -> str:
    return hmac.new(key.reveal().encode(), str(seconds).encode() + b"." + body, sha256).hexdigest()
