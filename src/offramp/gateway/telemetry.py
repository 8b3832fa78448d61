"""What whoever watches the gateway is told of each request: numbers, a span, a line. Never a word of it."""

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from offramp.core.instants import format_instant, now
from offramp.gateway.measuring import Measuring, is_measured
from offramp.gateway.metrics import Metrics
from offramp.gateway.record import Ending, Record
from offramp.gateway.snapshot import Endpoint
from offramp.gateway.tracing import Tracing, is_traced


@dataclass(slots=True)
class Stopwatch:
    """The times of one request, on the process's own clock, in seconds."""

    headers: Mapping[str, str]
    """The request's, for its place in a trace."""
    started: float = field(default_factory=time.perf_counter)
    first: float | None = None
    """When the head of a streamed answer was sent."""

    def note(self, record: Record) -> None:
        """The record has the times up to now, in milliseconds."""
        record.took_ms = round((time.perf_counter() - self.started) * 1000)
        if record.is_stream and self.first is not None:
            record.first_ms = round((self.first - self.started) * 1000)


class Telemetry:
    """One worker's side of it."""

    def __init__(self, state: Path, organisation: str, *, logs_requests: bool) -> None:
        self._metrics = Metrics(state)
        self._tracing = Tracing(f"offramp {organisation}") if is_traced() else None
        self._measuring = Measuring(f"offramp {organisation}") if is_measured() else None
        self._logs_requests = logs_requests

    def observe(
        self, record: Record, endpoint: Endpoint | None, ending: Ending, stopwatch: Stopwatch
    ) -> None:
        """One request is over, as `record` says."""
        seconds = time.perf_counter() - stopwatch.started
        first = None if stopwatch.first is None else stopwatch.first - stopwatch.started
        self._metrics.observe(record, endpoint, ending, seconds, first)
        if self._measuring is not None:
            self._measuring.observe(record, endpoint, ending, seconds, first)
        if self._tracing is not None:
            ended_ns = int(now().timestamp() * 1e9)
            self._tracing.observe(record, endpoint, ending, stopwatch.headers, seconds, ended_ns)
        if self._logs_requests:
            sys.stderr.buffer.write(_line(record, ending, seconds))
            sys.stderr.buffer.flush()

    def count(self, name: str, told: str, names: tuple[str, ...], values: tuple[str, ...]) -> None:
        """One more of the counter `name`, which is `told` and has labels called `names`."""
        self._metrics.count(name, told, names, values)

    def exposition(self) -> bytes:
        """The numbers of all workers, for Prometheus."""
        return self._metrics.exposition()

    def close(self) -> None:
        """What waits to be sent or written is."""
        self._metrics.write()
        if self._tracing is not None:
            self._tracing.close()
        if self._measuring is not None:
            self._measuring.close()


def _line(record: Record, ending: Ending, seconds: float) -> bytes:
    told = {
        "at": format_instant(now()),
        "request_id": record.request_id,
        "application": record.application,
        "face": record.dialect,
        "route": record.route,
        "upstream": record.upstream,
        "outcome": str(ending),
        "status": record.status,
        "code": record.code,
        "milliseconds": round(seconds * 1000, 1),
        "input_tokens": record.usage.input,
        "output_tokens": record.usage.output,
        "losses": len(record.losses),
    }
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
