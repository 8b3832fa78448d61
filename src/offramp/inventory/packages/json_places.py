"""Where the members of a JSON text stand: every key with its path, its place and its plain value.

Broken or cut-off JSON gives what stood before the break; nesting beyond a limit ends the reading.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(rb'"(?:[^"\\]|\\.?)*+"?|[{}\[\],:]|//[^\n]*|[^\s{}\[\],:"/]+', re.DOTALL)
DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Member:
    """One key, or one plain item of a list (its key is empty)."""

    path: tuple[str, ...]
    """Keys above, outermost first; what stands in a list has an empty one there."""
    key: str
    value: str
    """A plain value as text; empty for objects and lists."""
    start: int
    end: int
    """Of the key without its quotes; of the value for an item of a list."""
    value_start: int = 0
    value_end: int = 0


def members(data: bytes) -> Iterator[Member]:
    """Every member in order; one whose value is an object or a list comes before what is in it."""
    path: list[str] = []
    is_list: list[bool] = []
    key: tuple[str, int, int] | None = None
    held: re.Match[bytes] | None = None
    for token in TOKEN.finditer(data):
        first = token.group()[:1]
        if first == b"/":
            continue
        if first == b":" and held is not None:
            key, held = (string(held.group()), held.start() + 1, held.end() - 1), None
            continue
        if held is not None:
            yield _member(tuple(path[1:]), key, held)
            held, key = None, None
        if first in b"{[":
            if len(path) >= DEEPEST:
                return
            if key is not None:
                yield Member(tuple(path[1:]), key[0], "", key[1], key[2])
            path.append(key[0] if key is not None else "")
            is_list.append(first == b"[")
            key = None
        elif first in b"}]":
            if path:
                path.pop()
                is_list.pop()
            key = None
        elif first == b",":
            key = None
        elif first != b":":
            held = token
    if held is not None and key is not None:
        yield _member(tuple(path[1:]), key, held)


def _member(path: tuple[str, ...], key: tuple[str, int, int] | None, held: re.Match[bytes]) -> Member:
    quoted = held.group()[:1] == b'"'
    start, end = held.start() + quoted, held.end() - quoted
    value = string(held.group()) if quoted else held.group().decode("utf-8", "replace")
    if key is None:
        return Member(path, "", value, start, end, start, end)
    return Member(path, key[0], value, key[1], key[2], start, end)


def string(token: bytes) -> str:
    """A quoted token as text; empty where it is none."""
    try:
        value = json.loads(token.decode("utf-8", "replace"), strict=False)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
