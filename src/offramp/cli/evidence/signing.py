"""`offramp evidence` signer, sign, statements: keys of persons, more signatures, and what was stated."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import At, Format, Output, moment
from offramp.cli.files import read_file
from offramp.cli.output import emit, finish, say
from offramp.core.errors import Exit, OfframpError


def signer(
    name: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="Where to keep the secret key.")],
) -> None:
    """Make the key a person signs statements with. Its public half is printed; the secret stays in the file.

    For example:
      offramp evidence signer counsel.example -o counsel.key > counsel.pub

    Parameters
    ----------
    name
        Who signs: a name without spaces, such as a domain or an address.
    """
    from offramp.evidence.statements import shelf

    secret, public = shelf.new_secret(name)
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OfframpError(
            "output-unwritable", f"cannot make `{output}`: {error.strerror}", help="name a new file with -o"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
    sys.stdout.write(f"{public}\n")


def sign(
    statement: Path,
    /,
    *,
    secret: Annotated[Path, Parameter(help="The file `offramp evidence signer` wrote.")],
    dry_run: Annotated[bool, Parameter(negative=(), help="Only show what you would sign.")] = False,
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Put your signature under a statement that somebody else made, and show what you signed.

    For example:
      offramp evidence sign non-use-0123456789ab.dsse.json --secret counsel.key --dry-run
      offramp evidence sign .offramp/statements/non-use-0123456789ab.dsse.json --secret counsel.key

    Parameters
    ----------
    statement
        The signed statement; it is written again with one signature more.
    """
    from offramp.evidence.statements import checking, shelf
    from offramp.report.documents.statement import statement_document

    read_file(statement)
    envelope = shelf.countersign(statement, read_file(secret).decode("utf-8", "replace"), is_dry_run=dry_run)
    checking.read(envelope.payload)
    say(f"{len(envelope.signatures)} signatures under {statement}")
    emit(statement_document(shelf.Made(statement, envelope, None)), format, output)


def statements(
    *,
    workspace: Annotated[Path | None, Parameter(help="Folder of offramp.yaml.")] = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """List what was stated here: only what the ledger's key signed and the ledger recorded. Exits 3 for none.

    For example:
      offramp evidence statements
    """
    from offramp.cli.evidence.looking import statements as stated
    from offramp.cli.place import open_workspace
    from offramp.report.documents.statement import statements_document

    found = stated(open_workspace(workspace))
    emit(statements_document(found, moment(at)), format, output)
    if not found:
        finish(Exit.NOTHING)
