"""Go: go.mod and go.work, and go.sum, which says what was fetched but not why."""

import re
from collections.abc import Iterator

from offramp.inventory.packages.interface import Package, text
from offramp.inventory.source import Source

REQUIRED = re.compile(
    rb"^[ \t]*(?:require[ \t]+|tool[ \t]+)?([\w~-]+(?:\.[\w~-]+)+(?:/[\w.~-]+)*)[ \t]+v[^\s]+([^\n]*)$",
    re.MULTILINE,
)
REPLACED = re.compile(
    rb"^[ \t]*(?:replace[ \t]+)?[\w.~/-]+(?:[ \t]+v\S+)?[ \t]+=>[ \t]+"
    rb"([\w~-]+(?:\.[\w~-]+)+(?:/[\w.~-]+)+)[ \t]+v",
    re.MULTILINE,
)
SUMMED = re.compile(rb"^([\w~-]+(?:\.[\w~-]+)+(?:/[\w.~-]+)*) v[^\s/]+ h1:", re.MULTILINE)
LEFT_OUT = re.compile(rb"^[ \t]*(?:exclude|retract)[ \t]")


def go_mod(source: Source) -> Iterator[Package]:
    """`require` lines and what replaces them; go.mod itself says which are indirect, though not why."""
    for match in REQUIRED.finditer(source.data):
        if not LEFT_OUT.match(match[0]) and b"=>" not in match[2]:
            yield Package(text(match[1]), match.start(1), match.end(1), b"// indirect" not in match[2])
    for match in REPLACED.finditer(source.data):
        yield Package(text(match[1]), match.start(1), match.end(1))


def go_sum(source: Source) -> Iterator[Package]:
    """Modules whose content was fetched; direct where go.mod beside it asks for them itself."""
    asked = {
        one.name
        for one in go_mod(Source("go.mod", source.sibling("go.mod"), source.language))
        if one.is_direct
    }
    seen: set[str] = set()
    for match in SUMMED.finditer(source.data):
        name = text(match[1])
        if name not in seen:
            seen.add(name)
            yield Package(name, match.start(1), match.end(1), name in asked)
