"""Every field of a norm is heard in its sentence."""

from typing import Any

import pytest
import yaml

from offramp.instruments import Source, load
from offramp.instruments.sentences import Saying, sayings

DOCUMENT = """\
schema: offramp.instruments/v1
zone: America/New_York
vocabulary:
  party_kinds: {school: [anyone], deputy: [anyone]}
  parties: {harbor-board: [civil_agency]}
  vendors: {example-a: [], model-line: [example-a]}
  actions: {remove: []}
facts:
  pilot: {type: bool, say: it is a pilot}
  grade: {type: enum, values: [low, high], evidence: judged, decided_by: the office}
  score: {type: int, min: 0}
readings:
  scope:
    question: How far?
    options:
      a: {by: one, text: all}
      b: {by: other, text: some}
instruments:
  - id: order
    kind: order
    title: Order
    issuer: an office
    basis: text
    source: {document: x}
    issued: 2030-01-08
    norms:
      - {id: other, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use, quote: x}
      - NORM
"""
PLAIN = {
    "id": "rule",
    "effect": "prohibit",
    "binds": {"kinds": ["company"]},
    "vendor": "example-a",
    "action": "use",
    "quote": "x",
}
LIFT = {"id": "rule", "effect": "permit", "strength": "lift", "overrides": ["order.other"], "quote": "x"}


def said(**fields: Any) -> tuple[Saying, ...]:
    base = LIFT if fields.get("strength") == "lift" else PLAIN
    norm = yaml.safe_dump({**base, **fields}, default_flow_style=True, width=10_000).strip()
    instruments = load([Source("order.yaml", DOCUMENT.replace("NORM", norm))])
    return sayings(instruments, instruments.norms["order.rule"], {"example-a": "Example A"})  # type: ignore[index]


ALWAYS = "Companies may not use Example A’s technology"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, f"{ALWAYS}."),
        ({"outcome": "hold"}, "Companies may use Example A’s technology only after a person has decided it."),
        ({"binds": {"kinds": ["anyone"]}}, "Nobody may use Example A’s technology."),
        (
            {"binds": {"kinds": ["school", "deputy"], "parties": ["harbor-board"]}},
            "Schools, deputies and harbor-board may not use Example A’s technology.",
        ),
        (
            {"binds": {"kinds": ["military_business"], "role": "any"}, "action": "commercial_activity"},
            "Contractors, suppliers and partners doing business with the military, and whoever acts through "
            "them, may not conduct any commercial activity with Example A.",
        ),
        (
            {"binds": {"kinds": ["supplier"], "role": "via"}},
            "Nobody may use Example A’s technology through suppliers of the military.",
        ),
        (
            {"vendor": "any", "action": ["use", "procure", "remove"]},
            "Companies may not use or buy any vendor’s technology or remove.",
        ),
        ({"action": "any", "vendor": "model-line"}, "Companies may not do anything with model-line."),
        ({"when": "context.pilot"}, f"{ALWAYS}, where it is a pilot."),
        (
            {"when": 'context.under == "dow"', "unless": "context.pilot && context.force"},
            f"{ALWAYS}, where the work is done under a contract of the Department, unless it is a pilot and "
            "it serves a use of force.",
        ),
        (
            {"when": 'context.grade == "high" || context.score > 1000'},
            f"{ALWAYS}, where the grade is “high” (as judged by the office) or the score is more than 1,000.",
        ),
        (
            {"when": "context.pilot && (context.force || !context.lawful)"},
            f"{ALWAYS}, where it is a pilot and (it serves a use of force or it is not lawful (as judged by "
            "the court)).",
        ),
        (
            {"when": '!["cloud", "edge"].contains(context.deployment) && context.us_persons >= 1'},
            f"{ALWAYS}, where the model does not run in a cloud or at the edge and it concerns at least one "
            "person in the United States.",
        ),
        (
            {"when": 'context has human && principal in Party::"contractor"'},
            f"{ALWAYS}, where it is stated what the human is and the user is among contractors of the "
            "military.",
        ),
        (
            {"when": 'context.via.contains("supplier")'},
            f"{ALWAYS}, where it is reached through a supplier of the military.",
        ),
        (
            {"when": "context.pilot", "if_unknown": "forbid"},
            f"{ALWAYS}, where it is a pilot. Where a fact this turns on is not known, it counts as "
            "prohibited.",
        ),
        (
            {"from": "2030-03-01", "until": "2030-06-30T17:01"},
            f"{ALWAYS}, from 1 March 2030, until 17:01 on 30 June 2030 (America/New_York).",
        ),
        (
            {"effect": "permit", "strength": "entitle", "binds": {"parties": ["harbor-board"]}},
            "harbor-board is entitled to use Example A’s technology.",
        ),
        (
            {"strength": "lift"},
            "As an exception to `order.other`, what it prohibits is allowed.",
        ),
        (
            {"strength": "lift", "binds": {"kinds": ["school"]}, "action": "use", "vendor": "example-a"},
            "As an exception to `order.other`, schools may use Example A’s technology.",
        ),
        (
            {
                "effect": "oblige",
                "action": "remove",
                "duty": {"within_days": 30, "towards": "the office", "proof": "a list"},
            },
            "Companies must remove as regards Example A within 30 days, that is by the end of 7 February "
            "2030, towards the office (shown by a list).",
        ),
    ],
)
def test_a_norm_is_said_in_full(fields: dict[str, Any], expected: str) -> None:
    texts = [one.text for one in said(**fields)]
    assert [texts[0][:1].upper() + texts[0][1:], *texts[1:]] == [expected[:1].upper() + expected[1:]]


def test_readings_that_say_the_same_stand_together() -> None:
    readings = {"scope": {"b": {"when": "context.pilot"}}}
    assert said(readings=readings) == (
        Saying(("scope=a",), f"{ALWAYS}."),
        Saying(("scope=b",), f"{ALWAYS}, where it is a pilot."),
    )
    assert said(readings={"scope": {"b": {"applies": False}}})[1].text == (
        "Under this reading there is no such rule."
    )
    assert said(readings={"scope": {"b": {"action": "use"}}}) == (Saying((), f"{ALWAYS}."),)
