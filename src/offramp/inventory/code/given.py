"""What a name was given last, in code read by its words: a client's name may mean another thing below."""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence

from offramp.inventory.code.shapes import Call

WORDS = rb"\s{0,80}(?:(?:new|await|try[!?]?|by|&|\*|lazy|return)\s{0,80})*"
VALUE = re.compile(WORDS + rb"\(?(?P<head>[$@]?[A-Za-z_][\w$]*(?:(?:\.|::|->|\?\.)\w+)*)")
LEADS_TO = re.compile(WORDS + rb"[({]?\s{0,80}[\w.:\\$]{0,80}")
"""What may stand between the sign and the call that gives the value."""
BEFORE_NAME = rb"(?<![\w.>@:])\$?"
BEHIND_NAME = rb"(?:\s{0,8},\s{0,8}\w+)?\s{0,8}(?::\s{0,8}[\w<>?&*.:, ]{1,80}?)?\s{0,8}:?=(?![=>])"
"""A second name that is given an error, a type, and the sign."""
NOTHING = frozenset((b"null", b"nil", b"None", b"undefined"))
OTHER, UNTOLD = -1, -2
"""In place of the call that gave the value: it is none of the clients; nothing here says which."""


class Given:
    """Assignments of one file, looked up name by name."""

    def __init__(self, code: bytes, makers: Collection[str], found: Sequence[Call]) -> None:
        self._code = code
        self._makers = makers
        self._starts = sorted(call.start for call in found)
        self._known: dict[str, tuple[list[int], list[int]]] = {}

    def by(self, name: str, call: Call, names: Collection[str]) -> int:
        """Where the call stands that last gave the name its value; `OTHER` for none of the clients."""
        if "." in name or call.head.partition(".")[0] != name:
            return UNTOLD
        if name not in self._known:
            self._known[name] = self._assignments(name, names)
        places, givers = self._known[name]
        index = bisect_left(places, call.start) - 1
        return givers[index] if index >= 0 else UNTOLD

    def _assignments(self, name: str, names: Collection[str]) -> tuple[list[int], list[int]]:
        text = re.escape(name.encode("latin-1", "replace"))
        shape = re.compile(BEFORE_NAME + text + BEHIND_NAME)
        places, givers = [], []
        for match in shape.finditer(self._code):
            places.append(match.end())
            givers.append(self._giver(match.start(), match.end(), names))
        return places, givers

    def _giver(self, start: int, end: int, names: Collection[str]) -> int:
        index = bisect_left(self._starts, end)
        if index < len(self._starts) and LEADS_TO.fullmatch(self._code, end, self._starts[index]):
            return self._starts[index]
        line = self._code.rfind(b"\n", 0, start) + 1
        declared = re.findall(rb"\w+", self._code[line:end])
        if any(word.decode("latin-1") in self._makers for word in declared):
            return UNTOLD
        value = VALUE.match(self._code, end)
        if value is None or value["head"] in NOTHING:
            return UNTOLD
        first = re.split(rb"\.|::|->|\?", value["head"])[0].decode("latin-1").lstrip("$@")
        return UNTOLD if first in ("self", "this") or first in self._makers or first in names else OTHER
