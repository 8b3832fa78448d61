"""The example record as ODRL: valid, and every instrument and norm is in it or named as lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from offramp.instruments import Instruments, Source, load
from offramp.instruments.odrl import Export, to_odrl
from offramp.instruments.odrl_terms import faults

FOLDER = Path(__file__).parents[3] / "examples" / "us-2026"


@pytest.fixture(scope="module")
def instruments() -> Instruments:
    return load(
        [Source(path.name, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))]
    )


@pytest.fixture(scope="module")
def export(instruments: Instruments) -> Export:
    return to_odrl(instruments)


def policies(export: Export) -> dict[str, Any]:
    return {
        node["uid"].removeprefix("urn:offramp:instrument:"): node
        for node in export.document["@graph"]
        if "uid" in node
    }


def test_the_example_is_valid_and_json(export: Export) -> None:
    assert faults(export.document) == ()
    assert json.loads(json.dumps(export.document)) == export.document


def test_everything_is_there_or_named(instruments: Instruments, export: Export) -> None:
    there = policies(export)
    named = {one.where for one in export.lost}
    for one in instruments.instruments.values():
        assert one.id in there or one.id in named
        for norm in one.norms if one.id in there else ():
            text = json.dumps(there[one.id])
            assert f"urn:offramp:norm:{norm.id}" in text or norm.id in named


def test_what_never_binds_is_left_out(instruments: Instruments, export: Export) -> None:
    for one in instruments.instruments.values():
        if not one.kind.can_bind:
            assert one.id not in policies(export)


def test_readings_stays_lifts_and_knowledge_are_named_in_the_file(export: Export) -> None:
    listed = export.document["@graph"][0]["offramp:lost"]
    said = " ".join(one["offramp:what"] for one in listed)
    for word in (
        "its readings",
        "what it stays",
        "lifts named prohibitions",
        "became known",
        "served on whom",
    ):
        assert word in said
    assert len(listed) == len(export.lost)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda policy: policy.pop("uid"), "without a uid"),
        (lambda policy: policy.update(conflict="permit"), "no conflict strategy"),
        (lambda policy: policy.update(prohibitions=[]), "no term prohibitions"),
        (lambda policy: policy["prohibition"][0].pop("action"), "no action"),
        (lambda policy: policy["prohibition"][0]["constraint"][0].update(operator="=="), "no operator"),
        (
            lambda policy: policy["prohibition"][0]["constraint"][0].update(leftOperand="day"),
            "no left operand",
        ),
        (lambda policy: policy.pop("prohibition"), "needs a rule"),
    ],
)
def test_what_is_not_odrl_is_found(instruments: Instruments, change: Any, fault: str) -> None:
    document = json.loads(json.dumps(to_odrl(instruments).document))
    (policy,) = [node for node in document["@graph"] if node.get("uid", "").endswith(":designation-3252")]
    change(policy)
    assert [one for one in faults(document) if fault in one]
