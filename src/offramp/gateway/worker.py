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
from offramp.gateway.guarding import Guarding
from offramp.gateway.headcount import Headcount
from offramp.gateway.hold_state import HoldState
from offramp.gateway.kept import Kept
from offramp.gateway.leftovers import recover_counts
from offramp.gateway.observing.observer import Observer
from offramp.gateway.parts import Parts
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


def build(settings: Settings, on_ready: Callable[[int], None] | None = None) -> AsgiApp:
    """An ASGI application for `settings`; `on_ready` hears this process's id once it is open.

    The ledger's writer of `settings.state` must be running.
    """
    app = App()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await app.http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _lifespan(app, settings, on_ready, receive, send)

    return serve


async def _lifespan(
    app: App,
    settings: Settings,
    on_ready: Callable[[int], None] | None,
    receive: Receive,
    send: Send,
) -> None:
    await receive()
    try:
        ledger, clock = await AsyncLedger.connect(settings.state), settings.clock()
        parts = Parts(
            snapshot=take_snapshot(settings),
            traffic=Traffic(settings.state),
            ledger=ledger,
            client=open_client(),
            seals=SealKeys(settings.state),
            clock=clock,
            guarding=Guarding(Headcount(settings.state, ledger, clock)),
            kept=Kept(settings.state),
            telemetry=Telemetry(
                settings.state, settings.workspace.organisation.name, logs_requests=settings.logs_requests
            ),
            holds=HoldState(settings.state),
            quotas=quotas.Quotas(settings.state, nodes=settings.nodes),
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
    )
    if on_ready is not None:
        on_ready(os.getpid())
    await send({"type": "lifespan.startup.complete"})
    await receive()
    for task in following:
        task.cancel()
    await observer.close()
    await parts.client.close()
    await parts.ledger.close()
    parts.traffic.close()
    parts.kept.close()
    parts.holds.close()
    parts.guarding.headcount.close()
    parts.quotas.close()
    parts.telemetry.close()
    await send({"type": "lifespan.shutdown.complete"})


def _settle() -> None:
    """What was loaded stays: the collector need not look at it again with every few requests."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
