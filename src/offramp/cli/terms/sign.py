"""`offramp terms sign`: a named person answers for a rendering."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def sign(
    file: Path,
    /,
    *,
    by: Annotated[str, Parameter(help="Who signs: the person who answers for the rendering.")],
    instrument: Annotated[str, Parameter(help="Which instrument of the file, where it holds several.")] = "",
    status: Annotated[
        str, Parameter(help="Where a draft stands from now on: in_force, announced or proposed.")
    ] = "in_force",
    dry_run: Annotated[bool, Parameter(negative=(), help="Show the change and write nothing.")] = False,
    format: Annotated[str, Parameter(help="text, html, json or csv.")] = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """Sign an instrument: name, time and the digest of what is signed go into the file.

    A draft binds from then on, and only while it says what was signed: a later edit ends that, loudly. The
    document must load, with every sentence modelled or marked. Signed again unchanged, nothing is written.
    In a workspace the ledger records who signed what, with the digest.

    For example:
      offramp terms sign instruments/order-7.yaml --by "A. Mensah, counsel"
      offramp terms sign instruments/order-7.yaml --by "A. Mensah, counsel" --status announced --dry-run

    Parameters
    ----------
    file
        A document of instruments.
    """
    from offramp.cli.output import check_output, emit, say
    from offramp.cli.recording import record_signature
    from offramp.cli.signatures import sign_file
    from offramp.core.errors import OfframpError, did_you_mean
    from offramp.core.instants import now
    from offramp.instruments.model import Status
    from offramp.report.documents.terms_sign import terms_sign_document
    from offramp.workspace import find

    check_output(format, output)
    open_to = [Status.IN_FORCE.value, Status.ANNOUNCED.value, Status.PROPOSED.value]
    if status not in open_to:
        raise OfframpError("status-unknown", f"no status `{status}`", help=did_you_mean(status, open_to))
    if not by.strip():
        raise OfframpError("signer-missing", "nobody signs", help='name a person: --by "A. Mensah"')
    at = now()
    named = by.strip()
    done = sign_file(file, instrument, named, Status(status), at=at, is_dry_run=True)
    root = find(file.parent)
    noted = "nothing was signed anew, so the ledger has no new entry"
    if done.diff and not dry_run:
        noted = "no workspace at or above the file: the signature is in the file alone, in no ledger"
        if root is not None:
            path = str(file.absolute().relative_to(root))
            number = record_signature(root / ".offramp", done, path, named, at)
            noted = f"entry {number} of the workspace's ledger records it"
        # The ledger has the entry, durably, before the file has the signature.
        done = sign_file(file, instrument, named, Status(status), at=at, is_dry_run=False)
    if done.diff:
        say(done.diff.rstrip("\n"))
    if dry_run:
        say("dry run: nothing was written")
    emit(terms_sign_document(done.signed, done.instruments, str(file), at, noted), format, output)
