"""One worker process: opens what requests need, serves, closes. Ends when its parent does."""

import asyncio
import gc
import os
from collections.abc import Callable
from typing import Any

from offramp.control import quotas
from offramp.core.errors import OfframpError
from offramp.evidence import AsyncLedger
from offramp.gateway.app import App, Scope
from offramp.gateway.bodies import Receive
from offramp.gateway.caller import Send
from offramp.gateway.clearing import clear_kept
from offramp.gateway.draining import Draining
from offramp.gateway.guarding import Guarding
from offramp.gateway.headcount import Headcount
from offramp.gateway.hold_state import HoldState
from offramp.gateway.kept import Kept
from offramp.gateway.leftovers import recover_counts
from offramp.gateway.name_sampling import NameSampling
from offramp.gateway.observing.observer import Observer
from offramp.gateway.parts import Parts
from offramp.gateway.retelling import retell
from offramp.gateway.seal_keys import SealKeys
from offramp.gateway.settings import Settings
from offramp.gateway.snapshot import take_snapshot
from offramp.gateway.swap import follow_configuration
from offramp.gateway.telemetry import Telemetry
from offramp.gateway.traffic import Traffic
from offramp.upstream import open_client

YOUNG_OBJECTS = 20_000
"""So many new objects before the collector looks for circles among them. Requests leave few."""

AsgiApp = Callable[[Scope, Receive, Send], Any]


def build(settings: Settings, on_ready: Callable[[int], None] | None = None, stopping: Any = None) -> AsgiApp:
    """An ASGI application for `settings`; `on_ready` hears this process's id once it is open.

    `stopping` is an event that is set when the gateway is to stop; without it the server sees to that.

    The ledger's writer of `settings.state` must be running.
    """
    app = App()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app.http(scope, receive, send)
        elif scope["type"] == "lifespan":
            draining = Draining(stopping, settings.unready_seconds + settings.drain_seconds)
            await _lifespan(app, settings, draining, on_ready, receive, send)

    return serve


async def _lifespan(
    app: App,
    settings: Settings,
    draining: Draining,
    on_ready: Callable[[int], None] | None,
    receive: Receive,
    send: Send,
) -> None:
    await receive()
    try:
        ledger = await AsyncLedger.connect(settings.state, answer_seconds=settings.ledger_seconds)
        clock = settings.clock()
        parts = Parts(
            snapshot=take_snapshot(settings),
            traffic=Traffic(settings.state, settings.generation),
            ledger=ledger,
            client=open_client(),
            seals=SealKeys(settings.state),
            clock=clock,
            guarding=Guarding(Headcount(settings.state, ledger, clock), names=NameSampling(ledger, clock)),
            kept=Kept(settings.state),
            telemetry=Telemetry(
                settings.state, settings.workspace.organisation.name, logs_requests=settings.logs_requests
            ),
            holds=HoldState(settings.state),
            quotas=quotas.Quotas(settings.state, nodes=settings.nodes),
            draining=draining,
        )
    except OfframpError as error:
        await send({"type": "lifespan.startup.failed", "message": error.render()})
        return
    observer = parts.observer = Observer(parts, settings.state)
    app.parts = parts
    _settle()
    following = (
        asyncio.create_task(parts.traffic.follow(settings.parent)),
        asyncio.create_task(follow_configuration(parts, settings)),
        asyncio.create_task(parts.underway.follow()),
        asyncio.create_task(recover_counts(parts)),
        asyncio.create_task(retell(parts, settings.state)),
        asyncio.create_task(draining.follow()),
        asyncio.create_task(clear_kept(parts.kept)),
    )
    if on_ready is not None:
        on_ready(os.getpid())
    await send({"type": "lifespan.startup.complete"})
    is_stopped_here = await _until_stopped(receive, draining)
    for task in following:
        task.cancel()
    await observer.close()
    if parts.guarding.names is not None:
        await parts.guarding.names.close()
    await parts.client.close()
    await parts.ledger.close()
    parts.traffic.close()
    parts.kept.close()
    parts.holds.close()
    parts.guarding.headcount.close()
    parts.quotas.close()
    parts.telemetry.close()
    if is_stopped_here:
        # The server would wait for connections nobody reads from or writes to any more.
        os._exit(0)
    await send({"type": "lifespan.shutdown.complete"})


async def _until_stopped(receive: Receive, draining: Draining) -> bool:
    """Wait for the server's stop, or for the end of its time. Whether it was the latter."""
    told, over = asyncio.ensure_future(receive()), asyncio.ensure_future(draining.is_over.wait())
    await asyncio.wait({told, over}, return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    return not told.done()


def _settle() -> None:
    """What was loaded stays: the collector need not look at it again with every few requests."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
