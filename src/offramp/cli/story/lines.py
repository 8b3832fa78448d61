"""A line that counts: the organisation's own rule on how many persons, reached before the reader's eyes."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from offramp.cli.story.story import Story

RULE = "own-rule"


def write_rule(workspace: Path) -> None:
    """The rule is among the workspace's instruments."""
    folder = workspace / "instruments"
    folder.mkdir(exist_ok=True)
    shutil.copy(workspace.parent / RULE / f"{RULE}.yaml", folder)


def reach_it(story: Story, model: str, environment: Mapping[str, str]) -> None:
    """Three requests about 900 persons each: the first two go, the third would pass the line."""
    story.say(
        "\nThe Board's own rule counts: records of fewer than 2,000 persons in thirty days. The gateway "
        "counts keyed hashes, keeps no identifier, and stops when the upper bound reaches the line."
    )
    for first in (0, 900, 1800):
        words = (f"../{RULE}/ask.py", model, str(first), str(first + 900))
        expect = (1,) if first == 1800 else (0,)
        shown = story.command(("python", *words), (sys.executable, *words), expect=expect, env=environment)
    story.result("offramp-subjects", f"a count reached its line: {shown.splitlines()[0]}")
