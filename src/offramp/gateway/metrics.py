"""Counts and times of one worker: kept in memory, written to a file of its own a moment later.

What they are called and how all workers' files become the text Prometheus reads is in `exposition.py`. No
label holds what a caller can choose freely: a model a caller named appears as its route.
"""

import asyncio
import os
import time
from bisect import bisect_left
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from offramp.gateway.exposition import SECONDS, TOKENS, Labels, Number, Series, Totals, exposition
from offramp.gateway.record import Ending, Record
from offramp.gateway.snapshot import Endpoint

FOLDER: Final = "metrics"
WRITE_SECONDS: Final = 0.2
"""A request is in the worker's file so much later, at most."""


class Metrics:
    """One worker's numbers. They live as long as the folder, which a new run empties."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER
        self._file = self._folder / f"{os.getpid()}.json"
        self._series: dict[Labels, Series] = {}
        self._losses: dict[str, int] = {}
        self._others: dict[tuple[str, str, tuple[str, ...]], dict[tuple[str, ...], int]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def observe(
        self, record: Record, endpoint: Endpoint | None, ending: Ending, seconds: float, first: float | None
    ) -> None:
        """One request is over."""
        labels = (
            record.application,
            record.dialect,
            endpoint.vendor if endpoint else "",
            record.route,
            record.upstream,
            ending.value,
            str(record.status),
        )
        series = self._series.get(labels)
        if series is None:
            series = self._series[labels] = Series(labels)
        series.requests += 1
        series.seconds += seconds
        series.buckets[bisect_left(SECONDS, seconds)] += 1
        if first is not None:
            series.first += first
            series.first_buckets[bisect_left(SECONDS, first)] += 1
        if ending is Ending.ANSWERED or ending is Ending.TRUNCATED:
            _count_tokens(record, series)
        for loss in record.losses:
            effect = str(loss.effect)
            self._losses[effect] = self._losses.get(effect, 0) + 1
        self._write_soon()

    def count(self, name: str, told: str, names: tuple[str, ...], values: tuple[str, ...]) -> None:
        """One more of the counter `name`, which is `told` and has labels called `names`."""
        counts = self._others.setdefault((name, told, names), {})
        counts[values] = counts.get(values, 0) + 1
        self._write_soon()

    def write(self) -> None:
        """The worker's file says all of it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        fresh = self._file.with_suffix(".new")
        others = [Number(*key, list(counts.items())) for key, counts in self._others.items()]
        totals = Totals(list(self._series.values()), self._losses, others)
        # Numbers are not worth a request: on a full disk they stay in memory until there is room.
        with suppress(OSError):
            fresh.write_bytes(msgspec.json.encode(totals))
            fresh.replace(self._file)

    def _write_soon(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_SECONDS, self.write)

    def exposition(self) -> bytes:
        """The text Prometheus reads: every worker's numbers, those of workers that ended included.

        Blocks for a moment, so that what is over by now is in every worker's file.
        """
        time.sleep(1.5 * WRITE_SECONDS)
        return exposition(self._folder)


def _count_tokens(record: Record, series: Series) -> None:
    usage = record.usage
    if usage.input is None and usage.output is None:
        series.unknown += 1
    if usage.input is not None:
        series.input += usage.input
        series.input_buckets[bisect_left(TOKENS, usage.input)] += 1
    if usage.output is not None:
        series.output += usage.output
        series.output_buckets[bisect_left(TOKENS, usage.output)] += 1
    series.cache_read += usage.cache_read or 0
    series.cache_write += usage.cache_write or 0
    series.reasoning += usage.reasoning or 0


def prepare_metrics(state: Path) -> None:
    """An empty folder for a new run's numbers."""
    folder = state / FOLDER
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
