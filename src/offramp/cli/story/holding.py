"""A call that waits: the organisation's own rule asks for a person, and one decides."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from offramp.cli.story.lines import RULE
from offramp.cli.story.story import Story

DESK = """\
applications:
  licence-desk:
    key: {file: .offramp/keys/licence-desk}
    facts: {under: federal, existing_use: true, purpose: office, human: decides, deployment: cloud}
    registration:
      purposes: [office]
      consequential: [revoke_licence]
      tool_facts: {revoke_licence: {data_class: register}}
"""


def add_desk(workspace: Path, lead: str) -> None:
    """The workspace has one more application, with one tool that writes; `lead` decides about its calls."""
    file = workspace / "offramp.yaml"
    text = file.read_text("utf-8").replace("applications:\n", DESK, 1)
    file.write_text(f"{text}\nholds:\n  persons:\n    lead: {{name: {lead}, role: decides}}\n", "utf-8")


def hold_and_decide(story: Story, model: str, lead: str, environment: Mapping[str, str]) -> None:
    """A tool call is held, shown, approved, and given to the program that asked."""
    story.say(
        "\nA second line of the same rule: nothing is written into a register unless a person decided it. "
        "The model's call is held in its answer; the program asks again once somebody decided."
    )
    words = (f"../{RULE}/revoke.py", model)
    asked = (("python", *words), (sys.executable, *words))
    # The library's remarks about its vendor's models are no part of the story.
    quiet = {**environment, "PYTHONWARNINGS": "ignore::DeprecationWarning"}
    story.command(*asked, env=quiet)
    waiting = json.loads(story.quietly("holds", "--state", "pending", "--format", "json", expect=(4,)))
    id_ = waiting["holds"][-1]["id"]
    story.offramp("holds", "show", id_, "--by", lead, lines=30)
    story.offramp("decide", id_, "--approve", "--by", lead, "--reason", "the licence lapsed in May", lines=12)
    given = story.command(*asked, env=quiet)
    story.result("holds, decide", f"a call waited for a person, then: {given.splitlines()[0]}")
