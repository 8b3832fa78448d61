"""The plan of action and milestones: valid by the official schema, one item a use, the same every time."""

import json
from typing import Any

import pytest
from tests.unit.report.stated import AT, poam_schema

from offramp.core.errors import OfframpError
from offramp.report import Document, render

ITEM: dict[str, Any] = {
    "id": "f_0123456789abcdef",
    "vendor": "example-a",
    "kind": "sdk-call",
    "path": "app/ma_in*.py",
    "line": 3,
    "message": "a client of example-a is made",
    "system": "desk",
    "owner": "R. Okafor",
    "state": "open",
    "lead_days": 21,
    "deadline": "2026-12-31T23:59:59Z",
    "start_by": "2026-12-10T23:59:59Z",
    "why": "order-1 asks for it",
    "clauses": ["“cease all use” (order-1)"],
    "seen_at": "2026-11-19T08:00:00Z",
}


def plan(*items: dict[str, Any]) -> Document:
    return Document(
        schema="offramp/plan/v1",
        title="plan of Harbor Works",
        at=AT,
        body={"items": list(items)},
        scope="uses in the workspace",
        method="as the last scan recorded them",
        gaps=("laptops",),
    )


def made(*items: dict[str, Any]) -> Any:
    return json.loads(render(plan(*items), "oscal-poam"))


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        ITEM | {"state": "moved", "line": 0, "system": None},
        ITEM | {"path": " a\nb\t`c`\x00", "owner": " R.\nOkafor ", "system": "  ", "message": "\n"},
        ITEM | {"deadline": None, "start_by": None, "why": None, "clauses": []},
    ],
)
def test_it_is_valid_by_the_official_schema(item: dict[str, Any]) -> None:
    whole = made(item)
    assert [one.message for one in poam_schema().iter_errors(whole)] == []
    for place, wrong in (("uuid", "x"), ("poam-items", []), ("more", 1)):
        broken = {"plan-of-action-and-milestones": whole["plan-of-action-and-milestones"] | {place: wrong}}
        assert not poam_schema().is_valid(broken)


def test_each_use_is_an_item_with_its_risk_and_milestone() -> None:
    whole = made(ITEM, ITEM | {"id": "f_2", "state": "moved"})["plan-of-action-and-milestones"]
    assert len(whole["poam-items"]) == 2
    risks = {one["uuid"]: one for one in whole["risks"]}
    first, second = (risks[one["related-risks"][0]["risk-uuid"]] for one in whole["poam-items"])
    assert (first["status"], first["deadline"]) == ("open", ITEM["deadline"])
    timing = first["remediations"][0]["tasks"][0]["timing"]["within-date-range"]
    assert timing == {"start": ITEM["start_by"], "end": ITEM["deadline"]}
    assert (second["status"], second["remediations"][0]["lifecycle"]) == ("closed", "completed")
    observed = {one["uuid"] for one in whole["observations"]}
    assert {one["related-observations"][0]["observation-uuid"] for one in whole["poam-items"]} == observed
    assert "Gap: laptops" in whole["metadata"]["remarks"]
    assert "not legal advice" in whole["metadata"]["remarks"].replace("Nothing here is", "not")


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert render(plan(ITEM), "oscal-poam") == render(plan(ITEM), "oscal-poam")


def test_a_plan_without_items_and_what_is_no_plan_are_refused() -> None:
    for document, code in (
        (plan(), 3),
        (Document(schema="x", title="", at=AT, body={}, scope="", method="", gaps=()), 2),
    ):
        with pytest.raises(OfframpError) as caught:
            render(document, "oscal-poam")
        assert (caught.value.code, caught.value.exit_code) == ("format-without-items", code)
