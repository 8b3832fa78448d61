"""`offramp scan` as a person runs it: thresholds, explanations, waivers, images, logs, formats."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROFILES = Path(__file__).parents[1] / "cases" / "profiles"
USE = "import example_a\nMODEL = 'aria-3'\n"


ORDER = """schema: offramp.instruments/v1
zone: America/New_York
instruments:
  - id: order-1
    kind: order
    title: Order
    issuer: an office
    basis: text
    source: {document: the order, date: 2026-02-27}
    issued: 2026-02-27
    from: 2026-02-27T17:01
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use, quote: stop}
"""


def findings(out: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(out)["findings"]
    return listed


@pytest.fixture
def scan(offramp: Callable[..., Any], here: Path) -> Callable[..., Any]:
    """Scans the current folder for the invented vendors."""
    (here / "app.py").write_text(USE, encoding="utf-8")

    def run(*arguments: str) -> Any:
        return offramp("scan", "--profiles", str(PROFILES), "--vendor", "example-a", "--no-cache", *arguments)

    return run


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [
        ((), 1),
        (("--fail-on", "kind=sdk-import"), 1),
        (("--fail-on", "kind=sdk-call"), 0),
        (("--fail-on", "kind=sdk-call", "--fail-on", "kind=model-id,confidence=likely"), 1),
        (("--fail-on", "vendor=example-b"), 0),
        (("--fail-on", "confidence=certain,vendor=example-a"), 1),
        (("--fail-on", "kind=nonsense"), 2),
        (("--fail-on", "certain"), 2),
        (("--exit-zero",), 0),
    ],
)
def test_thresholds_decide_the_exit_code(
    scan: Callable[..., Any], fail_on: tuple[str, ...], code: int
) -> None:
    assert scan(*fail_on).code == code


def test_a_finding_is_explained(scan: Callable[..., Any], here: Path) -> None:
    (here / "k.env").write_text("EXAMPLE_A_API_KEY=exa-9fK2mQ7xLp0aZr4TvB8nYc1D\n", encoding="utf-8")
    found = findings(scan("--format", "json").out)
    model = next(one for one in found if one["kind"] == "model-id")
    said = json.loads(scan("--explain", model["id"], "--format", "json").out)
    assert said["schema"] == "offramp/explanation/v1"
    assert said["excerpt"] == "MODEL = 'aria-3'"
    assert said["reasons"][0] == {
        "sign": "model",
        "text": "aria-3",
        "block": "models",
        "source": "https://example-a.example/models",
        "basis": "checked",
        "checked": "2026-01-01",
    }
    assert said["not_counted_if"]
    for one in found:
        shown = scan("--explain", one["id"])
        assert shown.code == 0
        assert "9fK2mQ7" not in shown.out + shown.err
    unknown = scan("--explain", "f_0")
    assert (unknown.code, "finding-unknown" in unknown.err) == (2, True)


def test_waivers_count_in_a_workspace_with_the_instrument(
    scan: Callable[..., Any], offramp: Callable[..., Any], here: Path
) -> None:
    (here / "app.py").write_text("M = 'aria-3'  # offramp: waive order-1 until 2026-06-30 booked\n", "utf-8")
    outside = scan("--format", "json", "--at", "2026-03-05")
    assert findings(outside.out)[0]["waiver"]["status"] == "unknown-instrument"
    assert outside.code == 1
    assert "waivers that do not count" in outside.out or json.loads(outside.out)["about"]["notes"]
    (here / "offramp.yaml").write_text(
        "schema: offramp/workspace/v1\norganisation: {name: Harbour, kinds: [company]}\n", encoding="utf-8"
    )
    (here / "instruments").mkdir()
    (here / "instruments" / "order.yaml").write_text(ORDER, encoding="utf-8")
    inside = scan("--no-record", "--format", "json", "--at", "2026-03-05")
    status = findings(inside.out)[0]["waiver"]["status"]
    if "instruments cannot be read" in inside.err:
        pytest.fail(inside.err)
    assert status == "live"
    assert inside.code == 0
    assert (
        findings(scan("--no-record", "--format", "json", "--at", "2026-07-01").out)[0]["waiver"]["status"]
        == "expired"
    )


def test_images_environments_bills_and_logs_beside_a_tree(scan: Callable[..., Any], here: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as layer:
        info = tarfile.TarInfo("srv/x.py")
        info.size = len(USE)
        layer.addfile(info, io.BytesIO(USE.encode()))
    with tarfile.open(here / "image.tar", "w") as image:
        manifest = json.dumps([{"Config": "c.json", "Layers": ["l.tar"], "RepoTags": []}]).encode()
        for name, data in (("c.json", b"{}"), ("l.tar", out.getvalue()), ("manifest.json", manifest)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            image.addfile(info, io.BytesIO(data))
    package = here / "env" / "site-packages" / "example_a-1.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Name: example-a\nVersion: 1\n", encoding="utf-8")
    (here / "p.csv").write_text("time,user,host\n2026-03-05,kim,api.example-a.example\n", encoding="utf-8")
    (here / "b.json").write_text(
        json.dumps(
            {"bomFormat": "CycloneDX", "components": [{"name": "example-a", "purl": "pkg:pypi/example-a@1"}]}
        ),
        encoding="utf-8",
    )
    named = ("--image", "image.tar", "--environment", "env", "--sbom", "b.json", "--logs", "p.csv")
    ran = scan(*named, "--format", "json")
    kinds = sorted(one["kind"] for one in findings(ran.out))
    assert kinds == ["dependency", "dependency", "log-traffic", "model-id", "sdk-import"]
    traffic = next(one for one in findings(ran.out) if one["kind"] == "log-traffic")["traffic"]
    assert traffic == {
        "log_format": "proxy-table",
        "caller": "kim",
        "requests": 1,
        "tokens": 0,
        "days": [{"day": "2026-03-05", "requests": 1}],
    }
    told = scan("image.tar", "--format", "json")
    assert {one["path"].split("!")[0] for one in findings(told.out)} == {"image.tar"}
    missing = scan("--image", "nowhere.tar")
    assert (missing.code, "path-missing" in missing.err) == (2, True)


@pytest.mark.parametrize("slug", ["text", "json", "csv", "html", "sarif", "cyclonedx"])
def test_every_format_is_given(scan: Callable[..., Any], here: Path, slug: str) -> None:
    ran = scan("--format", slug, "-o", "out.file")
    assert (ran.code, ran.out) == (1, "")
    assert (here / "out.file").read_text(encoding="utf-8").count("aria-3")


def test_declared_uses_end_on_their_day(scan: Callable[..., Any], here: Path) -> None:
    (here / "offramp.yaml").write_text(
        "schema: offramp/workspace/v1\norganisation: {name: Harbour, kinds: [company]}\n", encoding="utf-8"
    )
    (here / "declarations").mkdir()
    (here / "declarations" / "saas.yaml").write_text(
        "schema: offramp.declarations/v1\ndeclarations:\n"
        "  - {kind: sub-processor, vendor: anthropic, title: Desk, owner: K. Roe, source: their list,"
        " since: 2025-01-01, until: 2026-03-31}\n",
        encoding="utf-8",
    )

    def declared(at: str) -> tuple[list[str], list[str]]:
        ran = scan("--vendor", "anthropic", "--no-record", "--format", "json", "--at", at)
        body = json.loads(ran.out)
        left_out = [one["reason"] for one in body["coverage"]["skipped"]]
        return [one["kind"] for one in body["findings"] if one["kind"] == "declared"], left_out

    assert declared("2026-03-31") == (["declared"], [])
    assert declared("2026-04-01") == ([], ["declared to have ended on 2026-03-31"])
