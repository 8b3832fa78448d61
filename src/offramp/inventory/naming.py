"""Which vendor the name of a package, a module, a class or a setting speaks of, where no profile lists it.

A profile's tokens mean its vendor wherever they are a whole word of a longer name. A vendor's everyday names
do so only inside a framework that serves several vendors. Of several words in one name the last stands: it is
the part, the ones before it are the whole.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.vendors import Profile, load_frameworks

BEGINS = r"(?:(?<![A-Za-z])|(?<=/agentic)|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]))"
ENDS = r"(?![a-z])"
JOINT = re.compile(r"[-_. ]")
FRAMEWORK = "framework"
"""What the name of a framework is in scope of: it says something only where modules or packages are named."""
SHORTEST_TRIGGER = 6
"""A framework's name shorter than this is a word of every text, and starts no file."""
NO_CALLER = re.compile(r"token(?:iz|s\b)|compat|\btypes?\b|eslint|mock", re.IGNORECASE)
"""Packages beside an SDK that ask nobody."""

OTHER_WARES = re.compile(
    r"(?i)(?<!re)search|cosmos|blob|storage|bigquery|firestore|spanner|alloydb|cloud_?sql|bigtable|keyvault|gmail"
    r"|calendar|drive|maps|sharepoint|table_?store"
)
"""What companies sell besides answers; frameworks have parts for these too."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a name speaks of."""

    vendor: VendorId
    route: Route
    start: int
    end: int
    """Where in the name its word stands."""


class Naming:
    """The words of all profiles, asked about names."""

    def __init__(self, profiles: Mapping[VendorId, Profile], vendors: Sequence[VendorId]) -> None:
        self._chosen = frozenset(vendors)
        self._frameworks = load_frameworks()
        tokens = {token: vendor for vendor, one in profiles.items() for token in one.words.tokens}
        everyday = {
            word: vendor
            for vendor, one in profiles.items()
            for word in (one.selectors.values if one.selectors is not None else ())
            if word not in self._frameworks.companies
        }
        self._spelt = tuple(sorted(token for token, vendor in tokens.items() if vendor in self._chosen))
        self._anywhere = _Words(tokens)
        self._inside = _Words({**everyday, **tokens})

    @property
    def companies(self) -> frozenset[str]:
        """Names that are also those of companies with other wares."""
        return frozenset(self._frameworks.companies)

    @property
    def triggers(self) -> tuple[tuple[str, str, str], ...]:
        """Patterns, with texts and scopes; one stands in every file whose names may speak of a chosen vendor.

        Their case is as they say: a token ends as words in names do, which small letters go on.
        """
        written = {
            root
            for table in (self._frameworks.modules, self._frameworks.packages)
            for names in table.values()
            for root in names
        }
        roots = {root.rstrip("*").rstrip("-_/:.") for root in written}
        begun = {root.rstrip("*").rstrip("-_/:.") for root in written if root.endswith(("*", *"-_/:."))}
        found = [(_begins_a_name(one), one, "") for one in self._spelt]
        for one in sorted(roots):
            if len(one) >= SHORTEST_TRIGGER:
                ends = "" if one in begun else "(?:[^A-Za-z0-9]|$)"
                found.append((f"(?i:{re.escape(one)}){ends}", one, FRAMEWORK))
        return tuple(found)

    def named(self, name: str) -> Named | None:
        """The chosen vendor a name speaks of by itself."""
        return self._last(self._anywhere, name)

    def named_in_framework(self, name: str) -> Named | None:
        """The chosen vendor a name speaks of inside a framework, unless it is of other wares of a company."""
        found = self._last(self._inside, name)
        if found is None or OTHER_WARES.search(name) is None:
            return found
        word = name[found.start : found.end].lower()
        return None if word.startswith(tuple(self._frameworks.companies)) else found

    def knows_frameworks(self, language: str) -> bool:
        """Whether a language has frameworks that serve several vendors, as far as they are known."""
        return language in self._frameworks.modules

    def framework_part(self, module: str, language: str, joint: str) -> int | None:
        """How much of a module's name is that of a framework for several vendors; None for no such."""
        return _root_of(module, self._frameworks.modules.get(language, ()), joint)

    def package(self, name: str, ecosystem: str, extras: Iterable[str] = ()) -> Iterator[tuple[Named, str]]:
        """The vendors a package's name or extras speak of, each with the extra."""
        if NO_CALLER.search(name):
            return
        root = _root_of(name, self._frameworks.packages.get(ecosystem, ()), "")
        if root is not None:
            found = self.named_in_framework(name[root:])
            for extra in extras:
                inner = self.named_in_framework(extra)
                if inner is not None:
                    yield inner, extra
        else:
            found = self.named(_own_part(name, ecosystem))
        if found is not None:
            yield found, ""

    def _last(self, words: "_Words", name: str) -> Named | None:
        found = words.last(name)
        if found is None or found[0] not in self._chosen:
            return None
        return Named(found[0], self._route(name), *found[1])

    def _route(self, name: str) -> Route:
        lower = name.lower()
        for route, words in self._frameworks.routes.items():
            if any(word in lower for word in words):
                return route
        return Route.DIRECT


class _Words:
    """Words and whose they are; found in names where they begin and end as words."""

    def __init__(self, words: Mapping[str, VendorId]) -> None:
        self._owners = {JOINT.sub("", word).lower(): vendor for word, vendor in words.items()}
        self._words = sorted(words, key=lambda word: (-len(word), word))

    @cached_property
    def _shape(self) -> re.Pattern[str]:
        shapes = "|".join(map(_pattern, self._words))
        return re.compile(f"{BEGINS}(?i:{shapes}){ENDS}" if shapes else r"(?!)")

    def last(self, name: str) -> tuple[VendorId, tuple[int, int]] | None:
        """The owner of the last word in a name, and where it stands."""
        found = None
        for match in self._shape.finditer(name):
            found = self._owners[JOINT.sub("", match[0]).lower()], match.span()
        return found


def _pattern(word: str) -> str:
    """A word with any joint between its parts, as Python and the engines read it."""
    return "[-_. ]?".join(re.escape(part) for part in JOINT.split(word))


def _begins_a_name(word: str) -> str:
    """The word where a name may end or go on: not with small letters, nor in capitals with capitals."""
    whole = f"(?i:{_pattern(word)})(?:[^a-zA-Z]|$|[A-Z][a-z])"
    if not word[:2].isalpha():
        return whole
    return f"{whole}|(?i:{word[0]}){word[1].lower()}(?i:{_pattern(word[2:])})[A-Z]"


def _root_of(name: str, roots: Iterable[str], joint: str) -> int | None:
    """How many letters of a name the longest of the roots that it begins with takes."""
    found: int | None = None
    for root in roots:
        bare = root.rstrip("*")
        is_it = (
            name.startswith(bare)
            if bare != root
            else name == bare or (joint and name.startswith(bare + joint))
        )
        if is_it:
            found = max(found or 0, len(bare))
    return found


def _own_part(name: str, ecosystem: str) -> str:
    """The part of a package's name that says what it is: not who keeps a repository or a scope."""
    if ecosystem == "npm" and name.startswith("@"):
        return name.partition("/")[0]
    if ecosystem in ("go", "swift"):
        return "/".join(name.split("/")[2:3])
    return name.rpartition(":")[2] if ecosystem == "maven" else name
