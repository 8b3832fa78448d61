"""Questions about formulas, answered by Z3: the only module that imports a solver.

An answer is yes with a point, no, or not decided; running out of budget is never read as no. A "no" can be
put to a second solver, cvc5. Formulas are `formulas.py`; what they mean is `worlds/`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from offramp.core.errors import OfframpError
from offramp.instruments.formulas import (
    All,
    AtLeast,
    Constant,
    Flag,
    Formula,
    Not,
    NotBelow,
    OneOf,
    Some,
)

LONGEST_CHECK_SECONDS = 3600.0


class Kind(StrEnum):
    """What an attribute can be."""

    CHOICE = "choice"
    FLAG = "flag"
    NUMBER = "number"


Value = str | bool | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One thing that can differ between two points of a world."""

    name: str
    kind: Kind
    values: tuple[str, ...] = ()
    """Of a choice, ordinary ones first."""
    minimum: int | None = None
    maximum: int | None = None
    default: Value | None = None
    """The ordinary value."""


class Undecided(Exception):
    """The budget ran out, or the solver could not tell, or two solvers disagree."""


@dataclass(slots=True)
class Budget:
    """How many seconds an analysis may take; the clock is handed in."""

    seconds: float
    clock: Callable[[], float]
    started: float = field(init=False)

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def left(self) -> float:
        """Seconds left, not below nothing."""
        return max(0.0, self.seconds - (self.clock() - self.started))


class Engine:
    """Translates formulas over some attributes, once each."""

    def __init__(self, attributes: Mapping[str, Attribute], budget: Budget, *, asks_twice: bool = False):
        self.z3 = _z3()
        self.attributes = attributes
        self.budget = budget
        self.second = _cvc5() if asks_twice else None
        self._variables: dict[str, Any] = {}
        self._codes: dict[str, dict[str, int]] = {}
        self._made: dict[Formula, Any] = {}
        self.bounds: dict[str, Any] = {}

    def solver(self, *formulas: Formula) -> "Solver":
        """A solver that holds `formulas` true."""
        made = Solver(self)
        made.add(*formulas)
        return made

    def translate(self, formula: Formula) -> Any:
        """The formula in the solver's own terms."""
        found = self._made.get(formula)
        if found is None:
            found = self._made[formula] = self._translated(formula)
        return found

    def _translated(self, formula: Formula) -> Any:
        z3 = self.z3
        match formula:
            case Constant(value):
                return z3.BoolVal(value)
            case Flag(name):
                return self.variable(name)
            case OneOf(name, values):
                return self._one_of(name, values)
            case AtLeast(name, bound):
                return self.variable(name) >= bound
            case NotBelow(name, other):
                return self.variable(name) >= self.variable(other)
            case Not(part):
                context = z3.main_ctx()
                return z3.BoolRef(z3.Z3_mk_not(context.ref(), self.translate(part).as_ast()), context)
            case All(parts):
                return self._joined(z3.Z3_mk_and, parts)
            case Some(parts):
                return self._joined(z3.Z3_mk_or, parts)

    def _joined(self, make: Any, parts: tuple[Formula, ...]) -> Any:
        # The module's own And and Or look at every part again: most of the time of a large formula.
        context = self.z3.main_ctx()
        terms = [self.translate(part).as_ast() for part in parts]
        return self.z3.BoolRef(make(context.ref(), len(terms), (self.z3.Ast * len(terms))(*terms)), context)

    def _one_of(self, name: str, values: frozenset[str]) -> Any:
        variable = self.variable(name)
        codes = sorted(self._codes[name][value] for value in values)
        runs: list[list[int]] = []
        for code in codes:
            if runs and runs[-1][1] == code - 1:
                runs[-1][1] = code
            else:
                runs.append([code, code])
        last = len(self._codes[name]) - 1
        return self.z3.Or([self._run(variable, low, high, last) for low, high in runs])

    def _run(self, variable: Any, low: int, high: int, last: int) -> Any:
        if low == high:
            return variable == low
        bounds = ([variable >= low] if low > 0 else []) + ([variable <= high] if high < last else [])
        return self.z3.And(bounds)

    def variable(self, name: str) -> Any:
        """The solver's variable of an attribute; its bounds go into every solver made later."""
        found = self._variables.get(name)
        if found is None:
            attribute = self.attributes[name]
            match attribute.kind:
                case Kind.FLAG:
                    found = self.z3.Bool(name)
                case Kind.CHOICE:
                    found = self.z3.Int(name)
                    self._codes[name] = {value: code for code, value in enumerate(attribute.values)}
                    self.bounds[name] = self.z3.And(found >= 0, found < len(attribute.values))
                case Kind.NUMBER:
                    found = self.z3.Int(name)
                    bounds = [found >= attribute.minimum] if attribute.minimum is not None else []
                    bounds += [found <= attribute.maximum] if attribute.maximum is not None else []
                    if bounds:
                        self.bounds[name] = self.z3.And(bounds)
            self._variables[name] = found
        return found

    def value(self, model: Any, name: str) -> Value:
        """What an attribute is in a model."""
        attribute = self.attributes[name]
        found = model.eval(self.variable(name), model_completion=True)
        match attribute.kind:
            case Kind.FLAG:
                return bool(self.z3.is_true(found))
            case Kind.CHOICE:
                return attribute.values[int(found.as_long())]
            case Kind.NUMBER:
                return int(found.as_long())


class Solver:
    """Holds formulas true and answers whether more can be."""

    __slots__ = ("_bounded", "_engine", "_model", "_solver", "_told")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._solver = engine.z3.SimpleSolver()
        self._bounded: set[str] = set()
        self._told: float | None = None

    def add(self, *formulas: Formula) -> None:
        """Hold `formulas` true from now on."""
        for formula in formulas:
            self._assert([self._engine.translate(formula)])
        self._bound()

    def can(self, *assumed: Formula, wants_point: bool = False) -> bool:
        """Whether some point makes everything held and `assumed` true. Raises `Undecided`."""
        engine = self._engine
        terms = [engine.translate(one) for one in assumed]
        self._bound()
        left = engine.budget.left
        if left <= 0:
            raise Undecided("the budget ran out")
        self._limit(left)
        # Pushing is quicker than assuming: what is assumed stays in the solver's tables.
        self._solver.push()
        try:
            self._assert(terms)
            answer = self._solver.check()
            if answer == engine.z3.sat:
                self._model = self._solver.model() if wants_point else None
                return True
            if answer == engine.z3.unsat:
                if engine.second is not None:
                    _confirm(engine.second, self._solver.to_smt2())
                return False
        finally:
            self._solver.pop()
        raise Undecided("the budget ran out" if engine.budget.left <= 0 else "the solver could not tell")

    def point(self, names: Iterable[str]) -> dict[str, Value]:
        """What the attributes were when `can` last said yes and wanted a point."""
        return {name: self._engine.value(self._model, name) for name in names}

    def _assert(self, terms: Iterable[Any]) -> None:
        z3 = self._engine.z3
        for term in terms:
            z3.Z3_solver_assert(self._solver.ctx.ref(), self._solver.solver, term.as_ast())

    def _limit(self, left: float) -> None:
        """Give the solver the time left; told again only when it is much less than it was told before."""
        if self._told is None or left < self._told / 2:
            self._told = left
            self._solver.set("timeout", max(1, int(min(left, LONGEST_CHECK_SECONDS) * 1000)))

    def _bound(self) -> None:
        for name, bounds in self._engine.bounds.items():
            if name not in self._bounded:
                self._bounded.add(name)
                self._assert([bounds])


def _z3() -> Any:
    try:
        import z3
    except ImportError:
        raise OfframpError(
            "extra-missing",
            "not installed: `z3-solver`, of the `solver` extra",
            help="pip install 'offramp[solver]'",
        ) from None
    return z3


def _cvc5() -> Any:
    try:
        import cvc5
    except ImportError:
        raise OfframpError(
            "second-solver-missing",
            "not installed: `cvc5`, which the second opinion asks",
            help="pip install cvc5, or leave out --second-opinion",
        ) from None
    return cvc5


def _confirm(cvc5: Any, text: str) -> None:
    """Nothing, where cvc5 too finds that no point exists. Raises `Undecided`."""
    solver = cvc5.Solver()
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, f"(set-logic ALL)\n{text}", "question")
    symbols = parser.getSymbolManager()
    said = ""
    while not (command := parser.nextCommand()).isNull():
        said = command.invoke(solver, symbols) or said
    if said.strip() != "unsat":
        raise Undecided(f"a second solver answers {said.strip() or 'nothing'} where the first says no")
