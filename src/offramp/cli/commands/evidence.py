"""`offramp evidence`: the ledger's entries, packs that prove them, and checking what was handed over."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.evidence import documents as making
from offramp.cli.evidence import state as stating
from offramp.cli.evidence.handing import checkpoint, cosign, handed, key, prove, tiles, verifier, witness
from offramp.cli.evidence.options import At, Format, Output, State, key_of, moment, state_of
from offramp.cli.evidence.signing import sign, signer, statements
from offramp.cli.files import read_file
from offramp.cli.output import emit, finish, say
from offramp.core.errors import Exit, OfframpError

app = App(
    name="evidence",
    help="""Show what was recorded, pack it for others, and check a pack.

For example:
  offramp evidence entries --type cut --type restore
  offramp evidence key > ledger.pub
  offramp evidence pack -o evidence.zip --document scan.json
  offramp evidence verify evidence.zip --key ledger.pub
""",
)
for one in (
    *(checkpoint, cosign, handed, key, prove, sign, signer, statements, tiles, verifier, witness),
    making.app,
    stating.app,
):
    app.command(one)


@app.command
def pack(
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The pack to write.", show_default=True)
    ] = Path("evidence.zip"),
    document: Annotated[tuple[Path, ...], Parameter(help="A file to put in; may be given again.")] = (),
    gap: Annotated[tuple[str, ...], Parameter(help="Something the pack does not show, said in it.")] = (),
    scope: Annotated[str, Parameter(help="What the pack is about; by default the whole ledger.")] = "",
    state: State = None,
    at: At = "",
    dry_run: Annotated[bool, Parameter(help="Say what would be packed; write nothing.")] = False,
    format: Annotated[str, Parameter(help="text, json or csv; for the summary.", show_default=True)] = "text",  # noqa: A002
) -> None:
    """Write the ledger, its signed checkpoint and documents into one file that verifies offline.

    For example:
      offramp evidence pack
      offramp evidence pack -o evidence.zip --document scan.json --gap "laptops were not scanned"
    """
    from offramp.evidence import Handover
    from offramp.evidence import pack as packs
    from offramp.evidence.statements import shelf
    from offramp.report.documents import evidence as documents

    when = moment(at)
    contents = packs.Contents(
        made_at=when,
        scope=scope,
        gaps=gap,
        documents={path.name.lower(): read_file(path) for path in document},
        statements=shelf.kept(state_of(state)),
    )
    made = Handover(state_of(state)).pack(output, contents, is_dry_run=dry_run)
    emit(documents.pack(made, at=when, is_dry_run=dry_run), format)


@app.command
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
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Check a pack, tiles, a statement or a proof offline against a public key. Exits 0 when it verifies.

    For example:
      offramp evidence verify evidence.zip --key ledger.pub
      offramp evidence verify evidence.zip --key ledger.pub --earlier march.txt --format json
      offramp evidence verify entry-7.tlog-proof --entry entry-7.json --key ledger.pub
      offramp evidence verify non-use.dsse.json --key ledger.pub --signer counsel.pub --threshold 2

    Parameters
    ----------
    path
        A pack, a folder of tiles, a `.dsse.json`, or a `.tlog-proof`.
    """
    from offramp.evidence import verify as check
    from offramp.report.documents import evidence as documents

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
    )
    before = "" if earlier is None else str(earlier)
    document = documents.verification(checked, path=str(path), key=given, at=moment(at), earlier=before)
    emit(document, format, output)
    if not checked.ok:
        finish(Exit.FOUND)


@app.command
def entries(
    *,
    type: Annotated[tuple[str, ...], Parameter(help="Only entries of this type; may be given again.")] = (),  # noqa: A002
    limit: Annotated[int, Parameter(help="The newest so many; 0 for all.", show_default=True)] = 50,
    state: State = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """List what was recorded, newest last. Exits 3 when there is nothing.

    For example:
      offramp evidence entries
      offramp evidence entries --type cut --type restore --limit 0 --format json
    """
    from offramp.evidence import EntryType, read_entries
    from offramp.report.documents import evidence as documents

    known = [str(kind) for kind in EntryType]
    for kind in type:
        if kind not in known:
            raise OfframpError(
                "entry-type-unknown", f"no entry type `{kind}`", help=f"use one of: {', '.join(known)}"
            )
    if limit < 0:
        raise OfframpError("limit-negative", f"`{limit}` is not a number of entries", help="use 0 for all")
    found = read_entries(
        state_of(state), limit=limit or None, types=frozenset(map(EntryType, type)), newest_first=True
    )[::-1]
    asked = f"{'the newest ' + str(limit) if limit else 'all'} entries of type {', '.join(type) or 'any'}"
    emit(documents.entries(found, asked=asked, at=moment(at)), format, output)
    if not found:
        say("nothing of that kind was recorded yet")
        finish(Exit.NOTHING)
