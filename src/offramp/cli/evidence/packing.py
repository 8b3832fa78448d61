"""`offramp evidence pack`: the ledger and what goes with it, in one file for others."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import At, State, key_of, moment, state_of, types_of
from offramp.cli.files import read_file
from offramp.cli.output import emit
from offramp.core.errors import OfframpError

if TYPE_CHECKING:
    from offramp.evidence import pack as packs


def pack(
    *,
    output: Annotated[
        Path, Parameter(name=["--output", "-o"], help="The pack to write.", show_default=True)
    ] = Path("evidence.zip"),
    document: Annotated[tuple[Path, ...], Parameter(help="A file to put in; may be given again.")] = (),
    supplier: Annotated[
        tuple[Path, ...], Parameter(help="A supplier's pack to carry along; may be given again.")
    ] = (),
    supplier_key: Annotated[
        tuple[str, ...], Parameter(help="That supplier's public key, or its file, got by another way.")
    ] = (),
    type: Annotated[  # noqa: A002
        tuple[str, ...], Parameter(help="Only entries of this type, each with its proof; may be given again.")
    ] = (),
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
      offramp evidence pack --type cut --type restore -o cuts.zip
      offramp evidence pack --supplier rivet.zip --supplier-key rivet.pub -o prime.zip
    """
    from offramp.evidence import Handover
    from offramp.evidence import pack as packs
    from offramp.evidence.statements import counting
    from offramp.report.documents import evidence as documents

    when, stated = moment(at), counting.count(state_of(state))
    left_out = [f"a statement that does not count was left out: {one}" for one in stated.left_out]
    contents = packs.Contents(
        made_at=when,
        scope=scope,
        gaps=(*gap, *left_out),
        documents={path.name.lower(): read_file(path) for path in document},
        statements=stated.files,
        suppliers=_suppliers(supplier, supplier_key),
        types=types_of(type),
    )
    made = Handover(state_of(state)).pack(output, contents, is_dry_run=dry_run)
    emit(documents.pack(made, at=when, is_dry_run=dry_run), format)


def _suppliers(paths: tuple[Path, ...], keys: tuple[str, ...]) -> "list[packs.Supplier]":
    """Each pack with the key of its ledger. Raises where one lacks the other."""
    from offramp.evidence import pack as packs

    by_origin = {text.split("+")[0]: text for text in map(key_of, keys)}
    found = []
    for path in paths:
        content = read_file(path)
        origin = packs.origin_of(content)
        text = by_origin.pop(origin, "")
        if not text:
            raise OfframpError(
                "supplier-key-missing",
                f"`{path}` is of the ledger `{origin}`, and no --supplier-key of that name was given",
                help="ask the supplier for its key by another way than the pack",
            )
        found.append(packs.Supplier(path.name.lower().removesuffix(".zip"), content, text))
    if by_origin:
        raise OfframpError(
            "supplier-missing",
            f"a key of `{next(iter(by_origin))}` was given, but no pack of that ledger",
            help="give the supplier's pack with --supplier, or leave the key out",
        )
    return found
