"""What a running gateway tells those who watch it: numbers over all workers, spans, and a line a request."""

import http.server
import json
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from tests.gateway.conftest import files_below

AT = ("--at", "2030-06-15T12:00:00Z")
SECRET = "a sentence nobody else may read"


class Collector(http.server.BaseHTTPRequestHandler):
    """Takes spans and numbers as OpenTelemetry's protocol has them."""

    spans: list[Any]
    metrics: ClassVar[dict[str, Any]] = {}
    """The newest of each name and worker."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/metrics":
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                names = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
                for scope in resource.scope_metrics:
                    for metric in scope.metrics:
                        self.metrics[f"{names['service.instance.id']} {metric.name}"] = metric
            self.send_response(200)
            self.end_headers()
            return
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture(scope="module")
def collector() -> Iterator[tuple[str, list[Any]]]:
    """A collector's address and the spans it got."""
    spans: list[Any] = []
    handler = type("Own", (Collector,), {"spans": spans})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def own(
    launch: Any, workspace: Any, collector: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    root = workspace(tmp_path_factory.mktemp("telemetry"))
    env = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector[0],
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_METRIC_EXPORT_INTERVAL": "300",
    }
    running = launch(root, "--workers", "2", "--log-requests", *AT, env=env)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def ask(own: Any, post: Any) -> Any:
    def send(model: str, key: str = "desk", text: str = SECRET, stream: bool = False, **headers: str) -> Any:
        body: dict[str, Any] = {"model": model, "max_tokens": 9}
        body["messages"] = [{"role": "user", "content": text}]
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        whole = {"authorization": f"Bearer {own.keys[key]}", **headers}
        return post(f"{own.url}/v1/chat/completions", json.dumps(body).encode(), whole)

    return send


def numbers(own: Any) -> dict[str, float]:
    with urllib.request.urlopen(f"{own.url}/-/metrics") as answer:
        assert answer.headers["content-type"].startswith("text/plain")
        lines = answer.read().decode().splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines if line[:1] not in ("#", ""))
    }


def total(found: dict[str, float], name: str, *labels: str) -> float:
    return sum(
        value
        for key, value in found.items()
        if key.startswith(name + "{") and all(label in key for label in labels)
    )


def test_numbers_add_up_over_all_workers(own: Any, ask: Any, wait_until: Any) -> None:
    before = numbers(own)
    for _ in range(12):
        assert ask("model-a").status == 200
    assert ask("model-a", key="lab").status == 403
    name = "gen_ai_server_request_duration_seconds_count"
    after: dict[str, float] = {}

    def has_all() -> bool:
        after.update(numbers(own))
        return total(after, name) - total(before, name) == 13

    wait_until(has_all)

    def more(name: str, *labels: str) -> float:
        return total(after, name, *labels) - total(before, name, *labels)

    route = 'offramp_route="model-a"'
    assert more("offramp_requests_total", route, 'outcome="answered"', 'status="200"') == 12
    assert more("offramp_requests_total", 'outcome="refused"', 'offramp_application="lab"') == 1
    assert more("gen_ai_server_request_duration_seconds_count", route) == 13
    assert more("gen_ai_client_token_usage_sum", 'gen_ai_token_type="output"') == 12 * 7
    assert SECRET not in json.dumps(after)


def test_a_span_says_who_answered_and_has_the_callers_trace_as_its_parent(
    own: Any, ask: Any, collector: Any, wait_until: Any
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    ask("model-a", traceparent=f"00-{trace}-00f067aa0ba902b7-01")

    def found() -> list[Any]:
        return [span for span in collector[1] if span.trace_id.hex() == trace]

    wait_until(found)
    (span,) = found()
    told = {pair.key: pair.value for pair in span.attributes}
    assert span.name == "chat a-large"
    assert span.kind == 3  # a client's
    assert told["gen_ai.provider.name"].string_value == "example-a"
    assert told["gen_ai.request.model"].string_value == "a-large"
    assert told["gen_ai.usage.output_tokens"].int_value == 7
    assert told["server.address"].string_value == "127.0.0.1"
    assert told["offramp.outcome"].string_value == "answered"
    assert SECRET not in str(span)


def test_a_refusal_is_a_span_with_an_error(own: Any, ask: Any, collector: Any, wait_until: Any) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4737"
    ask("model-a", key="lab", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    wait_until(lambda: any(span.trace_id.hex() == trace for span in collector[1]))
    (span,) = [span for span in collector[1] if span.trace_id.hex() == trace]
    told = {pair.key: pair.value for pair in span.attributes}
    assert told["error.type"].string_value == "norm-forbids"
    assert told["offramp.norms"].string_value == "order-1.stop"


def test_a_line_a_request_without_a_word_of_it(own: Any, ask: Any) -> None:
    answer = ask("model-a")
    log: Path = own.log
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line["request_id"] == answer.headers["offramp-request-id"]]
    assert (line["outcome"], line["upstream"], line["output_tokens"]) == ("answered", "a", 7)
    assert SECRET not in log.read_text()


def test_a_gateway_that_nobody_traces_needs_nothing_for_it(gateway: Any) -> None:
    assert total(numbers(gateway), "offramp_requests_total") >= 0


CONVENTION = {
    "gen_ai.client.operation.duration": "s",
    "gen_ai.client.token.usage": "{token}",
    "gen_ai.server.request.duration": "s",
    "gen_ai.server.time_to_first_token": "s",
}


def told() -> dict[str, Any]:
    """What the collector has by now; more may come while it is looked at."""
    return dict(Collector.metrics)


def points(name: str, **attributes: str) -> list[Any]:
    """The points of a number with these attributes, over all workers."""
    found = [metric for key, metric in told().items() if key.endswith(f" {name}")]
    return [
        point
        for metric in found
        for point in metric.histogram.data_points
        if attributes.items() <= {pair.key: pair.value.string_value for pair in point.attributes}.items()
    ]


def test_numbers_go_out_by_the_conventions(own: Any, ask: Any, wait_until: Any) -> None:
    assert ask("model-a").status == 200
    assert ask("model-a", stream=True).status == 200
    assert ask("model-a", key="lab").status == 403
    common = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "example-a",
        "gen_ai.request.model": "a-large",
    }
    wait_until(lambda: points("gen_ai.server.time_to_first_token", **common))
    wait_until(lambda: points("gen_ai.server.request.duration", **{"error.type": "norm-forbids"}))
    wait_until(lambda: all(points(name, **common) for name in CONVENTION))
    units = {key.split(" ")[1]: metric.unit for key, metric in told().items()}
    assert units == CONVENTION
    for kind in ("input", "output"):
        (first, *_) = points("gen_ai.client.token.usage", **common, **{"gen_ai.token.type": kind})
        assert list(first.explicit_bounds[:4]) == [1, 4, 16, 64]
        assert first.sum == first.count * (11 if kind == "input" else 7)
    assert not points("gen_ai.client.operation.duration", **{"error.type": "norm-forbids"})
    names = {
        pair.key
        for metric in told().values()
        for point in metric.histogram.data_points
        for pair in point.attributes
    }
    assert names <= {
        "gen_ai.operation.name",
        "gen_ai.provider.name",
        "gen_ai.request.model",
        "gen_ai.token.type",
        "server.address",
        "server.port",
        "error.type",
        "offramp.route",
    }


def test_the_text_for_prometheus_is_what_its_own_parser_reads(own: Any, ask: Any, wait_until: Any) -> None:
    ask("model-a")
    wait_until(lambda: "gen_ai_client_token_usage" in own.metrics())
    families = {family.name: family for family in text_string_to_metric_families(own.metrics())}
    assert families["gen_ai_client_token_usage"].type == "histogram"
    assert families["offramp_requests"].type == "counter"
    for family in families.values():
        assert family.documentation
        assert family.samples
        for sample in family.samples:
            assert all(value.isprintable() for value in sample.labels.values())


def test_a_word_of_a_conversation_is_nowhere(own: Any, ask: Any, collector: Any, wait_until: Any) -> None:
    canary = "zanzibar-canary-1893"
    trace = "4bf92f3577b34da6a3ce929d0e0e4738"
    sent = ask("model-a", text=canary, stream=True, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert sent.status == 200
    wait_until(lambda: any(span.trace_id.hex() == trace for span in collector[1]))
    assert canary not in own.log.read_text()
    assert canary not in own.metrics()
    assert canary not in str([span for span in collector[1] if span.trace_id.hex() == trace])
    assert canary not in str(told())
    assert not [path for path, data in files_below(own.root / ".offramp") if canary.encode() in data]
