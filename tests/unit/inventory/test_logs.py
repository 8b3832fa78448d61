"""Logs: counts by caller, model and day from every kind; what a record holds besides never comes out."""

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.errors import OfframpError
from offramp.core.findings import Finding, Scan
from offramp.inventory.logs import log_formats, scan_logs
from offramp.inventory.probe import Probe

KEY = "exa-9fK2mQ7xLp0aZr4TvB8nYc1D"
HOST = "api.example-a.example"
Write = Callable[[Mapping[str, str]], tuple[Path, ...]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes logs into a folder of the test's own."""

    def run(files: Mapping[str, str]) -> tuple[Path, ...]:
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tuple(tmp_path / name for name in files)

    return run


def said(one: Finding) -> str:
    """Vendor, route, caller, model, requests and days of a finding."""
    assert one.traffic is not None
    days = " ".join(f"{day or '?'}={number}" for day, number in one.traffic.days)
    return f"{one.vendor} {one.route} {one.traffic.caller} {one.model or '-'} {one.traffic.requests}: {days}"


def all_said(found: Scan) -> list[str]:
    return sorted(said(one) for one in found.findings)


SQUID = (
    f"1772700000.123    200 10.0.0.7 TCP_TUNNEL/200 3900 CONNECT {HOST}:443 - HIER_DIRECT/203.0.113.9 -\n"
    f"1772700001.123    200 10.0.0.7 TCP_TUNNEL/200 3900 CONNECT {HOST}:443 - HIER_DIRECT/203.0.113.9 -\n"
    f"1772790000.123    200 10.0.0.8 TCP_MISS/200 3900 POST https://{HOST}/v1/x?key={KEY} - HIER_DIRECT/- -\n"
    "1772700002.123    200 10.0.0.7 TCP_TUNNEL/200 3900 CONNECT elsewhere.example:443 - HIER_DIRECT/- -\n"
)
COMBINED = (
    f'{HOST} 10.0.0.7 - kim [05/Mar/2026:10:00:00 +0000] "POST /v1/models/aria-3:run HTTP/1.1" 200 5\n'
    f'{HOST} 10.0.0.7 - kim [05/Mar/2026:23:30:00 -0200] "POST /v1/chat HTTP/1.1" 200 5\n'
)
HAPROXY = (
    "Mar  5 10:00:00 edge haproxy[14]: 10.0.0.7:33317 [05/Mar/2026:10:00:00.655] front be/app1 "
    f'10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {{{HOST}|x}} "POST /v1/chat HTTP/1.1"\n'
)
BIND = (
    f"05-Mar-2026 10:00:00.123 queries: info: client @0x7f 10.0.0.7#53124 ({HOST}): "
    f"query: {HOST} IN A +E(0)K (10.0.0.1)\n"
)
FLOW = "2 123456789010 eni-1235b8ca 10.0.0.7 203.0.113.9 49152 443 6 10 840 1772700000 1772700060 ACCEPT OK\n"
FLOW_FIELDS = (
    "start action pkt-dstaddr srcaddr dstaddr\n"
    "1772700000 ACCEPT 198.51.100.7 10.0.0.7 10.0.0.1\n"
    "1772700000 ACCEPT 198.51.100.129 10.0.0.7 10.0.0.1\n"
    "1772700000 REJECT 198.51.100.7 10.0.0.8 10.0.0.1\n"
    "- - - - -\n"
)
RESOLVER = json.dumps(
    {
        "query_timestamp": "2026-03-05T10:00:00Z",
        "query_name": f"{HOST}.",
        "srcaddr": "10.0.0.7",
        "answers": [{"Rdata": "203.0.113.9", "Type": "A", "Class": "IN"}],
    }
)
CLOUDTRAIL = json.dumps(
    {
        "Records": [
            {
                "eventTime": "2026-03-05T10:00:00Z",
                "eventSource": "bedrock.amazonaws.com",
                "eventName": name,
                "userIdentity": {"arn": "arn:aws:iam::123456789012:user/kim"},
                "requestParameters": {"modelId": "examplea.aria-3-v1:0"},
            }
            for name in ("InvokeModel", "Converse", "ListFoundationModels")
        ]
        + [{"eventTime": "2026-03-05T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "GetObject"}]
    }
)
GOOGLE = json.dumps(
    {
        "timestamp": "2026-03-05T10:00:00.123Z",
        "protoPayload": {
            "serviceName": "aiplatform.googleapis.com",
            "methodName": "google.cloud.aiplatform.v1.PredictionService.RawPredict",
            "authenticationInfo": {"principalEmail": "kim@example.org"},
            "resourceName": "projects/p/locations/l/publishers/example-a/models/aria-3",
        },
    }
)
AZURE = json.dumps(
    {
        "records": [
            {
                "time": "2026-03-05T10:00:00Z",
                "operationName": "ChatCompletions_Create",
                "resourceId": "/SUBSCRIPTIONS/X",
                "category": "RequestResponse",
                "callerIpAddress": "10.0.0.***",
                "properties": {"modelName": "aria-3", "modelDeploymentName": "desk"},
            }
        ]
    }
)
OTEL = json.dumps(
    {
        "resourceSpans": [
            {
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "00",
                                "spanId": "01",
                                "name": "chat",
                                "startTimeUnixNano": "1772704800000000000",
                                "attributes": [
                                    {"key": "gen_ai.system", "value": {"stringValue": "example-a"}},
                                    {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
                                    {"key": "gen_ai.request.model", "value": {"stringValue": "aria-3"}},
                                    {"key": "enduser.id", "value": {"stringValue": "kim"}},
                                    {"key": "server.address", "value": {"stringValue": HOST}},
                                ],
                            }
                        ]
                    }
                ]
            }
        ]
    }
)
LITELLM = json.dumps(
    {
        "call_type": "acompletion",
        "model": "bedrock/examplea.aria-3-v1",
        "custom_llm_provider": "bedrock",
        "startTime": "2026-03-05T10:00:00",
        "api_key": KEY,
        "metadata": {"user_api_key_alias": "desk"},
        "total_tokens": 40,
    }
)
ENTRIES = json.dumps(
    {
        "entries": [
            {
                "type": "traffic",
                "at": "2026-03-05T10:00:00Z",
                "actor": "desk",
                "data": {
                    "application": "desk",
                    "upstream": "u",
                    "model": "local-135m",
                    "decision": {"vendor": "example-a"},
                },
            }
        ]
    }
)
CSV = (
    f"datetime,login,ehost,eurl,action\n2026-03-05 10:00:00,kim,{HOST},{HOST}/v1?api_key={KEY},Allowed\n"
    "2026-03-05 10:00:01,kim,elsewhere.example,elsewhere.example/,Allowed\n"
)
CASES = {
    "squid.log": (SQUID, "squid", [
        "example-a direct 10.0.0.7 - 2: 2026-03-05=2", "example-a direct 10.0.0.8 - 1: 2026-03-06=1",
    ]),
    "access.log": (COMBINED, "combined", [
        "example-a direct 10.0.0.7 - 1: 2026-03-06=1", "example-a direct 10.0.0.7 aria-3 1: 2026-03-05=1",
    ]),
    "haproxy.log": (HAPROXY, "haproxy", ["example-a direct 10.0.0.7 - 1: 2026-03-05=1"]),
    "queries.log": (BIND, "dns-text", ["example-a direct 10.0.0.7 - 1: 2026-03-05=1"]),
    "resolver.json": (RESOLVER, "route53-resolver", ["example-a direct 10.0.0.7 - 1: 2026-03-05=1"]),
    "trail.json": (CLOUDTRAIL, "cloudtrail", [
        "example-a bedrock arn:aws:iam::123456789012:user/kim examplea.aria-3-v1:0 2: 2026-03-05=2",
    ]),
    "google.jsonl": (GOOGLE, "google-audit", ["example-a vertex kim@example.org aria-3 1: 2026-03-05=1"]),
    "azure.json": (AZURE, "azure-diagnostics", ["example-a azure 10.0.0.*** aria-3 1: 2026-03-05=1"]),
    "spans.json": (OTEL, "otel-spans", ["example-a direct kim aria-3 1: 2026-03-05=1"]),
    "litellm.jsonl": (LITELLM, "litellm", ["example-a bedrock desk examplea.aria-3-v1 1: 2026-03-05=1"]),
    "entries.json": (ENTRIES, "offramp-entries", ["example-a unknown desk - 1: 2026-03-05=1"]),
    "fields.log": (FLOW_FIELDS, "vpc-flow-fields", ["example-a direct 10.0.0.7 - 1: 2026-03-05=1"]),
    "zia.csv": (CSV, "proxy-table", ["example-a direct kim - 1: 2026-03-05=1"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_kind_is_recognised_and_counted(probe: Probe, write: Write, name: str) -> None:
    text, kind, expected = CASES[name]
    found = scan_logs(write({name: text}), probe)
    assert all_said(found) == expected, found.coverage
    assert {one.traffic.log_format for one in found.findings if one.traffic} == {kind}
    assert not found.coverage.unreadable
    assert "9fK2mQ7" not in str(found)
    named = scan_logs(write({name: text}), probe, kind)
    assert all_said(named) == expected


def test_every_format_has_a_case() -> None:
    tested = {kind for _, kind, _ in CASES.values()}
    assert set(log_formats()) - tested == {
        "bedrock-invocations",
        "gateway-export",
        "otel-flat",
        "records",
        "vpc-flow",
    }


@pytest.mark.parametrize(
    ("record", "kind", "expected"),
    [
        (
            {"schemaType": "Log", "modelId": "examplea.aria-3-v1", "operation": "Converse",
             "timestamp": "2026-03-05T10:00:00Z", "identity": {"arn": "arn:x"}},
            "bedrock-invocations",
            "example-a bedrock arn:x examplea.aria-3-v1 1: 2026-03-05=1",
        ),
        (
            {"ai_org": "example-a", "ai_model": "aria-3", "created_at": "2026-03-05T10:00:00Z",
             "metadata": {"_user": "k"}},
            "gateway-export",
            "example-a unknown k aria-3 1: 2026-03-05=1",
        ),
        (
            {"attributes": {"gen_ai.request.model": "aria-3", "user.id": "k"}, "timestamp": 1772704800},
            "otel-flat",
            "example-a unknown k aria-3 1: 2026-03-05=1",
        ),
        (
            {"ts": "2026-03-05T10:00:00+02:00", "user": "k", "url": f"https://{HOST}/v1", "requests": 7},
            "records",
            "example-a direct k - 7: 2026-03-05=7",
        ),
    ],
)  # fmt: skip
def test_other_json_records(
    probe: Probe, write: Write, record: dict[str, object], kind: str, expected: str
) -> None:
    found = scan_logs(write({"log.jsonl": json.dumps(record) + "\n"}), probe)
    assert all_said(found) == [expected]
    assert found.findings[0].traffic is not None
    assert found.findings[0].traffic.log_format == kind


def test_addresses_are_named_by_a_name_servers_log(probe: Probe, write: Write) -> None:
    alone = scan_logs(write({"flow.log": FLOW}), probe)
    assert alone.findings == ()
    assert "address no name server's log here explains" in alone.coverage.skipped[0].reason
    found = scan_logs(write({"flow.log": FLOW, "dns.json": RESOLVER}), probe)
    assert {one.path.rpartition("/")[2] for one in found.findings} == {"flow.log", "dns.json"}
    assert all(one.confidence == "likely" for one in found.findings)


def test_addresses_are_named_by_the_networks_a_vendor_publishes(probe: Probe, write: Write) -> None:
    refused = FLOW.replace("ACCEPT", "REJECT").replace("203.0.113.9", "198.51.100.9")
    empty = "2 123456789010 eni-1235b8ca - - - - - - - 1772700000 1772700060 - NODATA\n"
    lines = [
        FLOW.replace("203.0.113.9", address)
        for address in ("198.51.100.9", "198.51.100.200", "2001:db8:a::9")
    ]
    found = scan_logs(write({"flow.log": "".join(lines) + refused * 5 + empty * 9}), probe)
    assert [one.message for one in found.findings] == [
        "10.0.0.7 looked up or reached `198.51.100.0/25` once, 2026-03-05",
        "10.0.0.7 looked up or reached `2001:db8:a::/48` once, 2026-03-05",
    ]
    assert [one.reason.split()[0] for one in found.coverage.skipped] == ["1"]
    assert not found.coverage.unreadable


@pytest.mark.parametrize("how", ["gz", "zst", "parquet"])
def test_compressed_and_parquet(probe: Probe, tmp_path: Path, how: str) -> None:
    plain = tmp_path / "plain.csv"
    plain.write_text(CSV, encoding="utf-8")
    path = tmp_path / f"log.csv.{how}" if how != "parquet" else tmp_path / "log.parquet"
    if how == "gz":
        path.write_bytes(gzip.compress(CSV.encode()))
    else:
        options = "FORMAT parquet" if how == "parquet" else "FORMAT csv, COMPRESSION zstd"
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT * FROM read_csv('{plain}', all_varchar = true)) TO '{path}' ({options})"
            )
    assert all_said(scan_logs([path], probe)) == ["example-a direct kim - 1: 2026-03-05=1"]


def test_callers_that_are_keys_are_digests(probe: Probe, write: Write) -> None:
    callers = [KEY, "deadbeef" * 5, "kim"]
    text = "".join(json.dumps({"user": one, "host": HOST}) + "\n" for one in callers)
    found = scan_logs(write({"a.jsonl": text}), probe)
    shown = sorted(one.traffic.caller for one in found.findings if one.traffic)
    assert shown[2] == "kim"
    assert all(one.startswith("key ") for one in shown[:2])
    assert "9fK2mQ7" not in str(found)


def test_a_clouds_service_without_a_model_is_counted_apart(probe: Probe, write: Write) -> None:
    text = json.dumps({"user": "k", "host": "bedrock-runtime.us-east-1.amazonaws.com"}) + "\n"
    found = scan_logs(write({"a.jsonl": text * 3}), probe)
    assert found.findings == ()
    assert "3 requests to `bedrock-runtime` that do not say whose model" in found.coverage.skipped[0].reason


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("empty.log", "", "empty"),
        ("a.csv", "one,two\n1,2\n", "no column is called like"),
        ("a.parquet", "PAR1 but not really", "DuckDB cannot read it"),
    ],
)
def test_what_is_no_log_is_named(probe: Probe, write: Write, name: str, text: str, reason: str) -> None:
    found = scan_logs(write({name: text, "good.csv": CSV}), probe)
    assert len(found.findings) == 1
    assert reason in found.coverage.unreadable[0].reason


def test_lines_that_do_not_fit_are_counted(probe: Probe, write: Write) -> None:
    found = scan_logs(write({"squid.log": SQUID + "what is this\n"}), probe)
    assert found.coverage.unreadable[0].reason == "1 records or lines that are not squid"
    found = scan_logs(write({"a.jsonl": RESOLVER + "\n{broken\n" + RESOLVER + "\n"}), probe)
    assert "1 records or lines" in found.coverage.unreadable[0].reason


def test_an_unknown_kind_is_an_error(probe: Probe, write: Write) -> None:
    with pytest.raises(OfframpError, match="no kind of log `squib`") as raised:
        scan_logs(write({"squid.log": SQUID}), probe, "squib")
    assert "squid" in raised.value.help


def test_a_name_with_wildcards_reads_no_other_file(probe: Probe, write: Write) -> None:
    (one, _) = write({"a[1]*.csv": "host,user\nx.example,k\n", "a1.csv": CSV})
    assert scan_logs([one], probe).findings == ()


PIECES = [SQUID, CSV, CLOUDTRAIL, OTEL, FLOW, BIND, "\n", "{", "[", "\x00", '"', ","]


@settings(max_examples=60, deadline=None)
@given(
    data=st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.one_of(
                st.sampled_from(PIECES),
                st.text(max_size=6),
            ),
            max_size=8,
        ).map(lambda parts: "".join(parts).encode("utf-8", "replace")),
    ),
    name=st.sampled_from(["a.log", "a.csv", "a.json", "a.jsonl.gz", "a.parquet", "a.csv.zst"]),
)
def test_no_bytes_break_a_log(
    probe: Probe, tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / name
    path.write_bytes(data)
    found = scan_logs([path], probe)
    assert "9fK2mQ7" not in str(found)
