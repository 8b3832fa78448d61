"""Hedged requests: where the first target does not begin to answer, the next one is asked beside it.

Whoever begins first is listened to, the other one let go. Both are in the ledger.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from offramp.gateway.attempts import HEDGED, Asking, Standing
from offramp.upstream import Answer, Client, UpstreamFailed

Opening = asyncio.Task[Answer]


async def only(client: Client, asking: Asking) -> tuple[Asking, Answer]:
    """The same where nothing is hedged."""
    return asking, await client.open(asking.dial)


async def open_hedged(
    client: Client, first: Asking, after_seconds: float, other: Callable[[], Awaitable[Asking | None]]
) -> tuple[Asking, Answer]:
    """Whoever began to answer, and the answer; the record is of that target. Raises `UpstreamFailed`.

    `other` prepares the next target, or says that there is none.
    """
    record = first.record
    mine: Opening = asyncio.ensure_future(client.open(first.dial))
    theirs: Opening | None = None
    try:
        done, _ = await asyncio.wait({mine}, timeout=after_seconds)
        if done:
            return first, mine.result()
        own = Standing.of(record)
        second = await other()
        if second is None:
            own.put_back(record)
            return first, await mine
        beside = Standing.of(record)
        theirs = asyncio.ensure_future(client.open(second.dial))
        winner = await _first_well(mine, theirs)
        is_first = winner is mine
        loser = theirs if is_first else mine
        lost = (beside if is_first else own).attempt(_code_of(loser))
        _let_go(loser)
        if lost.code != HEDGED:
            (second if is_first else first).costs_nothing()
        if not _is_well(winner):
            (first if is_first else second).costs_nothing()
        (own if is_first else beside).put_back(record)
        record.attempts.append(lost)
        return (first if is_first else second), winner.result()
    except asyncio.CancelledError:
        _let_go(mine)
        if theirs is not None:
            _let_go(theirs)
        raise


async def _first_well(mine: Opening, theirs: Opening) -> Opening:
    """Whoever began an answer first; where neither did well, the one that failed last."""
    pending: set[Opening] = {mine, theirs}
    last = mine
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in (mine, theirs):
            if task in done:
                if _is_well(task):
                    return task
                last = task
    return last


def _is_well(task: Opening) -> bool:
    return not task.cancelled() and task.exception() is None and 200 <= task.result().status < 300


def _code_of(task: Opening) -> str:
    """What an attempt that was not listened to came to."""
    if not task.done() or task.cancelled():
        return HEDGED
    error = task.exception()
    if isinstance(error, UpstreamFailed):
        return error.code
    return HEDGED if error is not None or _is_well(task) else f"upstream-{task.result().status}"


def _let_go(task: Opening) -> None:
    if task.done():
        _abandon(task)
    else:
        task.add_done_callback(_abandon)
        task.cancel()


def _abandon(task: Opening) -> None:
    with suppress(asyncio.CancelledError, UpstreamFailed):
        task.result().abandon()
