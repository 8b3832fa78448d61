"""Official schemas, and a workspace's scan with statements about it."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema_rs

from offramp.core.findings import (
    Confidence,
    Context,
    Coverage,
    Finding,
    FindingKind,
    Route,
    Scan,
    Serving,
)
from offramp.core.ids import SystemId, VendorId, finding_id
from offramp.core.instants import parse_instant
from offramp.evidence.statements import checking
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.predicates import Source, inventory, non_use, trial
from offramp.evidence.statements.statement import Statement, file_subject

AT = parse_instant("2026-11-20T12:00:00Z")
SOURCES = (
    Source(name="code", kind="tree", place=".", is_looked_at=True, note="3 files read"),
    Source(
        name="reseller",
        kind="supplier",
        place="Meridian Resale",
        is_looked_at=False,
        note="Meridian Resale has not answered",
    ),
)


def bill_schema(spec: str) -> jsonschema_rs.Draft7Validator:
    """The official schema of CycloneDX, formats on."""
    folder = resources.files("cyclonedx.schema") / "_res"

    def read(name: str) -> Any:
        return json.loads((folder / name).read_text(encoding="utf-8"))

    others = {
        f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json": read(f"{name}.SNAPSHOT.schema.json")
        for name in ("spdx", "jsf-0.82", "cryptography-defs")
    }
    return jsonschema_rs.Draft7Validator(
        read(f"bom-{spec}.SNAPSHOT.schema.json"),
        retriever=lambda uri: others[uri.partition("#")[0]],
        validate_formats=True,
    )


def poam_schema() -> Any:
    """The official schema of the OSCAL plan of action and milestones."""
    path = Path(__file__).parents[2] / "schemas" / "oscal-poam-1.2.3.schema.json"
    return jsonschema_rs.Draft7Validator(json.loads(path.read_text(encoding="utf-8")), validate_formats=True)


def use(vendor: str, kind: FindingKind, path: str, line: int = 1, **more: Any) -> Finding:
    """A use of an invented vendor."""
    return Finding(
        id=finding_id(VendorId(vendor), kind, path, str(line), 0),
        vendor=VendorId(vendor),
        kind=kind,
        context=Context.CODE,
        route=more.pop("route", Route.DIRECT),
        path=path,
        line=line,
        column=1,
        detector=kind.value,
        confidence=Confidence.CERTAIN,
        message=more.pop("message", f"a {kind.value} of {vendor}"),
        **more,
    )


def scanned() -> Scan:
    """Uses of every sort that a bill tells apart."""
    findings = (
        use("example-a", FindingKind.SDK_CALL, "app/main.py", 3, system=SystemId("desk")),
        use("example-a", FindingKind.MODEL_ID, "app/main.py", 4, model="aria-3", system=SystemId("desk")),
        use("example-a", FindingKind.DEPENDENCY, "requirements.txt", 1, message="`example-a` 1.2 (pypi)"),
        use("baidu", FindingKind.MODEL_ID, "serve.py", 2, model="open-1", serving=Serving.WEIGHTS),
        use("example-b", FindingKind.MENTION, "README.md", 1),
    )
    coverage = Coverage(files=3, bytes=900, sources=(".",))
    vendors = tuple(map(VendorId, ("example-a", "example-b", "baidu")))
    return Scan(findings=findings, coverage=coverage, vendors=vendors)


def head() -> Head:
    return Head(
        organisation="Harbor Works",
        by="A. Person",
        at=AT,
        instruments=("order-1",),
        rendered={"order-1": "0" * 64},
    )


def stated(statement: Statement) -> checking.Stated:
    """As it is read back from its envelope."""
    return checking.read(statement.payload())


def some_statements(scan: Scan) -> tuple[checking.Stated, ...]:
    """An inventory, a trial of the model that is used, and non-use with a gap."""
    results = [file_subject("results.csv", b"1,2")]
    measures = [("tool calls kept", "200", "196")]
    return (
        stated(inventory(scan, head())),
        stated(trial(("aria-3", "bolt-1"), 200, measures, "good enough", results, head())),
        stated(non_use("example-b", scan, SOURCES, (), head(), since="2026-11-20", with_gaps=True)),
    )
