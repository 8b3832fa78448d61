"""Notebooks: the code cells as one text, with the line of the file each of its lines stands on.

Markdown cells, outputs and attachments are left out: what a cell printed is not a use.
"""

import json
import re
from dataclasses import dataclass, field

TOKEN = re.compile(rb'"(?:\\.|[^"\\])*"|[{}\[\],:]', re.DOTALL)
DEEPEST = 200


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
        for piece, row in cell.lines:
            for line in piece.splitlines() or [""]:
                text.append(line)
                rows.append(row)
    return "\n".join(text).encode("utf-8", "replace"), tuple(rows)


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
