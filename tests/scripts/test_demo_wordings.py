"""The step of the demo that compares wordings: real commands, and what they print; no model is needed."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from offramp.cli.story.bundled import CAST, copy_to
from offramp.cli.story.story import Story
from offramp.cli.story.wordings import compare, read_comparisons
from offramp.core.errors import OfframpError


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(copy_to(tmp_path / "story"), Console(file=io.StringIO(), width=120))


def test_each_comparison_prints_what_the_story_says(story: Story) -> None:
    comparisons = read_comparisons(story.folder.parent / CAST)
    compare(story, comparisons)
    assert [told.result for told in story.told] == [one.result for one in comparisons]
    assert len(comparisons) == 4


def test_a_comparison_that_prints_something_else_ends_the_story(story: Story) -> None:
    first = read_comparisons(story.folder.parent / CAST)[0]
    with pytest.raises(OfframpError) as caught:
        compare(story, [replace(first, prints=("something is newly forbidden;",))])
    assert caught.value.code == "demo-step-failed"
