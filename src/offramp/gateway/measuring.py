"""Numbers by OpenTelemetry's conventions for generative AI, sent by its protocol where somebody listens.

`OTEL_EXPORTER_OTLP_ENDPOINT` turns it on, as it does for spans; `OTEL_METRIC_EXPORT_INTERVAL` says how often.
Each worker sends its own, told apart by `service.instance.id`. No attribute holds what a caller can choose
freely: where a route takes any model's name, the name is left out.
"""

import os
from typing import TYPE_CHECKING, Any, Final

from offramp.core.ids import new_id
from offramp.gateway.record import Ending, Record
from offramp.gateway.snapshot import Endpoint
from offramp.gateway.tracing import EXTRA, operation_of, server_of
from offramp.upstream import require_extra

if TYPE_CHECKING:
    from opentelemetry.metrics import Histogram

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_SECONDS: Final = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
_FIRST: Final = (
    *(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
)
_TOKENS: Final = tuple(float(4**power) for power in range(14))
"""1, 4, 16, … 67,108,864: the boundaries the conventions advise, as the others are."""
ANY: Final = "*"


def is_measured() -> bool:
    """Whether the environment says where numbers go. Raises `extra-missing` where nothing could send them."""
    if os.environ.get("OTEL_METRICS_EXPORTER") == "none":
        return False
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return False
    require_extra(EXTRA)
    return True


class Measuring:
    """One worker's numbers, sent every so often beside the requests."""

    def __init__(self, service: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource

        resource = Resource.create(
            {
                "service.name": os.environ.get("OTEL_SERVICE_NAME", service),
                "service.instance.id": new_id("worker"),
            }
        )
        reader = PeriodicExportingMetricReader(OTLPMetricExporter())
        self._provider = MeterProvider([reader], resource, shutdown_on_exit=False)
        meter = self._provider.get_meter("offramp.gateway")

        def histogram(name: str, unit: str, about: str, bounds: tuple[float, ...]) -> "Histogram":
            return meter.create_histogram(name, unit, about, explicit_bucket_boundaries_advisory=bounds)

        self._operation = histogram(
            "gen_ai.client.operation.duration", "s", "Of requests that an upstream was asked", _SECONDS
        )
        self._tokens = histogram(
            "gen_ai.client.token.usage", "{token}", "As the upstream counted them", _TOKENS
        )
        self._request = histogram(
            "gen_ai.server.request.duration", "s", "From the request to the last byte of its answer", _SECONDS
        )
        self._first = histogram(
            "gen_ai.server.time_to_first_token", "s", "To the head of a streamed answer", _FIRST
        )

    def observe(
        self, record: Record, endpoint: Endpoint | None, ending: Ending, seconds: float, first: float | None
    ) -> None:
        """One request is over."""
        said = _attributes(record, endpoint)
        is_well = ending is Ending.ANSWERED
        failed = said if is_well else {**said, "error.type": record.code or str(ending)}
        self._request.record(seconds, failed)
        if record.upstream and ending is not Ending.REFUSED:
            self._operation.record(seconds, failed)
        if first is not None and is_well:
            self._first.record(first, said)
        for kind, count in (("input", record.usage.input), ("output", record.usage.output)):
            if count is not None:
                self._tokens.record(count, {**said, "gen_ai.token.type": kind})

    def close(self) -> None:
        """What was not sent yet is sent, or given up after the exporter's own time."""
        self._provider.shutdown()


def _attributes(record: Record, endpoint: Endpoint | None) -> dict[str, Any]:
    address, port = server_of(endpoint)
    is_free = record.route == ANY and record.model in ("", record.asked)
    found: dict[str, Any] = {
        "gen_ai.operation.name": operation_of(record),
        "gen_ai.provider.name": str(endpoint.vendor) if endpoint else None,
        "gen_ai.request.model": None if is_free else record.model[:200] or None,
        "server.address": address or None,
        "server.port": port,
        "offramp.route": record.route or None,
    }
    return {name: value for name, value in found.items() if value is not None}
