"""The gateway as an ASGI application for a server of somebody else's, or beside other applications in one.

What `offramp serve` starts besides workers is started here with the application and ends with it: the
ledger's writer and local models. One process: a server that starts several workers gives each its own
application, and the second finds its state directory in use.
"""

import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from offramp.control import quotas
from offramp.core.errors import OfframpError
from offramp.gateway.bodies import Receive
from offramp.gateway.caller import Send
from offramp.gateway.children import Children
from offramp.gateway.kept import Kept
from offramp.gateway.metrics import prepare_metrics
from offramp.gateway.serve import check_open
from offramp.gateway.settings import Settings
from offramp.gateway.start_entry import record_start
from offramp.gateway.worker import AsgiApp, build
from offramp.plan.following import prepare_following
from offramp.workspace import load

_in_use: set[Path] = set()
"""State directories of this process's applications."""


class _Embedded:
    """The application, once its lifespan began."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._app: AsgiApp | None = None
        self._has_begun = False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        if self._app is None:
            raise RuntimeError(
                "the server does not run the application's lifespan, without which nothing works"
            )
        await self._app(scope, receive, send)

    async def _live(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        children = Children(self._settings.state, is_embedded=True)
        try:
            settings = await asyncio.to_thread(self._begin, children)
        except OfframpError as error:
            await asyncio.to_thread(self._end, children)
            await receive()
            await send({"type": "lifespan.startup.failed", "message": error.render()})
            return
        self._app = build(settings)

        async def tell(message: dict[str, Any]) -> None:
            # Once it hears that all is over, a server may end the process at any moment.
            if message["type"].startswith("lifespan.shutdown"):
                await asyncio.to_thread(self._end, children)
            await send(message)

        try:
            await self._app(scope, receive, tell)
        finally:
            # A server may cancel this as soon as it has heard that all is over: then nothing waits here.
            if self._has_begun:
                await asyncio.to_thread(self._end, children)

    def _begin(self, children: Children) -> Settings:
        check_open(self._settings)
        state = self._settings.state.resolve()
        # The lock on the directory keeps other processes out, not this one.
        if state in _in_use:
            raise OfframpError(
                "gateway-running",
                f"another gateway runs on `{state}`",
                help="use one application for a workspace",
            )
        _in_use.add(state)
        self._has_begun = True
        children.__enter__()
        children.start_writer()
        Kept(state).close()
        prepare_metrics(state)
        prepare_following(state)
        quotas.begin_run(state)
        record_start(self._settings)
        slugs = tuple(dict.fromkeys(u.local for u in self._settings.workspace.upstreams.values() if u.local))
        return replace(self._settings, locals=children.start_models(slugs, state / "logs"))

    def _end(self, children: Children) -> None:
        if self._has_begun:
            self._has_begun = False
            children.__exit__()
            _in_use.discard(self._settings.state.resolve())


def application(root: Path | str, *, is_open: bool = False) -> AsgiApp:
    """The gateway of the workspace in `root`. Raises what is wrong with the workspace.

    The server has to run its lifespan. `is_open` takes any caller's key; then the server must listen on
    loopback only, which is not checked here.
    """
    workspace = load(Path(root))
    return _Embedded(Settings(workspace=workspace, state=workspace.state, workers=1, is_open=is_open))
