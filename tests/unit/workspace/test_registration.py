"""What an application is registered as: read whole, and every problem with its place."""

from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.ids import ApplicationId
from offramp.workspace import load
from offramp.workspace.registration import Place, PlaceKind, Registration

HEAD = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [civil_agency]}
applications:
  desk:
    key: {env: DESK_KEY}
"""


def read(tmp_path: Path, registration: str) -> Registration:
    (tmp_path / "offramp.yaml").write_text(HEAD + registration, encoding="utf-8")
    found = load(tmp_path).applications[ApplicationId("desk")].registration
    assert found is not None
    return found


def test_everything_written_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        """\
    facts: {purpose: records, under: federal}
    registration:
      owner: Example Council
      purposes: [office, records]
      autonomy: supervises
      deployment: on_prem
      network: unclassified
      data_classes: [personal]
      tools: [look_up, send]
      consequential: [send]
      persons:
        - {header: X-Subjects, counts: [persons]}
        - {pointer: /metadata/subjects/*}
        - {tool: look_up, argument: /person}
        - {column: Person id}
""",
    )
    assert (found.owner, found.purposes, found.autonomy) == (
        "Example Council",
        ("office", "records"),
        "supervises",
    )
    assert found.facts == {
        "purpose": "office",
        "human": "supervises",
        "deployment": "on_prem",
        "network": "unclassified",
        "data_class": "personal",
    }
    assert found.persons == (
        Place(kind=PlaceKind.HEADER, name="x-subjects", counts=("persons",)),
        Place(kind=PlaceKind.POINTER, name="/metadata/subjects/*"),
        Place(kind=PlaceKind.ARGUMENT, name="/person", tool="look_up"),
        Place(kind=PlaceKind.COLUMN, name="Person id"),
    )
    application = load(tmp_path).applications[ApplicationId("desk")]
    assert application.facts["purpose"] == "records", "what `facts` says of a registered purpose is kept"
    assert application.facts["human"] == "supervises"


@pytest.mark.parametrize(
    ("registration", "code", "line"),
    [
        ("    registration: {owner: x}\n", "setting-missing", 6),
        ("    registration: {purposes: [a], autonomy: full}\n", "setting-value", 6),
        ("    registration: {purposes: [a], purpose: b}\n", "key-unknown", 6),
        ("    facts: {purpose: b}\n    registration: {purposes: [a]}\n", "registration-contradicts", 7),
        (
            "    facts: {human: none}\n    registration: {purposes: [a], autonomy: decides}\n",
            "registration-contradicts",
            7,
        ),
        ("    registration: {purposes: [a], persons: [{header: a, column: b}]}\n", "persons-place", 6),
        ("    registration: {purposes: [a], persons: [{argument: /a}]}\n", "persons-place", 6),
        ("    registration: {purposes: [a], persons: [{pointer: a}]}\n", "persons-pointer", 6),
        ("    registration: {purposes: [a], persons: [{header: a b}]}\n", "persons-header", 6),
    ],
)
def test_a_problem_has_its_place(tmp_path: Path, registration: str, code: str, line: int) -> None:
    with pytest.raises(OfframpError) as caught:
        read(tmp_path, registration)
    error = caught.value
    found = error.problems if isinstance(error, Problems) else (error,)
    assert [(one.code, one.where.line if one.where else 0) for one in found] == [(code, line)]
