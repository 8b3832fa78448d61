"""Every module says what lives in it, and is named for that."""

import ast
from typing import Any

BANNED_NAMES = frozenset(
    {
        "base",
        "common",
        "constants",
        "helper",
        "helpers",
        "manager",
        "managers",
        "misc",
        "types",
        "util",
        "utils",
    }
)
CORE = frozenset(
    {
        "digests",
        "errors",
        "findings",
        "ids",
        "instants",
        "periods",
        "secrets",
        "spans",
        "verdicts",
        "yaml_nodes",
        "yaml_values",
    }
)
MAY_CATCH_ALL = ("offramp.cli.main", "offramp.gateway.", "offramp.inventory.")
"""The three places where a broad `except` may stand: CLI top, gateway request, detector isolation."""

MAY_READ_ENVIRONMENT = (
    "offramp.cli.",
    "offramp.gateway.",
    "offramp.upstream.",
    "offramp.report.formats.text.",
)
"""The edges, and the colours of a terminal."""


def test_every_module_says_what_lives_here(modules: tuple[Any, ...], test_modules: tuple[Any, ...]) -> None:
    silent = [
        module.shown
        for module in (*modules, *test_modules)
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]
    assert not silent, "begin each with a docstring: what lives here, what does not:\n" + "\n".join(silent)


def test_modules_are_named_for_what_they_hold(modules: tuple[Any, ...]) -> None:
    vague = [module.shown for module in modules if module.name.rsplit(".", 1)[-1] in BANNED_NAMES]
    assert not vague, "name each for the thing it holds:\n" + "\n".join(vague)


def test_core_is_a_closed_list(modules: tuple[Any, ...]) -> None:
    core = {module.name.split(".")[2] for module in modules if module.name.startswith("offramp.core.")}
    assert core == CORE, (
        f"core has {sorted(core ^ CORE)} beside its list; put it in the room that uses it, "
        "or write a decision record and extend the list here and in core/__init__.py"
    )


def test_public_functions_say_what_is_true_afterwards(modules: tuple[Any, ...]) -> None:
    silent = [
        f"{module.shown}:{node.lineno} {node.name}"
        for module in modules
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert not silent, "add one sentence to each:\n" + "\n".join(silent)


def test_broad_excepts_stand_in_three_places_only(modules: tuple[Any, ...]) -> None:
    broad = [
        f"{module.shown}:{node.lineno}"
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and is_broad(node.type)
        and not module.name.startswith(MAY_CATCH_ALL)
        and not ends_in_raise(node)
    ]
    assert not broad, "catch what can be acted on:\n" + "\n".join(broad)


def is_broad(caught: ast.expr | None) -> bool:
    """A bare `except`, `Exception` or `BaseException`."""
    return caught is None or (isinstance(caught, ast.Name) and caught.id in {"Exception", "BaseException"})


def ends_in_raise(handler: ast.ExceptHandler) -> bool:
    """Cleaning up and raising again hides nothing."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_only_one_module_reads_the_system_clock(modules: tuple[Any, ...]) -> None:
    readers = [
        f"{module.shown}:{node.lineno}"
        for module in modules
        if module.name != "offramp.core.instants"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"now", "utcnow", "today"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"datetime", "date"}
    ]
    assert not readers, "take `at: Instant` or a Clock instead:\n" + "\n".join(readers)


def test_the_environment_is_read_at_the_edge(modules: tuple[Any, ...]) -> None:
    readers = [
        f"{module.shown}:{node.lineno}"
        for module in modules
        if not f"{module.name}.".startswith(MAY_READ_ENVIRONMENT)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
    ]
    assert not readers, "hand the value in from cli, gateway or upstream:\n" + "\n".join(readers)
