"""Files and functions stay small enough to read in one sitting. The gates may go down, not up."""

import ast
from typing import Any

import pytest

LONGEST_FILE = 500
LONGEST_TEST_FILE = 800
LONGEST_COMMAND = 200
LONGEST_FUNCTION = 80
MOST_PARAMETERS = 8


def functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_files_are_short(modules: tuple[Any, ...]) -> None:
    long = [
        f"{module.shown}: {lines} lines, at most {gate(module)}"
        for module in modules
        if (lines := module.text.count("\n")) > gate(module)
    ]
    assert not long, "split by what each part is about:\n" + "\n".join(long)


def gate(module: Any) -> int:
    """The most lines a module may have."""
    return LONGEST_COMMAND if module.name.startswith("offramp.cli.commands.") else LONGEST_FILE


def test_test_files_are_short(test_modules: tuple[Any, ...]) -> None:
    long = [
        f"{module.shown}: {lines} lines, at most {LONGEST_TEST_FILE}"
        for module in test_modules
        if (lines := module.text.count("\n")) > LONGEST_TEST_FILE
    ]
    assert not long, "split by the law or the case:\n" + "\n".join(long)


def test_functions_are_short(modules: tuple[Any, ...]) -> None:
    long = [
        f"{module.shown}:{function.lineno} {function.name}: {lines} lines, at most {LONGEST_FUNCTION}"
        for module in modules
        for function in functions(module.tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert not long, "give each step a name:\n" + "\n".join(long)


def test_functions_take_few_parameters(modules: tuple[Any, ...]) -> None:
    many = [
        f"{module.shown}:{function.lineno} {function.name}: {count}, at most {MOST_PARAMETERS}"
        for module in modules
        for function in functions(module.tree)
        if (count := parameters(function)) > MOST_PARAMETERS and not is_command_line(module, function)
    ]
    assert not many, "hand over one frozen value instead:\n" + "\n".join(many)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many values a caller hands over; `self` and `cls` are not handed over."""
    taken = function.args
    names = [argument.arg for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def is_command_line(module: Any, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command's parameters are its flags: the contract with users decides how many.

    A function of the command line is a command when it is registered, or its help has examples.
    """
    is_shown = "For example:\n  offramp " in (ast.get_docstring(function) or "")
    if module.name.startswith("offramp.cli.commands."):
        return is_shown or bool(function.decorator_list)
    return module.name.startswith("offramp.cli.") and is_shown


@pytest.mark.parametrize(
    ("source", "count"),
    [("def f(self, a, /, b, *c, d, **e): ...", 3), ("def f(): ...", 0), ("async def f(a, b=1): ...", 2)],
)
def test_parameters_are_counted(source: str, count: int) -> None:
    assert parameters(functions(ast.parse(source))[0]) == count
