"""Notebooks: the code cells as one text, with the line of the file each of its lines stands on.

Markdown cells, outputs and attachments are left out: what a cell printed is not a use.
"""

import json
import re
from dataclasses import dataclass, field

TOKEN = re.compile(rb'"(?:\\.|[^"\\])*"|[{}\[\],:]', re.DOTALL)
DEEPEST = 200
KERNEL = re.compile(rb'"kernelspec"\s*:\s*\{[^{}]*?"language"\s*:\s*"([^"\n]{1,40})"')
SPOKEN = re.compile(rb'"language_info"\s*:\s*\{(?:[^{}]|\{[^{}]*\})*?"name"\s*:\s*"([^"\n]{1,40})"')
"""Quotes within a cell are escaped, so neither stands in one."""
WRITES = re.compile(r"%%(?:writefile|file)\s+(?:-a\s+)?\S+\.(?!py\b|ipynb\b)\w+\s*$")
"""A cell that is the text of a file in another language."""

SHELL = re.compile(r"%%(?:bash|sh|zsh|cmd|!|script\s.*sh)\b|%%!")
"""A cell of commands."""
GOES_ON = re.compile(r"(?:\\|\||&&)\s*$")


@dataclass(slots=True)
class _Cell:
    kind: str = ""
    lines: list[tuple[str, int]] = field(default_factory=list)


def code_cells(data: bytes) -> tuple[bytes, tuple[int, ...]]:
    """The text of all code cells, and for each of its lines the line in the notebook, from 1."""
    text: list[str] = []
    rows: list[int] = []
    for cell in _cells(data):
        if cell.kind != "code":
            continue
        lines = [(line, row) for piece, row in cell.lines for line in piece.splitlines() or [""]]
        for line, row in _commands(lines) if lines and SHELL.match(lines[0][0]) else _quoted(lines):
            text.append(line)
            rows.append(row)
    return "\n".join(text).encode("utf-8", "replace"), tuple(rows)


def kernel(data: bytes) -> str:
    """The language a notebook says that its cells are in, in small letters; empty where it says none."""
    found = KERNEL.search(data) or SPOKEN.search(data)
    return found[1].decode("utf-8", "replace").lower() if found is not None else ""


def _commands(lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The lines of a cell of commands, each as a cell of code writes one: behind a mark."""
    told = [("", lines[0][1])]
    goes_on = False
    for line, row in lines[1:]:
        is_plain = goes_on or not line.strip() or line.lstrip().startswith("#")
        told.append((line if is_plain else f"!{line.lstrip()}", row))
        goes_on = GOES_ON.search(line) is not None
    return told


def _quoted(lines: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The lines of a cell; of one that writes another language's file as a string, for none of it is code."""
    if not lines or not WRITES.match(lines[0][0]):
        return lines
    quotes = next((one for one in ('"""', "'''") if not any(one in line for line, _ in lines)), "")
    if not quotes:
        return lines
    return [(f"_ = r{quotes}", lines[0][1]), *lines[1:], (quotes, lines[-1][1])]


def _cells(data: bytes) -> list[_Cell]:
    """Walk the tokens once, keeping the path of keys; broken JSON gives what stood before the break."""
    cells: list[_Cell] = []
    path: list[str] = []
    key = ""
    row, seen = 1, 0
    tokens = [(match.start(), match.group()) for match in TOKEN.finditer(data)]
    for index, (offset, token) in enumerate(tokens):
        row += data.count(b"\n", seen, offset)
        seen = offset
        if token in b"{[":
            if len(path) >= DEEPEST:
                break
            path.append(key)
            key = ""
            if token == b"{" and path == ["", "cells", ""]:
                cells.append(_Cell())
        elif token in b"}]":
            if path:
                path.pop()
            key = ""
        elif token in b":,":
            key = "" if token == b"," else key
        elif index + 1 < len(tokens) and tokens[index + 1][1] == b":":
            key = _string(token)
        elif cells and path[:2] == ["", "cells"]:
            _take(cells[-1], path, key, _string(token), row)
    return cells


def _take(cell: _Cell, path: list[str], key: str, value: str, row: int) -> None:
    if path == ["", "cells", ""] and key == "cell_type":
        cell.kind = value
    elif (path == ["", "cells", ""] and key == "source") or path == ["", "cells", "", "source"]:
        cell.lines.append((value, row))


def _string(token: bytes) -> str:
    try:
        value = json.loads(token.decode("utf-8", "replace"), strict=False)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
