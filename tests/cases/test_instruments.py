"""Runs `instruments/*.md` as `offramp terms test` does; how they are written says `instruments/cases.py`."""

from pathlib import Path

import pytest

from offramp.instruments import Source, load
from offramp.instruments.cases import blocks_of, loading_problems, read_case, run

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "instruments").glob("*.md"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    case = read_case(text, path.name)
    sources = list(case.documents)
    for folder, _ in case.folders:
        sources += [Source(str(one), one.read_text()) for one in sorted((ROOT / folder).glob("*.yaml"))]
    assert case.asked or case.bound or case.problems, "a case asks something"
    if case.problems:
        assert loading_problems(sources, blocks_of(text)) == case.problems
    if case.asked or case.bound:
        unmet = [
            f"{one.where}: {one.text}: {one.differences}"
            for one in run(load(sources), case)
            if not one.is_met
        ]
        assert not unmet, "\n".join(unmet)
