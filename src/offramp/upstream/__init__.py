"""The only room that dials out. It knows bytes, not meanings: a client, pinned weights, local models."""

from offramp.upstream.errors import Trouble, UpstreamFailed
from offramp.upstream.extras import require_extra
from offramp.upstream.interface import Answer, Client, Dial
from offramp.upstream.local import LocalModel, launch_local
from offramp.upstream.opening import open_client
from offramp.upstream.timeouts import Timeouts
from offramp.upstream.weights.cache import cached
from offramp.upstream.weights.catalogue import Weights, catalogue, find_weights
from offramp.upstream.weights.pull import pull

__all__ = [
    "Answer",
    "Client",
    "Dial",
    "LocalModel",
    "Timeouts",
    "Trouble",
    "UpstreamFailed",
    "Weights",
    "cached",
    "catalogue",
    "find_weights",
    "launch_local",
    "open_client",
    "pull",
    "require_extra",
]
