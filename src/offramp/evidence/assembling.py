"""The stand-alone verifier as one file: the modules of `standalone`, one after another.

The modules share no names, so that what one imports from another is simply there; `verify.py` therefore does
what they do, and is read from top to bottom.
"""

import ast
from functools import cache
from importlib import resources

PARTS = (
    "notes",
    "hashes",
    "canonical",
    "entries",
    "archive",
    "history",
    "der",
    "stamps",
    "ledger",
    "statements",
    "tiles",
    "packs",
    "command",
)
"""In an order in which each needs only those before it."""
_OWN = "offramp.evidence.standalone"


@cache
def standalone_verifier() -> str:
    """The program, one file, that checks what is handed over where offramp is not installed."""
    plain: set[str] = set()
    chosen: dict[str, set[str]] = {}
    sections = []
    for name in PARTS:
        text = _read(name)
        tree = ast.parse(text)
        heading, body = (ast.get_docstring(tree) or name).rstrip("."), tree.body[1:]
        last = 0
        for node in body:
            if isinstance(node, ast.Import):
                plain.update(one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                if not (node.module or "").startswith(_OWN):
                    chosen.setdefault(node.module or "", set()).update(one.name for one in node.names)
            else:
                break
            last = node.end_lineno or 0
        rest = "\n".join(text.split("\n")[last:]).strip("\n")
        sections.append(f"# --- {heading} ---\n\n{rest}\n")
    imports = [f"import {name}" for name in sorted(plain)]
    for module in sorted(chosen, key=lambda one: (one.startswith("cryptography"), one)):
        imports.append(f"from {module} import {', '.join(sorted(chosen[module]))}")
    head = f'#!/usr/bin/env python3\n"""{ast.get_docstring(ast.parse(_read("__init__")), clean=False)}"""\n'
    return "\n\n".join([head + "\n" + "\n".join(imports) + "\n", *sections])


def _read(name: str) -> str:
    return resources.files(_OWN).joinpath(f"{name}.py").read_text("utf-8")
