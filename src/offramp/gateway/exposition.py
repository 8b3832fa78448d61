"""The text Prometheus reads, added up from the files of all workers (text format 0.0.4).

Names follow OpenTelemetry's conventions for generative AI where they have one.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

CONTENT_TYPE: Final = b"text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
TOKENS: Final = tuple(float(4**power) for power in range(14))

Labels = tuple[str, str, str, str, str, str, str]
_NAMES: Final = (
    "offramp_application",
    "offramp_face",
    "gen_ai_provider_name",
    "offramp_route",
    "offramp_upstream",
    "outcome",
    "status",
)
_WHERE: Final = _NAMES[2:5]
"""The labels that say where requests went."""


class Series(msgspec.Struct, array_like=True):
    """The numbers of requests that have everything in common that has a label."""

    labels: Labels
    requests: int = 0
    seconds: float = 0.0
    buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    """How many took at most so long, each in one bucket only; the last is of those beyond all bounds."""
    first: float = 0.0
    first_buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    input: int = 0
    input_buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(TOKENS) + 1))
    output: int = 0
    output_buckets: list[int] = msgspec.field(default_factory=lambda: [0] * (len(TOKENS) + 1))
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0
    unknown: int = 0
    """Answers whose upstream did not say its tokens."""


class Number(msgspec.Struct, array_like=True):
    """Something else that a part of the gateway counts."""

    name: str
    told: str
    names: tuple[str, ...]
    """Of its labels."""
    counts: list[tuple[tuple[str, ...], int]]


class Totals(msgspec.Struct, array_like=True):
    """One worker's numbers."""

    series: list[Series]
    losses: dict[str, int]
    """By effect."""
    others: list[Number] = msgspec.field(default_factory=list)


class _Histogram:
    def __init__(self, bounds: Sequence[float] = SECONDS) -> None:
        self.bounds = bounds
        self.buckets = [0] * (len(bounds) + 1)
        self.total = 0.0

    def add(self, buckets: Iterable[int], total: float) -> None:
        self.buckets = [one + other for one, other in zip(self.buckets, buckets, strict=True)]
        self.total += total


class _Sum:
    """All workers' numbers."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, ...], float] = {}
        self.seconds: dict[tuple[str, ...], _Histogram] = {}
        self.first: dict[tuple[str, ...], _Histogram] = {}
        self.tokens: dict[tuple[str, ...], _Histogram] = {}
        self.more: dict[tuple[str, ...], float] = {}
        self.unknown: dict[tuple[str, ...], float] = {}
        self.losses: dict[tuple[str, ...], float] = {}
        self.others: dict[str, tuple[Number, dict[tuple[str, ...], float]]] = {}

    def add(self, totals: Totals) -> None:
        for one in totals.series:
            where = one.labels[2:5]
            _count(self.requests, one.labels, one.requests)
            self.seconds.setdefault(where, _Histogram()).add(one.buckets, one.seconds)
            if any(one.first_buckets):
                self.first.setdefault(where, _Histogram()).add(one.first_buckets, one.first)
            counted = (("input", one.input_buckets, one.input), ("output", one.output_buckets, one.output))
            for kind, buckets, total in counted:
                if any(buckets):
                    self.tokens.setdefault((*where, kind), _Histogram(TOKENS)).add(buckets, total)
            for kind in ("cache_read", "cache_write", "reasoning"):
                if tokens := getattr(one, kind):
                    _count(self.more, (*where, kind), tokens)
            if one.unknown:
                _count(self.unknown, where, one.unknown)
        for effect, lost in totals.losses.items():
            _count(self.losses, (effect,), lost)
        for number in totals.others:
            _, counts = self.others.setdefault(number.name, (number, {}))
            for labels, more in number.counts:
                _count(counts, labels, more)

    def lines(self) -> Iterator[str]:
        yield from _counter(
            "offramp_requests", "Requests that named a caller, by what came of them", _NAMES, self.requests
        )
        yield from _histogram(
            "gen_ai_server_request_duration_seconds",
            "From the request's head to the last byte of its answer",
            _WHERE,
            self.seconds,
        )
        yield from _histogram(
            "gen_ai_server_time_to_first_token_seconds",
            "From the request's head to the head of its streamed answer",
            _WHERE,
            self.first,
        )
        yield from _histogram(
            "gen_ai_client_token_usage",
            "Tokens of a request as the upstream counted them; what it did not say is not in here",
            (*_WHERE, "gen_ai_token_type"),
            self.tokens,
        )
        yield from _counter(
            "offramp_tokens",
            "Tokens among those above that were read from a cache, written to one, or spent on reasoning",
            (*_WHERE, "kind"),
            self.more,
        )
        yield from _counter(
            "offramp_usage_unknown", "Answers whose upstream did not say its tokens", _WHERE, self.unknown
        )
        yield from _counter(
            "offramp_losses", "Fields that a translation could not carry", ("effect",), self.losses
        )
        for number, counts in self.others.values():
            yield from _counter(number.name, number.told, number.names, counts)


def exposition(folder: Path) -> bytes:
    """The sums of every worker's file in `folder`, as text."""
    summed = _Sum()
    for file in sorted(folder.glob("*.json")):
        summed.add(msgspec.json.decode(file.read_bytes(), type=Totals))
    return "".join(f"{line}\n" for line in summed.lines()).encode()


def _count(counts: dict[tuple[str, ...], float], labels: tuple[str, ...], more: float) -> None:
    counts[labels] = counts.get(labels, 0.0) + more


def _counter(
    name: str, told: str, names: tuple[str, ...], counts: dict[tuple[str, ...], float]
) -> Iterator[str]:
    if counts:
        yield from _head(f"{name}_total", told, "counter")
    for labels, value in counts.items():
        yield f"{name}_total{{{_pairs(names, labels)}}} {value}"


def _histogram(
    name: str, told: str, names: tuple[str, ...], found: dict[tuple[str, ...], _Histogram]
) -> Iterator[str]:
    if found:
        yield from _head(name, told, "histogram")
    for labels, histogram in found.items():
        pairs = _pairs(names, labels)
        below = 0
        bounds = (*(str(bound) for bound in histogram.bounds), "+Inf")
        for bound, count in zip(bounds, histogram.buckets, strict=True):
            below += count
            yield f'{name}_bucket{{{pairs},le="{bound}"}} {below}.0'
        yield f"{name}_count{{{pairs}}} {below}.0"
        yield f"{name}_sum{{{pairs}}} {histogram.total}"


def _head(name: str, told: str, kind: str) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"


def _pairs(names: tuple[str, ...], values: tuple[str, ...]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
