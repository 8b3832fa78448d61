"""Counts and times for Prometheus. Each worker keeps its own in a file; whichever is asked adds them up.

Names follow OpenTelemetry's conventions for generative AI where they have one. No label holds what a caller
can choose freely: a model a caller named appears as its route.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from offramp.gateway.record import Ending, Record
from offramp.gateway.snapshot import Endpoint

if TYPE_CHECKING:
    pass

FOLDER: Final = "metrics"
CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
_SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_LABELS: Final = ("gen_ai_provider_name", "offramp_route", "offramp_upstream")
_KINDS: Final = ("cache_read", "cache_write", "reasoning")
_TOKENS: Final = tuple(float(4**power) for power in range(14))


class Metrics:
    """One worker's numbers. Made once a process."""

    def __init__(self, state: Path) -> None:
        self._folder = str(state / FOLDER)
        # The library chooses how it stores numbers when it is first imported.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = self._folder
        from prometheus_client import Counter, Histogram

        self._requests: Counter = Counter(
            "offramp_requests",
            "Requests that named a caller, by what came of them",
            ("offramp_application", "offramp_face", *_LABELS, "outcome", "status"),
            registry=None,
        )
        self._seconds: Histogram = Histogram(
            "gen_ai_server_request_duration_seconds",
            "From the request's head to the last byte of its answer",
            _LABELS,
            buckets=_SECONDS,
            registry=None,
        )
        self._first: Histogram = Histogram(
            "gen_ai_server_time_to_first_token_seconds",
            "From the request's head to the head of its streamed answer",
            _LABELS,
            buckets=_SECONDS,
            registry=None,
        )
        self._tokens: Histogram = Histogram(
            "gen_ai_client_token_usage",
            "Tokens of a request as the upstream counted them; what it did not say is not in here",
            (*_LABELS, "gen_ai_token_type"),
            buckets=_TOKENS,
            registry=None,
        )
        self._more: Counter = Counter(
            "offramp_tokens",
            "Tokens among those above that were read from a cache, written to one, or spent on reasoning",
            (*_LABELS, "kind"),
            registry=None,
        )
        self._unknown: Counter = Counter(
            "offramp_usage_unknown", "Answers whose upstream did not say its tokens", _LABELS, registry=None
        )
        self._losses: Counter = Counter(
            "offramp_losses", "Fields that a translation could not carry", ("effect",), registry=None
        )

    def observe(
        self, record: Record, endpoint: Endpoint | None, ending: Ending, seconds: float, first: float | None
    ) -> None:
        """One request is over."""
        labels = (str(endpoint.vendor) if endpoint else "", record.route, record.upstream)
        counted = (record.application, record.dialect, *labels, str(ending), str(record.status))
        self._requests.labels(*counted).inc()
        self._seconds.labels(*labels).observe(seconds)
        if first is not None:
            self._first.labels(*labels).observe(first)
        if ending in (Ending.ANSWERED, Ending.TRUNCATED):
            self._count_tokens(record, labels)
        for loss in record.losses:
            self._losses.labels(str(loss.effect)).inc()

    def exposition(self) -> bytes:
        """The text Prometheus reads: every worker's numbers, those of workers that ended included."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=self._folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry)

    def _count_tokens(self, record: Record, labels: tuple[str, str, str]) -> None:
        usage = record.usage
        if usage.input is None and usage.output is None:
            self._unknown.labels(*labels).inc()
        for kind, count in (("input", usage.input), ("output", usage.output)):
            if count is not None:
                self._tokens.labels(*labels, kind).observe(count)
        more = (usage.cache_read, usage.cache_write, usage.reasoning)
        for kind, count in zip(_KINDS, more, strict=True):
            if count:
                self._more.labels(*labels, kind).inc(count)


def prepare_metrics(state: Path) -> None:
    """An empty folder for a new run's numbers."""
    folder = state / FOLDER
    folder.mkdir(exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()
