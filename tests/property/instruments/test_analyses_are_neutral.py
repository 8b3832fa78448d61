"""Law: renaming vendors renames what an analysis finds, and changes nothing else."""

import re
import time
from random import Random

import pytest
from tests.property.instruments import random_worlds

from offramp.instruments import Source, load
from offramp.instruments.analyses import Analysis, Budget, Profile, conflicts, hollow, readings

SWAPPED = {"example-a": "example-b", "example-a-line": "example-b-line", "example-b": "example-a"}


def verdicts(analysis: Analysis) -> set[tuple[str, tuple[str, ...]]]:
    assert analysis.is_decided
    return {(one.verdict, tuple(map(str, one.norms))) for one in analysis.results}


@pytest.mark.parametrize("seed", range(5))
def test_permuting_vendor_names_changes_no_verdict(seed: int) -> None:
    text = random_worlds.document(Random(seed), 2)
    renamed = re.sub("example-a-line|example-a|example-b", lambda hit: SWAPPED[hit[0]], text)
    before, after = (load([Source("x.yaml", one)]) for one in (text, renamed))
    for analysis in (conflicts, hollow, readings):
        found = [
            verdicts(analysis(side, profile=Profile(), budget=Budget(120, time.monotonic)))
            for side in (before, after)
        ]
        assert found[0] == found[1], analysis.__name__
