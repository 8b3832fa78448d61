"""A room is entered by its door, each door is small, and only one room dials out."""

import ast
from collections.abc import Iterator
from importlib import import_module
from typing import Any

WIDEST_DOOR = 15
OPEN_ROOMS = ("offramp.core.", "offramp.store.schema")
"""Modules every room may import directly: core's nouns and the one list of tables."""
SECOND_DOORS = (
    "offramp.dialects.answer_bounds.",
    "offramp.dialects.embedding.",
    "offramp.dialects.frames.",
    "offramp.dialects.recorded.",
    "offramp.dialects.limits.",
    "offramp.dialects.stateful.",
    "offramp.evidence.statements.",
    "offramp.instruments.analyses.",
    "offramp.instruments.authorship.",
    "offramp.instruments.calendar.",
    "offramp.instruments.cases.",
    "offramp.instruments.changes.",
    "offramp.instruments.counting.",
    "offramp.instruments.drafting.",
    "offramp.instruments.model.",
    "offramp.instruments.odrl.",
    "offramp.instruments.odrl_terms.",
    "offramp.instruments.sentences.",
    "offramp.instruments.timeline.",
    "offramp.instruments.vocabulary.",
    "offramp.plan.following.",
    "offramp.recordings.exchanges.",
    "offramp.report.attribution.",
    "offramp.report.documents.",
    "offramp.upstream.signatures.",
    "offramp.upstream.tokens.",
    "offramp.upstream.way.",
    "offramp.vendors.models.",
    "offramp.workspace.allowances.",
    "offramp.workspace.documents.",
    "offramp.workspace.reaching.",
    "offramp.workspace.registration.",
    "offramp.workspace.observing.",
    "offramp.workspace.holding.",
    "offramp.workspace.rules.",
)
"""Modules that are entered one at a time, so that a command loads only what it is about."""
DIALS_OUT = frozenset(
    {
        "aiohttp",
        "ftplib",
        "http.client",
        "httpx",
        "requests",
        "smtplib",
        "urllib.request",
        "urllib3",
        "websockets",
    }
)


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, inside functions too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module
            yield from (
                (node.lineno, f"{node.module}.{alias.name}")
                for alias in node.names
                if not is_exported(node.module, alias.name)
            )


def is_exported(module: str, name: str) -> bool:
    """The door exports `name`: importing it is not climbing in, even where a module is called the same."""
    is_room = module.startswith("offramp.") and module.count(".") == 1
    return is_room and name in getattr(import_module(module), "__all__", ())


def test_rooms_are_entered_by_their_doors(modules: tuple[Any, ...]) -> None:
    names = {module.name for module in modules}
    climbed_in = [
        f"{module.shown}:{line} imports {name}"
        for module in modules
        for line, name in imported(module.tree)
        if name in names
        and name.count(".") > 1
        and name.split(".")[1] != module.room
        and module.name != "offramp.__main__"
        and not f"{name}.".startswith((*OPEN_ROOMS, *SECOND_DOORS))
        and name not in OPEN_ROOMS
    ]
    assert not climbed_in, "import from `offramp.<room>`, and export it there:\n" + "\n".join(climbed_in)


def test_doors_are_small_and_say_what_they_export(rooms: tuple[str, ...]) -> None:
    wide = []
    for room in rooms:
        if room in {"cli", "core"}:
            continue
        door = import_module(f"offramp.{room}")
        exported = getattr(door, "__all__", ())
        missing = [name for name in exported if not hasattr(door, name)]
        if len(exported) > WIDEST_DOOR or missing or list(exported) != sorted(exported, key=_shelf):
            wide.append(f"offramp.{room}: {len(exported)} names, missing {missing}")
    assert not wide, f"at most {WIDEST_DOOR} names, sorted, each one there:\n" + "\n".join(wide)


def _shelf(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions: the order of the formatter."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)


def test_only_upstream_dials_out(modules: tuple[Any, ...]) -> None:
    callers = [
        f"{module.shown}:{line} imports {name}"
        for module in modules
        if module.room != "upstream"
        for line, name in imported(module.tree)
        if name in DIALS_OUT or name.split(".")[0] in DIALS_OUT
    ]
    assert not callers, "go through offramp.upstream:\n" + "\n".join(callers)
