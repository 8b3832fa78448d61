"""`offramp doctor`: is everything in place?"""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="doctor",
    help="Check this installation and the workspace: versions, keys, state, disk, clock, ledger, port.\n\n"
    "Exits 0 when nothing is wrong and 1 when something is. Changes nothing, prints no secret.\n\n"
    "For example:\n\n"
    "  offramp doctor\n\n"
    "  offramp doctor --upstreams --format json",
)


@app.default
def doctor(
    *,
    host: str = "127.0.0.1",
    port: int = 8484,
    workspace: Path | None = None,
    upstreams: Annotated[bool, Parameter(negative=())] = False,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Look at everything once.

    Parameters
    ----------
    host
        Address the gateway would listen on.
    port
        Port the gateway would listen on.
    workspace
        Folder of offramp.yaml.
    upstreams
        Call each upstream once, without a key: name, connection, certificate, proxy, access token.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.checks import examine
    from offramp.cli.output import emit, finish
    from offramp.core.errors import Exit
    from offramp.core.instants import now
    from offramp.report.documents.doctor import Health, doctor_document

    checks = examine(workspace, host, port, reaches=upstreams)
    emit(doctor_document(checks, now(), reaches=upstreams), format, output)
    if any(check.health is Health.WRONG for check in checks):
        finish(Exit.FOUND)
