"""Whether upstreams can be reached from here: each is asked once, without a conversation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from offramp.core.errors import OfframpError
from offramp.core.ids import UpstreamId
from offramp.gateway.reaching import access_to
from offramp.upstream import Client, Dial, Timeouts, open_client
from offramp.workspace import Upstream, Workspace

WAIT_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Reached:
    """What came of asking one upstream."""

    upstream: UpstreamId
    status: int
    """Of its answer, whatever it was; 0 where there was none."""
    error: OfframpError | None = None


def reach_upstreams(workspace: Workspace) -> tuple[Reached, ...]:
    """Every upstream with an address, in the order of the settings. Raises `extra-missing`."""
    return asyncio.run(_reach_all(workspace))


async def _reach_all(workspace: Workspace) -> tuple[Reached, ...]:
    client = open_client(Timeouts(connect_seconds=WAIT_SECONDS, between_bytes_seconds=WAIT_SECONDS))
    try:
        asked: Sequence[Upstream] = [one for one in workspace.upstreams.values() if one.url]
        return tuple(await asyncio.gather(*(_reach(client, workspace, one) for one in asked)))
    finally:
        await client.close()


async def _reach(client: Client, workspace: Workspace, upstream: Upstream) -> Reached:
    """Name, connection, certificate, proxy and token. No key is sent: whether it is taken is not tried."""
    try:
        access = access_to(upstream, workspace)
        if access.tokens is not None:
            await access.tokens.bearer(client)
        answer = await client.open(
            Dial(url=upstream.url + "/", headers={}, body=b"", method="GET", way=access.way)
        )
        answer.abandon()
    except OfframpError as error:
        return Reached(upstream.id, 0, error)
    return Reached(upstream.id, answer.status)
