"""Upstreams that fail again and again are asked last for a while. One worker's own experience."""

import time
from collections.abc import Callable, Sequence
from typing import Final

from offramp.workspace import Target

FAILURES: Final = 5
"""So many in a row, and the upstream rests."""
REST_SECONDS: Final = 10.0


class Resting:
    """Who failed how often in a row. It only puts targets into another order: none is refused for it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._since: dict[str, float] = {}

    def failed(self, upstream: str) -> None:
        """It could not be reached, took too long or broke down. An error of the caller's is none of these."""
        self._failures[upstream] = self._failures.get(upstream, 0) + 1
        if self._failures[upstream] >= FAILURES:
            self._since[upstream] = self._clock()

    def worked(self, upstream: str) -> None:
        """It answered: whatever was before is forgotten."""
        if upstream in self._failures:
            self._failures.pop(upstream)
            self._since.pop(upstream, None)

    def ordered(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """`targets` with those that rest at the end, else as they were."""
        if not self._since:
            return tuple(targets)
        return tuple(sorted(targets, key=lambda target: self._rests(target.upstream)))

    def _rests(self, upstream: str) -> bool:
        # After its rest one failure more is enough for the next.
        since = self._since.get(upstream)
        return since is not None and self._clock() - since < REST_SECONDS
