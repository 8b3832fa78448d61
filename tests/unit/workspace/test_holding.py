"""The section `holds`: who decides, how many, for how long; every slip of the pen has its place."""

from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.verdicts import HumanRole
from offramp.workspace import load, load_instruments

HEAD = """\
schema: offramp/workspace/v1
organisation: {name: Example Company, kinds: [company]}
applications:
  desk:
    key: {env: KEY}
    facts: {force: false}
    registration: {purposes: [office], consequential: [open_valve]FACTS}
"""


def workspace(root: Path, holds: str, facts: str = "") -> Path:
    (root / "offramp.yaml").write_text(HEAD.replace("FACTS", facts) + holds)
    return root


def codes(root: Path, holds: str) -> list[str]:
    with pytest.raises(OfframpError) as caught:
        load(workspace(root, holds))
    found = caught.value.problems if isinstance(caught.value, Problems) else (caught.value,)
    return [one.code for one in found]


def test_what_is_said_is_read(tmp_path: Path) -> None:
    holds = """\
holds:
  persons:
    ana: {name: Ana Abe, role: decides, key: {env: ANA}}
    ben: {name: Ben Bo, role: supervises, applications: [desk]}
  approvals: {desk: 1}
  waiting_minutes: 5
  webhook: {url: "https://tickets.example/hook", key: {env: HOOK}}
"""
    read = load(workspace(tmp_path, holds)).holding
    assert [person.id for person in read.named("desk", HumanRole.SUPERVISES)] == ["ana", "ben"]
    assert [person.id for person in read.named("lab", HumanRole.SUPERVISES)] == ["ana"]
    assert (read.waiting_minutes, read.approval_minutes, read.needed("desk"), read.needed("lab")) == (
        5,
        15,
        1,
        1,
    )
    assert [ref.env for ref in read.secrets] == ["ANA", "HOOK"]


@pytest.mark.parametrize(
    ("holds", "code"),
    [
        ("holds: {persons: {ana: {name: A, role: none}}}", "role-none"),
        ("holds: {persons: {ana: {name: A, role: decides, applications: [lab]}}}", "applications-unknown"),
        ("holds: {persons: {ana: {name: A, role: decides}}, approvals: {desk: 2}}", "approvals-unreachable"),
        (
            "holds: {persons: {ana: {name: Ana Abe, role: decides}, abe: {name: ANA  ABE, role: decides}}}",
            "person-twice",
        ),
        (
            'holds: {persons: {ana: {name: A, role: decides}, b: {name: "\\u200bAna", role: decides}}}',
            "person-twice",
        ),
        ("holds: {approvals: {lab: 1}}", "approvals-unknown"),
        ("holds: {persons: {ana: {name: A, role: decides, key: secret}}}", "secret-written-out"),
        ('holds: {webhook: {url: "ftp://x", key: {env: K}}}', "webhook-url"),
    ],
)
def test_slips_are_named(tmp_path: Path, holds: str, code: str) -> None:
    assert code in codes(tmp_path, holds)


def test_a_fact_of_a_tool_must_be_one_the_instruments_know(tmp_path: Path) -> None:
    load_instruments(load(workspace(tmp_path, "", ", tool_facts: {open_valve: {force: true}}")))
    with pytest.raises(OfframpError) as caught:
        load_instruments(load(workspace(tmp_path, "", ", tool_facts: {open_valve: {forse: true}}")))
    assert "forse" in str(caught.value.render())
