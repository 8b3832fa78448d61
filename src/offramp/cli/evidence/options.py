"""What the sub-commands of `offramp evidence` share: options, the state directory, keys given by name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from offramp.cli.files import read_file
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, now, parse_instant

if TYPE_CHECKING:
    from offramp.evidence import EntryType

State = Annotated[Path | None, Parameter(help="The state directory, `.offramp`; by default the workspace's.")]
Format = Annotated[str, Parameter(name=["--format"], help="text, html, json or csv.", show_default=True)]
Output = Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write the result to this file.")]
At = Annotated[str, Parameter(help="The date to put on the result; by default the present.")]


def moment(at: str) -> Instant:
    """The instant named, or the present to the second."""
    return parse_instant(at) if at else now().replace(microsecond=0)


def state_of(given: Path | None) -> Path:
    """The state directory named, or that of the workspace here or above."""
    if given is not None:
        return given

    from offramp.workspace import find

    root = find(Path.cwd())
    if root is None:
        raise OfframpError(
            "workspace-missing",
            "there is no `offramp.yaml` here or above",
            help="go to the workspace, or name its state directory with --state DIR",
        )
    return root / ".offramp"


def key_of(given: str) -> str:
    """A key given as text or as the file that holds it."""
    path = Path(given)
    return read_file(path).decode("utf-8", "replace").strip() if "+" not in given or path.is_file() else given


def types_of(given: tuple[str, ...]) -> "frozenset[EntryType]":
    """The types of entries that were named. Raises `entry-type-unknown`."""
    from offramp.evidence import EntryType

    known = [str(kind) for kind in EntryType]
    for kind in given:
        if kind not in known:
            raise OfframpError(
                "entry-type-unknown", f"no entry type `{kind}`", help=f"use one of: {', '.join(known)}"
            )
    return frozenset(map(EntryType, given))
