"""The running proxy: faces towards callers, routes and ramps, the instruments' word, one entry a request.

What a vendor's bytes mean is in `dialects`; how bytes travel is in `upstream`; what may be done is in
`instruments`; where traffic goes is in `plan`. Here they meet, in a number of worker processes.
"""

from offramp.gateway.children import is_running
from offramp.gateway.embedded import application
from offramp.gateway.held_text import held_text
from offramp.gateway.one_line import OneLine, one_line_workspace
from offramp.gateway.ports import reserve_port
from offramp.gateway.reachable import reach_upstreams
from offramp.gateway.serve import Listening, serve
from offramp.gateway.settings import Settings
from offramp.gateway.worker import build

__all__ = [
    "Listening",
    "OneLine",
    "Settings",
    "application",
    "build",
    "held_text",
    "is_running",
    "one_line_workspace",
    "reach_upstreams",
    "reserve_port",
    "serve",
]
