"""`offramp evidence verify`: checking offline what somebody handed over."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import At, Format, Output, key_of, moment
from offramp.cli.files import read_file
from offramp.cli.output import emit, finish
from offramp.core.errors import Exit, OfframpError


def verify(
    path: Path,
    /,
    *,
    key: Annotated[str, Parameter(help="The public key, or a file that holds it. Not from the pack.")] = "",
    earlier: Annotated[
        Path | None, Parameter(help="A pack or checkpoint kept from before: the ledger must begin with it.")
    ] = None,
    entry: Annotated[Path | None, Parameter(help="The entry a proof is about.")] = None,
    signer: Annotated[
        tuple[str, ...], Parameter(help="Another public key that counts for statements; may be given again.")
    ] = (),
    threshold: Annotated[
        int, Parameter(help="How many of the keys must have signed each statement.", show_default=True)
    ] = 1,
    supplier_key: Annotated[
        tuple[str, ...],
        Parameter(help="The key of a supplier whose pack is in the pack; may be given again."),
    ] = (),
    authority: Annotated[
        tuple[Path, ...], Parameter(help="A time-stamp authority's certificate; may be given again.")
    ] = (),
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Check a pack, tiles, a statement or a proof offline against a public key. Exits 0 when it verifies.

    For example:
      offramp evidence verify evidence.zip --key ledger.pub
      offramp evidence verify evidence.zip --key ledger.pub --earlier march.txt --format json
      offramp evidence verify prime.zip --key prime.pub --supplier-key rivet.pub
      offramp evidence verify evidence.zip --key ledger.pub --authority tsa.pem
      offramp evidence verify non-use.dsse.json --key ledger.pub --signer counsel.pub --threshold 2
      offramp evidence verify entry-7.tlog-proof --entry entry-7.json --key ledger.pub

    Parameters
    ----------
    path
        A pack, a folder of tiles, a `.dsse.json`, or a `.tlog-proof`.
    """
    from offramp.evidence import verify as check
    from offramp.report.documents import verification

    if not key:
        raise OfframpError(
            "key-missing",
            "evidence is checked against a public key that did not come with it; no --key was given",
            help="ask whoever made it for the line `offramp evidence key` prints, by another way (the copy "
            "inside a pack proves nothing: whoever forges a pack forges that too), and give it with --key",
        )
    given = key_of(key)
    checked = check(
        path,
        given,
        earlier=earlier,
        entry=entry,
        signers=[key_of(one) for one in signer],
        threshold=threshold,
        suppliers=[key_of(one) for one in supplier_key],
        authorities=[read_file(one) for one in authority],
    )
    before = "" if earlier is None else str(earlier)
    document = verification.verification(checked, path=str(path), key=given, at=moment(at), earlier=before)
    emit(document, format, output)
    if not checked.ok:
        finish(Exit.FOUND)
