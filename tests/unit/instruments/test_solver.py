"""The solver: what it answers, that no budget is no answer, and what a missing extra says."""

import subprocess
import sys
import time

import pytest

from offramp.instruments.formulas import ALWAYS, NEVER, at_least, every, flag, holds, negation, one_of, some
from offramp.instruments.solver import Attribute, Budget, Engine, Kind, Undecided

ATTRIBUTES = {
    "colour": Attribute(name="colour", kind=Kind.CHOICE, values=("red", "green", "blue")),
    "count": Attribute(name="count", kind=Kind.NUMBER, minimum=0, maximum=9),
    "late": Attribute(name="late", kind=Kind.FLAG),
}


def engine(seconds: float = 60.0, *, asks_twice: bool = False) -> Engine:
    return Engine(ATTRIBUTES, Budget(seconds, time.monotonic), asks_twice=asks_twice)


@pytest.mark.parametrize("asks_twice", [False, True])
def test_a_point_is_inside_its_bounds_and_no_is_no(asks_twice: bool) -> None:
    solver = engine(asks_twice=asks_twice).solver(at_least("count", 9), flag("late"))
    assert solver.can(one_of("colour", frozenset({"green", "blue"})), wants_point=True)
    point = solver.point(ATTRIBUTES)
    assert (point["count"], point["late"]) == (9, True)
    assert point["colour"] in {"green", "blue"}
    assert not solver.can(at_least("count", 10))
    assert not solver.can(negation(flag("late")))


def test_no_budget_is_no_answer() -> None:
    solver = engine(1e-9).solver(flag("late"))
    with pytest.raises(Undecided, match="budget"):
        solver.can()


def test_constants_are_folded_while_a_formula_is_built() -> None:
    late = flag("late")
    assert every(late, ALWAYS) is late
    assert every(late, NEVER) is NEVER
    assert some(late, ALWAYS) is ALWAYS
    assert every(late, negation(late)) is NEVER
    assert some(late, negation(late)) is ALWAYS
    assert negation(negation(late)) is late


def test_a_formula_is_tested_at_a_point_without_a_solver() -> None:
    formula = some(every(flag("late"), at_least("count", 3)), one_of("colour", frozenset({"red"})))
    assert holds(formula, {"late": True, "count": 3, "colour": "blue"})
    assert not holds(formula, {"late": True, "count": 2, "colour": "blue"})


@pytest.mark.parametrize(
    ("missing", "asks_twice", "code"),
    [("z3", "False", "extra-missing"), ("cvc5", "True", "second-solver-missing")],
)
def test_a_solver_that_is_not_installed_is_said_with_what_to_do(
    missing: str, asks_twice: str, code: str
) -> None:
    program = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from offramp.core.errors import OfframpError\n"
        "from offramp.instruments.solver import Budget, Engine\n"
        "try:\n"
        f"    Engine({{}}, Budget(1, lambda: 0.0), asks_twice={asks_twice})\n"
        "except OfframpError as error:\n"
        "    print(error.code, error.help)\n"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{code} ")
    assert "pip install" in said
