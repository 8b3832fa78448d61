"""What else can be wrong with a profile that can be read: names of the wrong shape, patterns too wide.

`loading` refuses what cannot be used at all; this says what would find nothing, or far too much.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path

from offramp.core.errors import OfframpError, Problems
from offramp.core.spans import Span
from offramp.vendors.loading import PACKAGED, read_profile
from offramp.vendors.models import PACKAGED_MODELS, check_models, is_model_file, read_models
from offramp.vendors.profile import Basis, Block, Profile, blocks

EVERYDAY = (
    "a", "the", "model", "models", "engine", "latest", "default", "test", "example", "name", "key", "main",
    "api", "chat", "small", "large", "embed", "1", "10", "1.0", "2024-01-01", "v1", "x86_64", "index.html",
)  # fmt: skip
"""Texts that are in every tree: a pattern that matches one whole would mark them all."""

NOT_FOR_BOTH_ENGINES = re.compile(r"\(\?(?:[=!]|<[=!]|P=|>|#|\()|\\[1-9]|[*+?}]\+|\\[bB]")
HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+(?:/[\w./-]+)?")
ENV = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
SHAPES: Mapping[str, tuple[str, str]] = {
    "pypi": (r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._-]+\])?", "a name, or `name[extra]`"),
    "npm": (r"(?:@[\w.~-]+/)?[\w.~-]+", "`name` or `@scope/name`"),
    "go": (r"[\w.~-]+\.[\w.~-]+(?:/[\w.~-]+)+", "`host/path`"),
    "crates": (r"[A-Za-z][\w-]*(?:\[[\w-]+\])?", "a name"),
    "maven": (r"[\w.-]+:[\w.-]+", "`group:artifact`"),
    "nuget": (r"[\w.-]+", "a name"),
    "rubygems": (r"[\w.-]+", "a name"),
    "composer": (r"[a-z0-9._-]+/[a-z0-9._-]+", "`vendor/package` in small letters"),
    "pub": (r"\w+", "a name"),
    "hex": (r"\w+", "a name"),
    "swift": (r"[\w.-]+\.[\w.-]+/[\w./-]+", "`host/owner/name`"),
    "cocoapods": (r"[\w.+-]+", "a name"),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check of several files came to."""

    paths: tuple[str, ...]
    problems: tuple[OfframpError, ...]


def check_profiles(files: Sequence[Path] = (), *, today: date) -> Checked:
    """Read and check every file; without any, every packaged profile."""
    problems: list[OfframpError] = []
    paths = tuple(files) or (*sorted(PACKAGED.glob("*.toml")), *sorted(PACKAGED_MODELS.glob("*.toml")))
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
            if is_model_file(text):
                problems += check_models(str(path), read_models(str(path), text), today=today)
                continue
            found = read_profile(str(path), text)
        except OfframpError as error:
            problems += error.problems if isinstance(error, Problems) else [error]
        except (OSError, UnicodeDecodeError) as error:
            problems.append(_problem(Span(str(path)), f"cannot be read: {error}", "name a profile that can"))
        else:
            problems += check_profile(str(path), text, found, today=today)
    return Checked(tuple(map(str, paths)), tuple(problems))


def check_profile(path: str, text: str, found: Profile, *, today: date) -> list[OfframpError]:
    """Everything doubtful about one profile, each with its line."""
    problems: list[OfframpError] = []

    def wrong(table: str, entry: str, message: str, help: str) -> None:  # noqa: A002
        problems.append(_problem(Span(path, _line(text, table, entry)), message, help))

    for name, block in blocks(found):
        _check_block(name, block, today, wrong)
    _check_names(found, wrong)
    _check_patterns(found, wrong)
    return problems


_Wrong = Callable[[str, str, str, str], None]


def _check_block(name: str, block: Block, today: date, wrong: _Wrong) -> None:
    """What holds for every block: entries once, routes of entries, days that have been."""
    own = [key for key in block.__struct_fields__ if key not in Block.__struct_fields__]
    lists = {key: value for key in own if isinstance(value := getattr(block, key), tuple)}
    for key, values in lists.items():
        for value in sorted({value for value in values if values.count(value) > 1}):
            wrong(name, value, f"`{value}` stands twice in `{key}`", "take one of them out")
        for value in values:
            if not value or value != value.strip():
                wrong(name, value, f"`{key}` holds an empty text or spaces around one", "take them out")
    for entry in getattr(block, "routes", {}):
        if entry != "*" and not any(entry in values for values in lists.values()):
            wrong(
                name, entry, f"`routes` names `{entry}`, which no list of `{name}` holds", "add it to a list"
            )
    if block.basis is Basis.CHECKED and block.checked is not None and block.checked > today:
        wrong(name, "checked", f"`{name}` was checked on a day still to come", "give the day of the check")
    if not block.source.strip():
        wrong(name, "source", f"`{name}` names no source", "say where its facts can be read")


def _check_names(found: Profile, wrong: _Wrong) -> None:
    """Names have the shape of what they name."""
    ambiguous = {word.lower() for word in found.words.ambiguous}
    for word in found.words.names:
        if word.lower() in ambiguous:
            wrong("words", word, f"`{word}` means this vendor alone and also does not", "keep one of the two")
    for host in (*found.endpoints.hosts, *found.endpoints.domains, *found.endpoints.sites):
        if not HOST.fullmatch(host):
            wrong("endpoints", host, f"`{host}` is no host", "write it without scheme, in small letters")
    for network in found.endpoints.networks:
        try:
            ip_network(network)
        except ValueError:
            wrong(
                "endpoints", network, f"`{network}` is no network", "write `address/bits`, no bit set behind"
            )
    names = (*found.endpoints.env, *(found.credentials.env if found.credentials else ()))
    for name in names:
        if not ENV.fullmatch(name) or len(name) < 5 or "_" not in name:
            wrong("credentials", name, f"`{name}` is no name of a setting", "use letters, digits and `_`")
    if found.packages is not None:
        for ecosystem, (shape, words) in SHAPES.items():
            for name in getattr(found.packages, ecosystem):
                if not re.fullmatch(shape, name):
                    wrong("packages", name, f"`{name}` is no package of `{ecosystem}`", f"write {words}")
    for alias, target in found.models.aliases.items():
        for name in (alias, target):
            if not any(re.fullmatch(one, name) for one in (*found.models.patterns, *found.models.in_context)):
                wrong("models", name, f"no pattern matches `{name}` of `aliases`", "widen a pattern")
    if found.weights is not None:
        kinds = (found.weights.meets, found.weights.undecided, found.weights.spares)
        for one, other in combinations(kinds, 2):
            for action in sorted({*one} & {*other}):
                wrong("weights", action, f"`{action}` stands in two lists", "keep the one that holds")


def _check_patterns(found: Profile, wrong: _Wrong) -> None:
    """Patterns are read by both engines and mark nothing that is everywhere."""
    keys = found.credentials.keys if found.credentials else ()
    groups = (
        ("models", found.models.patterns),
        ("models", found.models.in_context),
        ("endpoints", found.endpoints.host_patterns),
        ("weights", found.weights.patterns if found.weights else ()),
        ("credentials", keys),
        *(("hosted", one.patterns) for one in found.hosted),
        *(("infrastructure", one.patterns) for one in found.infrastructure),
    )
    for table, patterns in groups:
        for pattern in patterns:
            if NOT_FOR_BOTH_ENGINES.search(pattern):
                wrong(table, pattern, f"pattern `{pattern}` is not for both engines", "use no look-around")
                continue
            compiled = re.compile(pattern, re.IGNORECASE)
            wide = next((text for text in EVERYDAY if compiled.fullmatch(text)), None)
            if wide is not None:
                wrong(table, pattern, f"pattern `{pattern}` matches `{wide}`", "put a family's name in it")
    for pattern in keys:
        if not re.match(r"(?:\(\?:)?[A-Za-z0-9_-]{2}", pattern):
            wrong("credentials", pattern, f"the key `{pattern}` has no prefix", "begin with what only it has")


def _line(text: str, table: str, entry: str) -> int:
    """The line of a table where an entry stands in quotes or as a key; else the table's; 0 if unknown."""
    shape = re.compile(rf"""(?:["']){re.escape(entry)}(?:["'])|^\s*{re.escape(entry)}\s*=""")
    current, line_of_table = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+\s*(?:#.*)?$", line)
        if header is not None:
            current = header[1]
            line_of_table = line_of_table or (number if current == table else 0)
        elif current == table and shape.search(line):
            return number
    return line_of_table


def _problem(where: Span, message: str, help: str) -> OfframpError:  # noqa: A002
    return OfframpError("profile-doubtful", message, help=help, where=where)
