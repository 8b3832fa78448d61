"""More checks of `offramp doctor`: what the machine gives the gateway, and whether upstreams answer."""

import os
import shutil
import stat
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant, now
from offramp.evidence import Ledger, read_entries
from offramp.report.documents.doctor import Check, Health
from offramp.upstream import require_extra
from offramp.workspace import Workspace

PACKAGES = ("aiohttp", "cryptography", "granian", "sqlalchemy")
SPACE_WRONG = 200 * 1024 * 1024
SPACE_NOTE = 2 * 1024 * 1024 * 1024
CLOCK_SECONDS = 300
REACH_SECONDS = 10.0


def versions() -> Check:
    """What is installed, to be told with a question."""
    found = [f"offramp {metadata.version('offramp')}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return Check("versions", Health.OK, ", ".join(found))


def state(workspace: Workspace) -> Iterator[Check]:
    """The state directory: who may enter it, whether it can be written, how much room is left."""
    folder = workspace.state
    if not folder.is_dir():
        yield Check("state", Health.NOTE, f"`{folder}` is not there yet", "the first start makes it")
    else:
        yield _rights(folder)
    yield _space(folder if folder.is_dir() else workspace.root)
    yield from (_rights_of_key(path) for path in _key_files(workspace))


def writer(workspace: Workspace) -> Check:
    """Whether the ledger takes entries: from here, or through a gateway that runs. None is written."""
    if not (workspace.state / "state.db").is_file():
        return Check("writer", Health.NOTE, "nothing recorded yet")
    try:
        with Ledger.open(workspace.state):
            return Check("writer", Health.OK, "the ledger takes entries")
    except OfframpError as error:
        return Check("writer", Health.WRONG, error.message, error.help)


def clock(workspace: Workspace) -> Check:
    """Whether this machine's clock is behind what the ledger has already seen."""
    present = now()
    newest = None
    if (workspace.state / "state.db").is_file():
        try:
            found = read_entries(workspace.state, limit=1, newest_first=True)
            newest = found[0].entry.at if found else None
        except OfframpError:
            newest = None
    if newest is not None and (newest - present).total_seconds() > CLOCK_SECONDS:
        return Check(
            "clock",
            Health.WRONG,
            f"it is {format_instant(present)} here, and the newest entry is of {format_instant(newest)}",
            "set the clock, and keep it set by the network's time: instruments count by it",
        )
    return Check("clock", Health.OK, f"{format_instant(present)}, not behind the ledger")


def reach(workspace: Workspace) -> Iterator[Check]:
    """Whether each upstream answers HTTP at all, by its own way. No key and no conversation is sent."""
    try:
        require_extra("gateway")
    except OfframpError as error:
        yield Check("upstreams", Health.NOTE, "not looked at without the gateway extra", error.help)
        return
    from offramp.gateway import reach_upstreams

    for one in reach_upstreams(workspace):
        name = f"upstream {one.upstream}"
        if one.error is None:
            yield Check(name, Health.OK, f"answers (status {one.status} without a key)")
        else:
            yield Check(name, Health.WRONG, one.error.message, one.error.help)


def _rights(folder: Path) -> Check:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Check("state", Health.WRONG, f"`{folder}` may not be written", "give it to whoever serves")
    if mode & 0o077:
        return Check("state", Health.WRONG, f"others may enter `{folder}`", f"chmod 700 {folder}")
    return Check("state", Health.OK, f"`{folder}`, for its owner only")


def _space(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    told = f"{free / 1024**3:.1f} GiB free"
    if free < SPACE_WRONG:
        return Check("disk", Health.WRONG, told, "make room: without the ledger nothing is answered")
    if free < SPACE_NOTE:
        return Check("disk", Health.NOTE, told, "make room before the ledger needs it")
    return Check("disk", Health.OK, told)


def _key_files(workspace: Workspace) -> list[Path]:
    named = [workspace.root / ref.file for ref in workspace.secrets if ref.file]
    return sorted({path for path in named if path.is_file()})


def _rights_of_key(path: Path) -> Check:
    name = f"rights of {path.name}"
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Check(name, Health.WRONG, f"others may read `{path}`", f"chmod 600 {path}")
    return Check(name, Health.OK, "for its owner only")
