"""Reads profiles from the package and from a directory of the user's own, or says what is wrong with them."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

import msgspec

from offramp.core.errors import OfframpError, raise_all
from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.core.spans import Span
from offramp.vendors.profile import Basis, Block, Cloud, Frameworks, Profile, blocks

VENDOR_SCHEMA = "offramp/vendor/v1"
CLOUD_SCHEMA = "offramp/cloud/v1"
FRAMEWORKS_SCHEMA = "offramp/frameworks/v1"

_HERE = Path(__file__).parent
PACKAGED = _HERE / "profiles"
"""Where the packaged profiles stand."""

_Data = TypeVar("_Data", Profile, Cloud, Frameworks)


def load_profiles(directory: Path | None = None) -> Mapping[VendorId, Profile]:
    """Every profile by id, sorted. One in `directory` replaces the packaged one of the same id."""
    if directory is None:
        return VENDORS
    if not directory.is_dir():
        raise OfframpError(
            "profiles-missing",
            f"no directory `{directory}` to read vendor profiles from",
            help="name a directory that holds <vendor>.toml files",
        )
    read = _read_all(sorted(directory.glob("*.toml")), read_profile)
    own = {VendorId(one.id): one for one in read}
    return MappingProxyType(dict(sorted({**VENDORS, **own}.items())))


def profile(vendor: str, profiles: Mapping[VendorId, Profile] | None = None) -> Profile:
    """The profile of `vendor`. Raises `vendor-unknown` with the nearest names."""
    known = VENDORS if profiles is None else profiles
    found = known.get(VendorId(vendor))
    if found is not None:
        return found
    near = _owner_of(vendor, known) or get_close_matches(vendor.lower(), known, n=1, cutoff=0.5)
    hint = f"did you mean `{near[0]}`? " if near else ""
    raise OfframpError(
        "vendor-unknown",
        f"no vendor `{vendor}`",
        help=f"{hint}known are: {', '.join(known)}; `offramp vendors` says more",
    )


@cache
def load_clouds() -> Mapping[Route, Cloud]:
    """What marks each cloud that resells models, by route."""
    read = _read_all(sorted((_HERE / "clouds").glob("*.toml")), read_cloud)
    return MappingProxyType({one.route: one for one in read})


@cache
def load_frameworks() -> Frameworks:
    """The frameworks that serve several vendors."""
    (found,) = _read_all([_HERE / "frameworks.toml"], read_frameworks)
    return found


def read_profile(path: str, text: str) -> Profile:
    """One profile from its text. Raises every problem found, each with its line."""
    found = _convert(path, text, Profile)
    problems = [
        *_wrong_names(path, text, found),
        *(wrong for name, block in blocks(found) for wrong in _wrong_basis(path, text, name, block)),
        *_wrong_patterns(path, text, found),
    ]
    raise_all(problems)
    return found


def read_cloud(path: str, text: str) -> Cloud:
    """One cloud from its text."""
    found = _convert(path, text, Cloud)
    if found.schema != CLOUD_SCHEMA:
        raise _problem(path, text, "schema", f"`{found.schema}` is not `{CLOUD_SCHEMA}`")
    raise_all(list(_wrong_basis(path, text, "services", found)))
    return found


def read_frameworks(path: str, text: str) -> Frameworks:
    """The frameworks from their text."""
    found = _convert(path, text, Frameworks)
    if found.schema != FRAMEWORKS_SCHEMA:
        raise _problem(path, text, "schema", f"`{found.schema}` is not `{FRAMEWORKS_SCHEMA}`")
    raise_all(list(_wrong_basis(path, text, "modules", found)))
    return found


def _read_all(paths: Iterable[Path], read: Callable[[str, str], _Data]) -> list[_Data]:
    found: list[_Data] = []
    problems: list[OfframpError] = []
    for path in paths:
        try:
            found.append(read(str(path), path.read_text(encoding="utf-8")))
        except OfframpError as problem:
            problems.append(problem)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(_problem(str(path), "", "", f"cannot be read: {error}"))
    raise_all(problems)
    return found


def _convert(path: str, text: str, kind: type[_Data]) -> _Data:
    try:
        return msgspec.convert(tomllib.loads(text), kind)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        message = re.sub(r" \(at .*", "", str(error))
        raise _problem(path, text, "", f"not TOML: {message}", int(line[1]) if line else 0) from None
    except msgspec.ValidationError as error:
        message, _, pointer = str(error).partition(" - at `$.")
        key = pointer.rstrip("`")
        unknown = re.search(r"unknown field `(\w+)`", message)
        raise _problem(path, text, f"{key}.{unknown[1]}" if unknown else key, message) from None


def _wrong_names(path: str, text: str, found: Profile) -> Iterator[OfframpError]:
    if found.schema != VENDOR_SCHEMA:
        yield _problem(path, text, "schema", f"`{found.schema}` is not `{VENDOR_SCHEMA}`")
    if found.id != Path(path).stem:
        yield _problem(path, text, "id", f"id `{found.id}` is not the file's name `{Path(path).stem}`")
    if not re.fullmatch(r"[a-z][a-z0-9-]*", found.id):
        yield _problem(path, text, "id", f"id `{found.id}` is not lower-case words joined by `-`")


def _wrong_basis(path: str, text: str, name: str, block: Block) -> Iterator[OfframpError]:
    """A checked block names a day; one that is only recorded says nothing of a check."""
    if block.basis is Basis.RECORDED:
        if block.checked is not None or block.against or block.unchecked:
            yield _problem(
                path, text, f"{name}.basis", f"`{name}` is only recorded, and yet speaks of a check"
            )
        return
    if block.checked is None:
        yield _problem(path, text, f"{name}.basis", f"`{name}` says it was checked, and not on which day")
    for entry in block.unchecked:
        if not _stands_in(entry, block):
            yield _problem(path, text, f"{name}.unchecked", f"`{entry}` is no field and no entry of `{name}`")


def _stands_in(entry: str, block: Block) -> bool:
    """`entry` is a field of `block`, or one value in one of its lists."""
    own = [name for name in block.__struct_fields__ if name not in Block.__struct_fields__]
    lists = [value for name in own if isinstance(value := getattr(block, name), tuple)]
    return entry in own or any(entry in values for values in lists)


def _wrong_patterns(path: str, text: str, found: Profile) -> Iterator[OfframpError]:
    blocks = [
        ("models.patterns", found.models.patterns),
        ("models.in_context", found.models.in_context),
        ("models.constants", found.models.constants),
        ("endpoints.host_patterns", found.endpoints.host_patterns),
        ("weights.patterns", found.weights.patterns if found.weights else ()),
        ("credentials.keys", found.credentials.keys if found.credentials else ()),
        *(("hosted.patterns", one.patterns) for one in found.hosted),
        *(("infrastructure.patterns", one.patterns) for one in found.infrastructure),
    ]
    for pointer, patterns in blocks:
        for pattern in patterns:
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                yield _problem(path, text, pointer, f"pattern `{pattern}` is not one: {error}")
                continue
            if compiled.match(""):
                yield _problem(path, text, pointer, f"pattern `{pattern}` matches nothing at all")


def _problem(path: str, text: str, pointer: str, message: str, line: int = 0) -> OfframpError:
    return OfframpError(
        "profile-invalid",
        message[:1].lower() + message[1:],
        help="docs/reference/vendors.md lists every block and field",
        where=Span(path, line or _line_of(text, pointer)),
    )


def _line_of(text: str, pointer: str) -> int:
    """The line where the last key of `pointer` stands, under the table that holds it; 0 when unknown."""
    names = [re.sub(r"\[.*?\]", "", part) for part in pointer.split(".") if part]
    if not names:
        return 0
    table, line_of_table = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line)
        if header:
            table, last = header[1], number
            line_of_table = last if table == names[0] else line_of_table
        elif re.match(rf"\s*{re.escape(names[-1])}\s*=", line) and table == ".".join(names[:-1]):
            return number
    return line_of_table


def _owner_of(word: str, known: Mapping[VendorId, Profile]) -> list[str]:
    """Vendors one of whose products or names is the word the user wrote."""
    wanted = word.lower()
    return [
        vendor
        for vendor, one in known.items()
        if wanted
        in (name.lower() for name in (one.name, *one.products, *one.words.names, *one.words.ambiguous))
    ]


class _Packaged(Mapping[VendorId, Profile]):
    """Profiles by id, which is the name of the file. Each is read when it is first looked at."""

    def __init__(self, folder: Path) -> None:
        self._paths = {VendorId(path.stem): path for path in sorted(folder.glob("*.toml"))}
        self._read: dict[VendorId, Profile] = {}

    def __getitem__(self, vendor: VendorId) -> Profile:
        if vendor not in self._read:
            (self._read[vendor],) = _read_all([self._paths[vendor]], read_profile)
        return self._read[vendor]

    def __iter__(self) -> Iterator[VendorId]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)

    def __contains__(self, vendor: object) -> bool:
        return vendor in self._paths


VENDORS: Mapping[VendorId, Profile] = _Packaged(PACKAGED)
"""Every packaged profile by id, alphabetical."""
