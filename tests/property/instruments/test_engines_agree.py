"""Law: Cedar, the compiled closure and the solver give one answer, whatever is missing or misread.

Here a part; `bench/instruments` asks 100,000 and 2,000 times.
"""

from random import Random

import pytest
from tests.property.instruments.agreement import closure_agrees, solver_agrees


@pytest.mark.parametrize("seed", range(6))
def test_the_closure_and_cedar_agree_in_answers_and_reasons(seed: int) -> None:
    assert closure_agrees(Random(seed), worlds=5, askers=6, requests=20) == 600


@pytest.mark.parametrize("seed", range(6))
def test_the_solver_and_cedar_agree(seed: int) -> None:
    assert solver_agrees(Random(seed), worlds=3, questions=10) == 30
