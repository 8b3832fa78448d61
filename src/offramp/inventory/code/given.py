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
OF_A_TYPE = (
    rb"\s{0,8}:\s{0,8}[&*]{0,2}(?:mut |inout |dyn |any |impl |'\w+ ){0,3}"
    rb"(?P<type>[A-Z][\w<>:?, ]{0,60}?)\s{0,4}[,)]"
)
DECLARES = re.compile(rb"\b(?:fn|func|fun|init|def)\b")
"""A parameter with its type, and the words that begin what has parameters."""
NOTHING = frozenset((b"null", b"nil", b"None", b"undefined"))
OTHER, UNTOLD = -1, -2
"""In place of the call that gave the value: it is none of the clients; nothing here says which."""


class Given:
    """Assignments of one file, looked up name by name."""

    def __init__(
        self,
        code: bytes,
        makers: Collection[str],
        found: Sequence[Call],
        declared: Sequence[tuple[str, int]] = (),
    ) -> None:
        self._code = code
        self._makers = makers
        self._declared: dict[str, list[int]] = {}
        for name, start in declared:
            self._declared.setdefault(name, []).append(start)
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
        told = {
            match.end(): self._giver(match.start(), match.end(), names)
            for match in shape.finditer(self._code)
        }
        for match in re.finditer(rb"(?<![\w.$])" + text + OF_A_TYPE, self._code):
            types = {one.decode("latin-1") for one in re.findall(rb"\w+", match["type"])}
            line = self._code.rfind(b"\n", 0, match.start()) + 1
            if DECLARES.search(self._code, line, match.start()) and types.isdisjoint(self._makers):
                told.setdefault(match.end(), OTHER)
        for start in self._declared.get(name, ()):
            # A parameter of a client's type begins anew what the name means.
            told.setdefault(start, UNTOLD)
        places = sorted(told)
        givers: list[int] = []
        for place in places:
            value = VALUE.match(self._code, place)
            is_its_own = value is not None and re.split(rb"\W", value["head"])[0] == name.encode(
                "latin-1", "replace"
            )
            givers.append(givers[-1] if givers and is_its_own and told[place] == UNTOLD else told[place])
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
