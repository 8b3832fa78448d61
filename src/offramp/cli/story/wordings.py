"""The step of the bundled story that compares wordings, and checks what the comparison prints."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.cli.story.story import Story
from offramp.core.errors import Exit, OfframpError

FOLDER = Path("..", "wordings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One command about wordings, what it is about in plain words, and lines it must print."""

    why: str
    argv: tuple[str, ...]
    prints: tuple[str, ...]
    result: str


def read_comparisons(path: Path) -> tuple[Comparison, ...]:
    """The comparisons written in the file at `path`, in order."""
    told = tomllib.loads(path.read_text("utf-8"))
    return tuple(
        Comparison(
            why=one["why"],
            argv=tuple(one["command"]),
            prints=tuple(one["prints"]),
            result=one["result"],
        )
        for one in told["comparisons"]
    )


def compare(story: Story, comparisons: Sequence[Comparison]) -> None:
    """Run each comparison. Raises `demo-step-failed` where one does not print what it should."""
    for one in comparisons:
        story.say(f"\n{one.why}")
        argv = [str(FOLDER / word) if word.endswith(".yaml") else word for word in one.argv]
        printed = story.offramp("terms", *argv, expect=(Exit.OK, Exit.FOUND), lines=40)
        missing = [line for line in one.prints if line not in " ".join(printed.split())]
        if missing:
            raise OfframpError(
                "demo-step-failed",
                f"`offramp terms {' '.join(argv)}` did not print `{missing[0]}`",
                help="the output above says what it found instead",
                exit_code=Exit.INTERNAL,
            )
        story.result(f"terms {one.argv[0]}", one.result)
