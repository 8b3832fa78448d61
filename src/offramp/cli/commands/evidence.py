"""`offramp evidence`: the ledger's entries, packs that prove them, and checking a pack."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.files import read_file
from offramp.cli.output import emit, finish, say
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, now, parse_instant

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

State = Annotated[Path | None, Parameter(help="The state directory, `.offramp`; by default the workspace's.")]
Format = Annotated[str, Parameter(name=["--format"], help="text, html, json or csv.", show_default=True)]
Output = Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write the result to this file.")]
At = Annotated[str, Parameter(help="The date to put on the result; by default the present.")]


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
    from offramp.evidence import build_pack
    from offramp.report.documents import evidence as documents

    moment = _moment(at)
    made = build_pack(
        _state(state),
        output,
        made_at=moment,
        scope=scope,
        gaps=gap,
        documents={path.name.lower(): read_file(path) for path in document},
        is_dry_run=dry_run,
    )
    emit(documents.pack(made, at=moment, is_dry_run=dry_run), format)


@app.command
def verify(
    pack: Path,
    /,
    *,
    key: Annotated[str, Parameter(help="The public key, or a file that holds it. Not from the pack.")] = "",
    earlier: Annotated[
        Path | None, Parameter(help="A pack or checkpoint kept from before: the ledger must begin with it.")
    ] = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Check a pack offline against a public key. Exits 0 when it verifies and 1 when it does not.

    For example:
      offramp evidence verify evidence.zip --key ledger.pub
      offramp evidence verify evidence.zip --key ledger.pub --earlier march.txt --format json
    """
    from offramp.evidence import verify_pack
    from offramp.report.documents import evidence as documents

    if not key:
        raise OfframpError(
            "key-missing",
            "a pack is checked against a public key that did not come with it; no --key was given",
            help="ask whoever made the pack for the line `offramp evidence key` prints, by another way than "
            "the pack (the copy inside proves nothing: whoever forges a pack forges that too), and give it "
            "or its file with --key",
        )
    given = _key(key)
    checked = verify_pack(pack, given, earlier=earlier)
    before = "" if earlier is None else str(earlier)
    document = documents.verification(checked, path=str(pack), key=given, at=_moment(at), earlier=before)
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
        _state(state), limit=limit or None, types=frozenset(map(EntryType, type)), newest_first=True
    )[::-1]
    asked = f"{'the newest ' + str(limit) if limit else 'all'} entries of type {', '.join(type) or 'any'}"
    emit(documents.entries(found, asked=asked, at=_moment(at)), format, output)
    if not found:
        say("nothing of that kind was recorded yet")
        finish(Exit.NOTHING)


@app.command
def key(*, state: State = None) -> None:
    """Print the ledger's public key: hand it to whoever will check packs, by another way than the packs.

    For example:
      offramp evidence key > ledger.pub
    """
    from offramp.evidence import public_key

    sys.stdout.write(public_key(_state(state)) + "\n")


@app.command
def checkpoint(*, state: State = None) -> None:
    """Print a signed checkpoint of the ledger as it is now: give it away, so that the past stays put.

    For example:
      offramp evidence checkpoint > march.txt
    """
    from offramp.evidence import checkpoint as sign

    sys.stdout.write(sign(_state(state)).note)


def _moment(at: str) -> Instant:
    return parse_instant(at) if at else now().replace(microsecond=0)


def _state(given: Path | None) -> Path:
    if given is not None:
        return given

    from offramp.workspace import find

    root = find(Path.cwd())
    if root is None:
        raise OfframpError(
            "workspace-missing",
            "there is no `offramp.yaml` here or above",
            help="go to the workspace, or name its state directory with --state DIR",
        )
    return root / ".offramp"


def _key(given: str) -> str:
    path = Path(given)
    return read_file(path).decode("utf-8", "replace").strip() if "+" not in given or path.is_file() else given
