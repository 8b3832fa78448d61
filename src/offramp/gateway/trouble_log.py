"""What went wrong towards an upstream, for its owner: with the address and what to do about it."""

import logging
import time
from typing import Final

from offramp.upstream import UpstreamFailed

QUIET_SECONDS: Final = 60.0
"""The same trouble is said again after this long."""
MOST: Final = 256

log = logging.getLogger("offramp.gateway")


class TroubleLog:
    """One worker's. A server that is gone must not fill the disk."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], float] = {}

    def note(self, upstream: str, failed: UpstreamFailed) -> None:
        """It is said, unless it was just now."""
        at = time.monotonic()
        what = (upstream, failed.message)
        if at - self._said.get(what, -QUIET_SECONDS) < QUIET_SECONDS:
            return
        if len(self._said) >= MOST:
            self._said.clear()
        self._said[what] = at
        log.warning("upstream `%s`: %s; %s", upstream, failed.message, failed.help)
