"""A line that counts: the organisation's own rule on how many persons, reached before the reader's eyes."""

import sys
from collections.abc import Mapping
from pathlib import Path

from offramp.cli.story.story import Story

RULE = """\
schema: offramp.instruments/v1
about: {title: A rule of its own, rendered_by: "the authors of offramp, as an example; nobody vouches for it"}

facts:
  persons_in_month:
    {type: int, min: 0, window: P30D, evidence: observed, default: 0, say: persons in thirty days}

instruments:
  - id: own-rule
    kind: usage_policy
    title: Work on records stays below two thousand persons in thirty days
    issuer: Harbor Safety Board
    basis: text
    source: {document: a rule the Board is supposed to have given itself, date: 2026-02-02}
    from: 2026-02-02
    norms:
      - id: records
        effect: prohibit
        binds: {kinds: [anyone]}
        vendor: any
        action: use
        when: context.purpose == "records" && context.persons_in_month >= 2000
        if_unknown: hold
        quote: no model is asked about two thousand persons or more in thirty days
"""

CLIENT = '''\
"""Asks about the holders of some licences, and says whom it asks about."""

import sys
import anthropic

model, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
holders = ",".join(f"licence-{number}" for number in range(first, last))
try:
    answer = anthropic.Anthropic(max_retries=0).messages.with_raw_response.create(
        model=model,
        max_tokens=8,
        messages=[{"role": "user", "content": "Which licences lapse this month?"}],
        extra_headers={"offramp-purpose": "records", "offramp-subjects": holders},
    )
    print(f"{answer.status_code}: {answer.headers['offramp-persons']}")
except anthropic.APIStatusError as error:
    print(f"{error.status_code}: {error.response.headers['offramp-persons']}")
    print(error.body["error"]["message"])
    sys.exit(1)
'''


def write_rule(workspace: Path) -> None:
    """The rule and the client are in the workspace."""
    folder = workspace / "instruments"
    folder.mkdir(exist_ok=True)
    (folder / "own-rule.yaml").write_text(RULE, "utf-8")
    (workspace / ".offramp" / "records.py").write_text(CLIENT, "utf-8")


def reach_it(story: Story, model: str, environment: Mapping[str, str]) -> None:
    """Three requests about 900 persons each: the first two go, the third would pass the line."""
    story.say(
        "\nThe Board's own rule counts: records of fewer than 2,000 persons in thirty days. The gateway "
        "counts keyed hashes, keeps no identifier, and stops when the upper bound reaches the line."
    )
    for first in (0, 900, 1800):
        words = (".offramp/records.py", model, str(first), str(first + 900))
        expect = (1,) if first == 1800 else (0,)
        shown = story.command(("python", *words), (sys.executable, *words), expect=expect, env=environment)
    story.result("offramp-subjects", f"a count reached its line: {shown.splitlines()[0]}")
