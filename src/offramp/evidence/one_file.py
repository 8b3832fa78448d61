"""The parts of the stand-alone verifier as one program, which imports nothing of offramp."""

import ast
from functools import cache
from importlib import resources

PARTS = ("primitives", "archives", "entries", "statements", "packs", "tiles", "command")
"""In an order in which each part finds what it needs above it. The last one's docstring is the program's."""
OWN = "offramp"
LIBRARY = "cryptography"


@cache
def one_file() -> str:
    """The program: its docstring, every import once, then the code of each part as it stands."""
    folder = resources.files("offramp.evidence") / "standalone"
    imports: set[str] = set()
    code: list[str] = []
    docstring = ""
    for name in PARTS:
        text = (folder / f"{name}.py").read_text("utf-8")
        tree = ast.parse(text)
        head = [one for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)]
        imports.update(_written(text, one) for one in head if not _is_own(one))
        first = next(one for one in tree.body[1:] if one not in head)
        lines = text.splitlines(keepends=True)
        code.append(f"# --- {name} ---\n\n" + "".join(lines[_begins(first) - 1 :]).rstrip("\n") + "\n")
        docstring = f'"""{ast.get_docstring(tree, clean=False)}"""'
    ours: list[str] = []
    theirs: list[str] = []
    for one in sorted(imports, key=lambda line: (line.startswith("from"), line)):
        (theirs if one.split()[1].startswith(LIBRARY) else ours).append(one)
    whole = ["#!/usr/bin/env python3", docstring, "", *ours, "", *theirs, "", "\n\n".join(code)]
    return "\n".join(whole).rstrip("\n") + "\n"


def _written(text: str, node: ast.Import | ast.ImportFrom) -> str:
    return ast.get_source_segment(text, node) or ""


def _is_own(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == OWN


def _begins(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])
