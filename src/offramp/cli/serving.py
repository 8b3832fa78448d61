"""What `offramp serve` serves: a workspace, or one written for `--to` in a folder of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from offramp.cli.output import say
from offramp.cli.place import open_workspace
from offramp.core.errors import OfframpError
from offramp.gateway import OneLine, one_line_workspace
from offramp.workspace import Workspace

LONGEST_STOP = 3600.0
"""Seconds of a stop."""
SHORTEST_WAIT = 0.1
"""Seconds for the ledger. Less than a disk takes would refuse everything."""


@contextmanager
def place_to_serve(asked: OneLine, folder: Path | None, state: Path | None) -> Iterator[Workspace]:
    """The workspace at `folder`; for `--to`, one in `state` or in a folder that goes at the end."""
    if asked.to and folder is not None:
        raise OfframpError("serve-twice", "both --to and --workspace are given", help="leave one of them out")
    if (asked.key_env or asked.model or state) and not asked.to:
        raise OfframpError(
            "to-missing",
            "--key-env, --model and --state go with --to",
            help="add --to DIALECT=URL, or set this in offramp.yaml",
        )
    if not asked.to:
        yield open_workspace(folder)
    elif state is not None:
        yield one_line_workspace(asked, state)
    else:
        with TemporaryDirectory(prefix="offramp-") as own:
            place = one_line_workspace(asked, Path(own))
            say("the ledger is in a temporary folder, gone when the gateway stops; keep it with --state DIR")
            yield place


def check_numbers(
    workers: int, nodes: int, port: int, seconds: Sequence[float] = (), ledger_wait: float = SHORTEST_WAIT
) -> None:
    """Raise `serve-unreadable` where one is out of range."""
    if any(not 0 <= one <= LONGEST_STOP for one in seconds):
        raise OfframpError(
            "serve-unreadable",
            "`--drain` or `--unready` is out of range",
            help=f"use from 0 to {LONGEST_STOP:g} seconds",
        )
    if not SHORTEST_WAIT <= ledger_wait <= LONGEST_STOP:
        raise OfframpError(
            "serve-unreadable",
            f"`--ledger-wait {ledger_wait:g}` is out of range",
            help=f"use from {SHORTEST_WAIT:g} to {LONGEST_STOP:g} seconds",
        )
    if workers < 1 or nodes < 1 or not 0 <= port <= 65535:
        raise OfframpError(
            "serve-unreadable",
            f"`--workers {workers}`, `--nodes {nodes}` or `--port {port}` is out of range",
            help="use at least one worker and one node, and a port from 0 to 65535",
        )
