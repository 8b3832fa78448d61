"""`offramp evidence` checkpoint, prove, tiles, witness, cosign, handed: what a second party holds."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import At, Format, Output, State, key_of, moment, state_of
from offramp.cli.files import read_file
from offramp.cli.output import emit, finish, say, write
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import now


def checkpoint(*, state: State = None) -> None:
    """Print a signed checkpoint of the ledger as it is now: give it away, so that the past stays put.

    For example:
      offramp evidence checkpoint > march.txt
    """
    from offramp.evidence import Handover
    from offramp.report.documents.handed import held_line

    owner = Handover(state_of(state))
    sys.stdout.write(owner.checkpoint().note)
    say(held_line(owner.coverage()))


def verifier(
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The file to write.", show_default=True)
    ] = Path("verify.py"),
) -> None:
    """Write the stand-alone verifier: one file that needs only Python 3.11 and `cryptography`.

    For example:
      offramp evidence verifier
      python verify.py evidence.zip --key ledger.pub
    """
    from offramp.evidence import Handover

    write(Handover.verifier(), output)
    say(f"wrote {output}")


def prove(
    index: int,
    /,
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The folder to write to.", show_default=True)
    ] = Path(),
    state: State = None,
) -> None:
    """Write one entry and the proof that it is in the ledger (C2SP tlog-proof), as two files.

    For example:
      offramp evidence prove 7
      offramp evidence verify entry-7.tlog-proof --entry entry-7.json --key ledger.pub

    Parameters
    ----------
    index
        The entry's number, as `offramp evidence entries` shows it.
    """
    from offramp.evidence import Handover

    recorded, proof = Handover(state_of(state)).proof(index)
    for name, text in (
        (f"entry-{index}.json", recorded.body.decode()),
        (f"entry-{index}.tlog-proof", proof.serialise()),
    ):
        write(text, output / name)
        say(f"wrote {output / name}")


def tiles(folder: Path, /, *, state: State = None) -> None:
    """Bring a folder of plain files up to the ledger as it is now (C2SP tlog-tiles), for others to mirror.

    For example:
      offramp evidence tiles public/ledger
      offramp evidence verify public/ledger --key ledger.pub

    Parameters
    ----------
    folder
        A new or empty folder, or one this command wrote before. Entries are in it as they are.
    """
    from offramp.evidence import Handover

    written = Handover(state_of(state)).tiles(folder)
    say(f"{folder}: {written.checkpoint.size} entries, {written.files} new files")


def witness(
    name: str,
    /,
    *,
    output: Annotated[Path, Parameter(name=["--output", "-o"], help="Where to keep the secret key.")],
) -> None:
    """Make the key a second party cosigns with. Its public half is printed; the secret stays in the file.

    For example:
      offramp evidence witness auditor.example -o witness.key > witness.pub

    Parameters
    ----------
    name
        Who cosigns: a name without spaces, such as a domain.
    """
    from offramp.evidence import Witness

    try:
        secret = Witness.generate(name).secret
    except ValueError as error:
        raise OfframpError("witness-name", f"`{name}`: {error}", help="use a name such as a domain") from None
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise OfframpError(
            "output-unwritable", f"cannot make `{output}`: {error.strerror}", help="name a new file with -o"
        ) from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.serialise() + "\n")
    sys.stdout.write(f"{secret.public}\n")


def cosign(
    note: Path,
    /,
    *,
    key: Annotated[str, Parameter(help="The ledger's public key, or a file that holds it.")],
    secret: Annotated[Path, Parameter(help="The file `offramp evidence witness` wrote.")],
    pack: Annotated[Path, Parameter(help="A pack or tiles of the ledger as the checkpoint has it.")],
    earlier: Annotated[
        Path | None, Parameter(help="What you cosigned last. Without it, this is said to be the first.")
    ] = None,
    at: At = "",
    output: Output = None,
) -> None:
    """As a second party, sign under a checkpoint, after checking that the ledger only grew.

    For example:
      offramp evidence cosign june.txt --pack june.zip --earlier march.txt --key ledger.pub --secret my.key

    Parameters
    ----------
    note
        The checkpoint to sign under.
    """
    from offramp.evidence import Witness

    second_party = Witness.read(read_file(secret))
    signed = second_party.observe(
        read_file(note), pack, key_of(key), earlier=earlier, seconds=int(moment(at).timestamp())
    )
    write(signed, output)


def handed(
    note: Path | None = None,
    /,
    *,
    to: Annotated[str, Parameter(help="Who has it now.")] = "",
    by: Annotated[str, Parameter(help="Who handed it over.")] = "",
    witness: Annotated[
        tuple[str, ...], Parameter(help="Public key, or its file, of who cosigned it; may be given again.")
    ] = (),
    state: State = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Record that a checkpoint was given away; without one, list which were, and what nobody holds yet.

    For example:
      offramp evidence handed march.txt --to "A. Auditor" --by "R. Okafor" --witness witness.pub
      offramp evidence handed

    Parameters
    ----------
    note
        The checkpoint, or the cosigned copy that came back. Exits 3 when nothing was ever handed over.
    """
    from offramp.evidence import Handover, Ledger
    from offramp.report.documents.handed import handed_document

    place, when = state_of(state), moment(at)
    if note is not None:
        if not to or not by:
            raise OfframpError(
                "handed-to-whom", "--to and --by are needed with a checkpoint", help="name both"
            )
        given = read_file(note).decode("utf-8", "replace")
        keys = [key_of(one) for one in witness]
        owner = Handover(place)
        entry = owner.entry_of(given, to=to, by=by, at=now(), handed_at=when, witnesses=keys)
        with Ledger.open(place) as ledger:
            say(f"recorded as entry {ledger.append(entry).index}")
    found, size = Handover(place).handed()
    emit(handed_document(found, size, when), format, output)
    if not found:
        finish(Exit.NOTHING)
