"""`offramp doctor`: is everything in place?"""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="doctor",
    help="Check this installation and the workspace: Python, extras, weights, keys, ledger, port.\n\n"
    "Exits 0 when nothing is wrong and 1 when something is. Changes nothing, prints no secret.\n\n"
    "For example:\n\n"
    "  offramp doctor\n\n"
    "  offramp doctor --reach\n\n"
    "  offramp doctor --format json",
)


@app.default
def doctor(
    *,
    host: str = "127.0.0.1",
    port: int = 8484,
    reach: Annotated[bool, Parameter(negative=())] = False,
    workspace: Path | None = None,
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
    reach
        Call each upstream once, without a key: name, connection, certificate, proxy, access token.
    workspace
        Folder of offramp.yaml.
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

    checks = examine(workspace, host, port, reaches=reach)
    emit(doctor_document(checks, now(), reaches=reach), format, output)
    if any(check.health is Health.WRONG for check in checks):
        finish(Exit.FOUND)
