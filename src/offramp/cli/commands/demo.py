"""`offramp demo`: the whole story on the bundled organisation, offline, with real local models."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="demo",
    help="The whole story on the bundled organisation, offline, with real local models.\n\n"
    "For example:\n\n"
    "  offramp demo\n\n"
    "  offramp demo --keep-open\n\n"
    "  offramp demo --folder ./harbor",
)


@app.default
def demo(
    *,
    keep_open: Annotated[bool, Parameter(negative=())] = False,
    folder: Path | None = None,
    port: int = 0,
) -> None:
    """Find, decide, plan, move, restore, prove: each step a real command, shown as it runs.

    Parameters
    ----------
    keep_open
        Keep the gateway running at the end, until Ctrl-C.
    folder
        Work in this new or empty folder and keep it; a temporary one otherwise.
    port
        Port of the gateway; a free one when 0.
    """
    from offramp.cli.output import finish
    from offramp.cli.story.leaving import tell
    from offramp.upstream import require_extra

    require_extra("demo")
    finish(tell(keep_open=keep_open, folder=folder, port=port))
