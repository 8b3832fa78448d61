"""What went wrong towards an upstream, for its owner: with the address and what to do about it."""

import logging
import time
from typing import Final

from offramp.upstream import UpstreamFailed

QUIET_SECONDS: Final = 60.0
"""The same trouble is said again after this long."""
MOST: Final = 256

_REFUSED: Final = {
    401: "look whether the upstream's `key` or `auth` is still good",
    402: "look at the account that the upstream's `key` belongs to",
    403: "look at what the upstream's `key` or `auth` is allowed to do",
    404: "look at the upstream's `url` and `dialect`, and whether it has the target's `model`",
}

log = logging.getLogger("offramp.gateway")


class TroubleLog:
    """One worker's. A server that is gone must not fill the disk."""

    def __init__(self) -> None:
        self._said: dict[tuple[str, str], float] = {}

    def note(self, upstream: str, failed: UpstreamFailed) -> None:
        """It is said, unless it was just now."""
        self._say(upstream, failed.message, failed.help)

    def refused(self, upstream: str, status: int) -> None:
        """The upstream answers, and says that the way it was asked is wrong: no caller can mend that."""
        message = f"it answered with status {status}, which is this gateway's fault and no caller's"
        self._say(upstream, message, _REFUSED[status])

    def _say(self, upstream: str, message: str, help_: str) -> None:
        at = time.monotonic()
        what = (upstream, message)
        if at - self._said.get(what, -QUIET_SECONDS) < QUIET_SECONDS:
            return
        if len(self._said) >= MOST:
            self._said.clear()
        self._said[what] = at
        log.warning("upstream `%s`: %s; %s", upstream, message, help_)
