"""`offramp keys`: keys for callers of the gateway, issued, listed, rotated and revoked."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

By = Annotated[str, Parameter(help="Who does this.")]
Place = Annotated[Path | None, Parameter(help="Folder of offramp.yaml.")]
DryRun = Annotated[bool, Parameter(negative=(), help="Show what would be done and record nothing.")]
Format = Annotated[str, Parameter(help="Text, html, json or csv.")]
Output = Annotated[Path | None, Parameter(alias="-o", help="File to write instead of standard output.")]
Expires = Annotated[str, Parameter(help="When it ends: a date, an instant, or a time such as `90 days`.")]

app = App(
    name="keys",
    help="Keys for callers of the gateway: issued to an application, shown once, kept as a digest.\n\n"
    "A running gateway takes up every change within a second, in all its workers.\n\n"
    "For example:\n\n"
    "  offramp keys issue permit-desk --by 'R. Okafor' --purpose office --expires '90 days'\n\n"
    "  offramp keys rotate k7qm2xw9da --by 'R. Okafor' --overlap '2 days'\n\n"
    "  offramp keys revoke k7qm2xw9da --by 'R. Okafor' --reason 'laptop lost'",
)


@app.command
def issue(
    application: Annotated[str, Parameter(help="An application of offramp.yaml.")],
    *,
    by: By,
    label: Annotated[str, Parameter(help="What it is for, in words.")] = "",
    purpose: Annotated[tuple[str, ...], Parameter(help="Only for this purpose; may be given again.")] = (),
    model: Annotated[
        tuple[str, ...],
        Parameter(help="Only for this model, as callers name it; `*` at the end for all that begin so."),
    ] = (),
    limit: Annotated[
        tuple[str, ...],
        Parameter(help="A limit of its own, such as `requests_per_minute=60`; may be given again."),
    ] = (),
    expires: Expires = "",
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
    dry_run: DryRun = False,
) -> None:
    """Make a key. It is shown this once and kept nowhere.

    For example:
      offramp keys issue permit-desk --by 'R. Okafor' --label 'nightly batch' --limit requests_per_minute=60
    """
    from offramp.cli import key_words
    from offramp.cli.output import check_output
    from offramp.cli.place import open_workspace
    from offramp.control import callers
    from offramp.core.instants import now

    check_output(format, output)
    place, at = open_workspace(workspace), now()
    wanted = callers.Wanted(
        application=application,
        label=label,
        purposes=purpose,
        models=model,
        limits=key_words.limits_of(limit),
        expires_at=key_words.instant_of(expires, at) if expires else None,
    )
    issued = callers.issue(place, wanted, by=by, at=at)
    key_words.carry_out(place, issued, at, format, output, dry_run=dry_run)


@app.command(name="list")
def list_(
    *,
    application: Annotated[str, Parameter(help="Only keys of this application.")] = "",
    all: Annotated[  # noqa: A002
        bool, Parameter(negative=(), help="Expired and revoked keys, too.")
    ] = False,
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """List keys, what each opens, and what is used of the limits. Exits 3 when there is none.

    For example:
      offramp keys list --application permit-desk --format json
    """
    from offramp.cli.output import check_output, emit, finish
    from offramp.cli.place import open_workspace
    from offramp.control import callers, quotas
    from offramp.core.errors import Exit
    from offramp.core.instants import now
    from offramp.report.documents.keys import keys_document

    check_output(format, output)
    place, at = open_workspace(workspace), now()
    keys = callers.stored_keys(place.state)
    shown = tuple(
        key for key in keys if (not application or key.application == application) and (all or key.opens(at))
    )
    emit(keys_document(place, shown, quotas.uses(place, shown, at), at), format, output)
    if not shown:
        finish(Exit.NOTHING)


@app.command
def rotate(
    key: Annotated[str, Parameter(help="Id of the key to replace.")],
    *,
    by: By,
    overlap: Annotated[
        str, Parameter(help="How long the old key goes on: a time such as `2 days`, an instant, or `none`.")
    ] = "1 day",
    expires: Expires = "",
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
    dry_run: DryRun = False,
) -> None:
    """Make a key that opens what the old one does. The old one goes on for a while.

    For example:
      offramp keys rotate k7qm2xw9da --by 'R. Okafor' --overlap '2 days'
    """
    from offramp.cli import key_words
    from offramp.cli.output import check_output
    from offramp.cli.place import open_workspace
    from offramp.control import callers
    from offramp.core.instants import now

    check_output(format, output)
    place, at = open_workspace(workspace), now()
    rotated = callers.rotate(
        callers.stored_keys(place.state),
        key,
        by=by,
        at=at,
        until=at if overlap == "none" else key_words.instant_of(overlap, at),
        expires_at=key_words.instant_of(expires, at) if expires else None,
    )
    key_words.carry_out(place, rotated, at, format, output, dry_run=dry_run)


@app.command
def revoke(
    key: Annotated[str, Parameter(help="Id of the key.")],
    *,
    by: By,
    reason: Annotated[str, Parameter(help="Why, in words, for the ledger.")],
    workspace: Place = None,
    format: Format = "text",  # noqa: A002
    output: Output = None,
    dry_run: DryRun = False,
) -> None:
    """End a key at once. Run twice, it does nothing the second time.

    For example:
      offramp keys revoke k7qm2xw9da --by 'R. Okafor' --reason 'laptop lost'
    """
    from offramp.cli import key_words
    from offramp.cli.output import check_output, say
    from offramp.cli.place import open_workspace
    from offramp.control import callers
    from offramp.core.instants import now

    check_output(format, output)
    place, at = open_workspace(workspace), now()
    revoked = callers.revoke(callers.stored_keys(place.state), key, by=by, reason=reason, at=at)
    if revoked is None:
        say(f"key `{key}` was revoked before; nothing changed")
        return
    key_words.carry_out(place, revoked, at, format, output, dry_run=dry_run)
