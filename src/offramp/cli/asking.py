"""What `may`, `binds` and `terms` share: which instruments are asked, when, and for whom."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, now, parse_instant
from offramp.instruments import Instruments
from offramp.workspace import Workspace, find, load, load_instruments
from offramp.workspace import texts as files

STANCES = ("strictest", "announced", "served")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which instruments are asked."""

    instruments: Annotated[
        tuple[Path, ...],
        Parameter(help="A folder of instruments, or a document; again for more. Default: the workspace's."),
    ] = ()
    workspace: Annotated[Path | None, Parameter(help="The workspace; by default the nearest one above.")] = (
        None
    )


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """As of when."""

    at: Annotated[str, Parameter(help="The date or time asked about; by default now.")] = ""
    known: Annotated[str, Parameter(help="Leave out what became known only after this.")] = ""

    def instants(self) -> tuple[Instant, Instant | None]:
        """The instant asked about, and the knowledge time where one is given."""
        return parse_instant(self.at) if self.at else now(), parse_instant(self.known) if self.known else None


@dataclass(frozen=True, slots=True)
class Texts:
    """The instruments, the folders they were read from, and the workspace they belong to, if any."""

    instruments: Instruments
    folders: tuple[str, ...]
    workspace: Workspace | None


def open_texts(place: Place) -> Texts:
    """Load the instruments in the folders named, or those of the workspace.

    Raises `folder-missing`, `instruments-missing`, `workspace-missing`, and every problem in the files.
    """
    if place.instruments and place.workspace is not None:
        raise OfframpError(
            "instruments-twice",
            "`--instruments` and `--workspace` both say which instruments are asked",
            help="give one of the two",
        )
    if place.instruments:
        for folder in place.instruments:
            if not folder.exists():
                raise OfframpError(
                    "folder-missing",
                    f"there is no `{folder}`",
                    help="name a folder of *.yaml files, or one of them",
                )
        _check_any(place.instruments)
        return Texts(load_instruments(place.instruments), tuple(str(one) for one in place.instruments), None)
    root = place.workspace or find(Path.cwd())
    if root is None:
        raise OfframpError(
            "workspace-missing",
            "there is no `offramp.yaml` here or in a folder above",
            help="name the folder of instruments with --instruments DIR, or run `offramp init`",
        )
    workspace = load(root)
    _check_any(workspace.instruments)
    return Texts(load_instruments(workspace), tuple(_near(one) for one in workspace.instruments), workspace)


def parties_of(texts: Texts, user: str) -> tuple[str, ...]:
    """The parties named, or the workspace's organisation. Raises `user-missing` where neither is there."""
    parties = words(user) or (texts.workspace.organisation.kinds if texts.workspace else ())
    if not parties:
        raise OfframpError("user-missing", "nobody is asked about", help="name who acts: --user KIND[,KIND]")
    return parties


def words(text: str) -> tuple[str, ...]:
    """`a,b` as its parts, empty ones dropped."""
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def pairs(items: tuple[str, ...], flag: str) -> dict[str, str]:
    """`name=value` options as a mapping. Raises `pair-unreadable`."""
    found = {}
    for item in items:
        name, sign, value = item.partition("=")
        if not sign or not name.strip() or not value.strip():
            raise OfframpError(
                "pair-unreadable",
                f"`{item}` is not NAME=VALUE",
                help=f"write for example {flag} under=commercial",
            )
        if name.strip() in found:
            raise OfframpError(
                "pair-twice",
                f"{flag} gives `{name.strip()}` twice",
                help="give it once; ask twice to compare the answers",
            )
        found[name.strip()] = value.strip()
    return found


def check_stance(stance: tuple[str, ...]) -> None:
    """Raises `stance-unknown` for a word that is no stance."""
    for word in stance:
        if word not in STANCES:
            raise OfframpError(
                "stance-unknown", f"no stance `{word}`", help=f"use one of: {', '.join(STANCES)}"
            )
    if {"announced", "served"} <= set(stance):
        raise OfframpError(
            "stance-twice",
            "a norm counts from when it is `announced` or from when it is `served`, not both",
            help="give one of the two; ask twice to compare the answers",
        )


def check_vendor(texts: Texts, vendor: str) -> None:
    """Raises `vendor-unknown` for a name that nothing here knows: a slip must not read as a permission."""
    from offramp.vendors import VENDORS

    known = set(VENDORS) | set(texts.instruments.vocabulary.vendors)
    for norm in texts.instruments.norms.values():
        known.update(name for form in norm.forms for name in form.vendors)
    if texts.workspace is not None:
        known.update(one.vendor for one in texts.workspace.upstreams.values())
        known.update(one.vendor for one in texts.workspace.declared)
    if vendor not in known:
        raise OfframpError(
            "vendor-unknown",
            f"nothing here knows a vendor `{vendor}`",
            help=f"use one of: {', '.join(sorted(known))}; or name it in an instrument or as an upstream",
        )


def _check_any(folders: tuple[Path, ...]) -> None:
    named = ", ".join(f"`{_near(one)}`" for one in folders) or "the workspace"
    if not any(files.DISK.yaml_files(folder) for folder in folders):
        raise OfframpError(
            "instruments-missing",
            f"there are no instruments in {named}",
            help="put documents of offramp.instruments/v1 (*.yaml) there",
        )


def _near(path: Path) -> str:
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
