"""Pending holds that nobody could be told of are told again, also after a restart, until somebody decided.

One worker does so for all of them. Whoever is told may be told twice, never of another hold by the same id.
"""

import asyncio
import fcntl
import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from offramp.control import holds
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, now
from offramp.gateway import held_turn
from offramp.gateway.parts import Parts
from offramp.gateway.webhook import TOLD, first_tries_seconds, tell_now

LOCK: Final = "telling.lock"
LOOK_SECONDS: Final = 5.0
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(minutes=10)

log = logging.getLogger("offramp.gateway")


async def retell(parts: Parts, state: Path) -> None:
    """Until cancelled, while a webhook is configured."""
    began = now()
    waits: dict[str, tuple[Instant, timedelta]] = {}
    lock = os.open(state / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            if parts.snapshot.watching.webhook_key is not None and _is_ours(lock):
                try:
                    await _look(parts, began, waits)
                except OfframpError as error:
                    log.warning("holds could not be told again: %s", error.message)
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        os.close(lock)


async def _look(parts: Parts, began: Instant, waits: dict[str, tuple[Instant, timedelta]]) -> None:
    at = now()
    waiting = [one for one in await parts.holds.open(at) if one.state(at) is holds.State.PENDING]
    for gone in waits.keys() - {one.id for one in waiting}:
        del waits[gone]
    for hold in waiting:
        # Who was held just now is being told by the worker that held it.
        is_new = hold.requested_at >= began and at - hold.requested_at < first_tries_seconds()
        due, wait = waits.get(hold.id, (at, FIRST_WAIT))
        if is_new or at < due or await parts.kept.get(TOLD, hold.id, hold.application) is not None:
            continue
        waits[hold.id] = (at + wait, min(wait * 2, LONGEST_WAIT))
        kept = await parts.kept.get(held_turn.KIND, hold.id, hold.application)
        await tell_now(parts, parts.snapshot, hold, held_turn.shown_in(hold, kept), "call-held")


def _is_ours(lock: int) -> bool:
    """Whether no other worker does it."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
