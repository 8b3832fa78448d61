"""Where a command works: the workspace it is run in, or the one it is told."""

import sys
from pathlib import Path

from offramp.cli.output import progress, say
from offramp.core.errors import OfframpError
from offramp.core.findings import Scan
from offramp.workspace import Workspace, find, load


def open_workspace(folder: Path | None = None) -> Workspace:
    """The workspace at `folder`, or the nearest one at or above the current folder; warnings go to stderr."""
    root = folder or find(Path.cwd())
    if root is None:
        raise OfframpError(
            "workspace-missing",
            "there is no `offramp.yaml` here or in a folder above",
            help="run `offramp init` to make one, or name its folder with --workspace",
        )
    workspace = load(_short(root))
    for warning in workspace.warnings:
        say(f"warning: {warning}")
    return workspace


def _short(root: Path) -> Path:
    try:
        return root.absolute().relative_to(Path.cwd())
    except ValueError:
        return root


def scan_here(place: Workspace) -> Scan:
    """What is found under the workspace and in its declarations, with a bar on a terminal."""
    from offramp.plan import rescan

    with progress("scanning, files read") as on_progress:
        return rescan.scan_workspace(place, on_progress)


def ask(what: str, suggestion: str) -> str:
    """What the person at the terminal says, the suggestion on an empty line; nothing without a terminal."""
    if not sys.stdin.isatty():
        return ""
    say(f"{what} [{suggestion}]: ")
    return sys.stdin.readline().strip() or suggestion
