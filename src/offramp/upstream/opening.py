"""The one way to a client, so that the room can be entered without the gateway's packages installed."""

from offramp.upstream.extras import require_extra
from offramp.upstream.interface import Client
from offramp.upstream.timeouts import Timeouts


def open_client(timeouts: Timeouts | None = None) -> Client:
    """A client for the running event loop. Raises `extra-missing` without the `gateway` extra."""
    require_extra("gateway")
    from offramp.upstream.direct import DirectClient

    return DirectClient(timeouts)
