"""A span a request, by OpenTelemetry's conventions for generative AI. On where its endpoint is configured.

The environment variables are OpenTelemetry's own: `OTEL_EXPORTER_OTLP_ENDPOINT` turns it on. A span holds
names, counts and verdicts, never a word of a conversation. A caller's `traceparent` becomes its parent;
nothing of it is sent to a vendor.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from offramp.dialects import Operation
from offramp.gateway.record import Ending, Record
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import require_extra

if TYPE_CHECKING:
    pass

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
EXTRA: Final = "telemetry"


def is_traced() -> bool:
    """Whether the environment says where spans go. Raises `extra-missing` where nothing could send them."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return False
    require_extra(EXTRA)
    return True


class Tracing:
    """One worker's spans, sent in batches beside the requests."""

    def __init__(self, service: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", service)})
        self._provider: TracerProvider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("offramp.gateway")

    def observe(
        self,
        record: Record,
        endpoint: Endpoint | None,
        ending: Ending,
        headers: Mapping[str, str],
        seconds: float,
        ended_ns: int,
    ) -> None:
        """One request is over; `ended_ns` is the time of the system clock."""
        from opentelemetry.trace import SpanKind, Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract(headers) if "traceparent" in headers else None
        span = self._tracer.start_span(
            f"{operation_of(record)} {record.model[:200] or record.asked[:200]}",
            context=parent,
            kind=SpanKind.CLIENT,
            start_time=ended_ns - int(seconds * 1e9),
            attributes=_attributes(record, endpoint, ending),
        )
        if ending is not Ending.ANSWERED:
            span.set_status(Status(StatusCode.ERROR, record.code or str(ending)))
        span.end(ended_ns)

    def close(self) -> None:
        """What was not sent yet is sent, or given up after the exporter's own time."""
        self._provider.shutdown()


def operation_of(record: Record) -> str:
    """The conventions' name of what was asked for."""
    return "embeddings" if record.operation == str(Operation.EMBED) else "chat"


def server_of(endpoint: Endpoint | None) -> tuple[str, int | None]:
    """The upstream's host and port, as far as its address says them."""
    if endpoint is None:
        return "", None
    parts = urlsplit(endpoint.url)
    return parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _attributes(record: Record, endpoint: Endpoint | None, ending: Ending) -> dict[str, str | int | bool]:
    usage = record.usage
    address, port = server_of(endpoint)
    found: dict[str, str | int | bool | None] = {
        "gen_ai.operation.name": operation_of(record),
        "gen_ai.provider.name": str(endpoint.vendor) if endpoint else None,
        "gen_ai.request.model": record.model[:200] or record.asked[:200],
        "gen_ai.response.model": record.served[:200] or None,
        "gen_ai.usage.input_tokens": usage.input,
        "gen_ai.response.id": record.upstream_answer_id[:200] or None,
        "gen_ai.request.stream": record.is_stream or None,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read,
        "gen_ai.usage.cache_creation.input_tokens": usage.cache_write,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
        "server.address": address or None,
        "server.port": port,
        "http.response.status_code": record.status or None,
        "error.type": None if ending is Ending.ANSWERED else record.code or str(ending),
        "offramp.request_id": record.request_id,
        "offramp.application": record.application,
        "offramp.route": record.route or None,
        "offramp.upstream": record.upstream or None,
        "offramp.outcome": str(ending),
        "offramp.losses": len(record.losses),
        "offramp.is_stream": record.is_stream,
    }
    admission = record.admission
    if admission is not None:
        found["offramp.decision"] = str(admission.outcome)
        found["offramp.norms"] = ", ".join(norm.id for norm in admission.norms[:10]) or None
    return {name: value for name, value in found.items() if value is not None}
