"""Bills of materials for AI: valid by both official schemas, complete, and never without their gaps."""

import json
from typing import Any

import pytest
from tests.unit.report.stated import AT, SOURCES, bill_schema

from offramp.core.findings import Scan
from offramp.evidence.statements.checking import Stated
from offramp.report import render
from offramp.report.documents.ai_bom import ai_bom_document

SPECS = [("1.6", "cyclonedx"), ("1.7", "cyclonedx-17")]


def bill(scan: Scan, statements: tuple[Stated, ...], slug: str) -> Any:
    return json.loads(render(ai_bom_document("Harbor Works", scan, SOURCES, statements, AT), slug))


@pytest.mark.parametrize(("spec", "slug"), SPECS)
def test_it_is_valid_by_the_official_schema(
    scan: Scan, statements: tuple[Stated, ...], spec: str, slug: str
) -> None:
    made = bill(scan, statements, slug)
    errors = [f"{list(one.instance_path)}: {one.message}" for one in bill_schema(spec).iter_errors(made)]
    assert errors == []
    assert made["specVersion"] == spec
    for place, wrong in (
        (("components", 0, "type"), "model"),
        (("declarations", "attestations", 0, "map", 0, "conformance", "score"), 2),
        (("declarations", "affirmation", "signatories", 0), {"name": "A. Person"}),
        (("components", 0, "modelCard", "considerations", "useCases"), "any"),
    ):
        broken = json.loads(json.dumps(made))
        at = broken
        for step in place[:-1]:
            at = at[step]
        at[place[-1]] = wrong
        assert not bill_schema(spec).is_valid(broken), place


def test_references_are_unique_and_lead_somewhere(scan: Scan, statements: tuple[Stated, ...]) -> None:
    made = bill(scan, statements, "cyclonedx-17")
    references: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            references.extend([value["bom-ref"]] if "bom-ref" in value else [])
            for one in value.values():
                collect(one)
        elif isinstance(value, list):
            for one in value:
                collect(one)

    collect(made)
    assert len(references) == len(set(references))
    for claim in made["declarations"]["claims"]:
        named = [claim["target"], *claim["evidence"], *claim.get("counterEvidence", [])]
        assert set(named) <= set(references)
    for attested in made["declarations"]["attestations"][0]["map"]:
        assert {attested["requirement"], *attested["claims"]} <= set(references)


def test_models_have_cards_licences_and_places(scan: Scan, statements: tuple[Stated, ...]) -> None:
    made = bill(scan, statements, "cyclonedx")
    models = {one["name"]: one for one in made["components"] if one["type"] == "machine-learning-model"}
    assert set(models) == {"aria-3", "open-1"}
    aria = models["aria-3"]
    assert aria["evidence"]["occurrences"][0]["location"] == "app/main.py"
    assert aria["modelCard"]["considerations"]["users"] == ["desk"]
    metric = aria["modelCard"]["quantitativeAnalysis"]["performanceMetrics"][0]
    assert (metric["type"], metric["value"]) == ("tool calls kept", "200")
    assert "licenses" not in aria
    assert models["open-1"]["licenses"] == [{"license": {"id": "Apache-2.0", "acknowledgement": "declared"}}]


def test_a_claim_never_stands_without_its_gaps(scan: Scan, statements: tuple[Stated, ...]) -> None:
    made = bill(scan, statements, "cyclonedx")["declarations"]
    evidence = {one["bom-ref"]: one for one in made["evidence"]}
    for claim in made["claims"]:
        assert claim["counterEvidence"], claim
    (claim,) = [one for one in made["claims"] if one["predicate"].startswith("non use")]
    against = evidence[claim["counterEvidence"][0]]["description"]
    assert "reseller (Meridian Resale has not answered)" in against
    scores = {one["requirement"]: one["conformance"] for one in made["attestations"][0]["map"]}
    assert scores["requirement:sources"]["score"] == 0.5
    assert scores["requirement:suppliers"]["score"] == 0


def test_without_statements_nothing_is_claimed(scan: Scan) -> None:
    made = bill(scan, (), "cyclonedx")
    assert "declarations" not in made
    assert bill_schema("1.6").is_valid(made)
    gaps = [one["value"] for one in made["metadata"]["properties"] if one["name"] == "offramp:gap"]
    assert gaps[0] == "not looked at: reseller (Meridian Resale has not answered)"
