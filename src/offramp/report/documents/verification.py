"""The verdict on what somebody handed over (verify/v1)."""

from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.evidence import verdict
from offramp.report.document import Document, Table
from offramp.report.documents.evidence import LOG_ALONE
from offramp.report.documents.handed import held_line
from offramp.report.documents.statement import statement_body

_CHECKED = {
    "evidence pack": "the signature over the manifest, the size and SHA-256 of every member, the "
    "checkpoint's signature, the Merkle root over all entries, the tiles, and the file made again byte for "
    "byte",
    "folder of tiles": "the checkpoint's signature, every entry hashed again, the root over them, every tile",
    "proof": "the checkpoint's signature, and the path from the entry's hash to its root",
    "statement": "the signatures that count, the shape of the statement, and that its gaps are in it (only a "
    "pack shows whether the ledger recorded it)",
}


def verification(
    checked: verdict.Verification, *, path: str, key: str, at: Instant, earlier: str = ""
) -> Document:
    """The verdict on a pack, and every problem found. `earlier` names what it was compared with."""
    manifest = checked.manifest
    said: JsonObject = {}
    notes: tuple[str, ...] = ()
    if manifest is not None:
        said = {
            "made_at": manifest.made_at,
            "scope": manifest.scope,
            "origin": manifest.origin,
            "entries": manifest.entries,
            "root": manifest.root,
            "instruments": list(manifest.instruments),
            "gaps": list(manifest.gaps),
        }
        notes = (
            f"The pack was made {manifest.made_at}. Its scope: {manifest.scope}.",
            f"{manifest.entries} entries of {manifest.origin}, root {manifest.root}.",
        )
    problems = Table(
        title="Problems", columns=("problem",), rows=tuple((problem,) for problem in checked.problems)
    )
    return Document(
        schema="offramp/verify/v1",
        title=f"{checked.kind.capitalize()} {path}: {'verified' if checked.ok else 'NOT verified'}",
        at=at,
        body={
            "ok": checked.ok,
            "problems": list(checked.problems),
            "path": path,
            "key": key,
            "earlier": earlier or None,
            "kind": checked.kind,
            "checkpoint": _checkpoint(checked),
            "pack": said or None,
            "signed_by": str(checked.signed_by) if checked.signed_by else None,
            "handed": _handed(checked),
            "notes": list(checked.notes),
            "statements": [statement_body(one) for one in checked.statements],
            "suppliers": _suppliers_json(checked.suppliers),
        },
        tables=(
            *((problems,) if checked.problems else ()),
            *_statements(checked),
            *_suppliers_table(checked.suppliers),
        ),
        notes=(*notes, *_seen(checked)),
        scope=f"the bytes of this {checked.kind}",
        method=f"offline, against the key given: {_CHECKED[checked.kind]}"
        + (f"; its first entries against the checkpoint in {earlier}" if earlier else ""),
        gaps=(
            "whether what was recorded is true, and all that happened was recorded, a pack cannot show",
            *(manifest.gaps if manifest is not None else (LOG_ALONE,)),
        ),
        is_legal_matter=True,
    )


def _checkpoint(checked: verdict.Verification) -> JsonObject | None:
    made = checked.checkpoint
    return None if made is None else {"origin": made.origin, "entries": made.size, "root": made.root.hex()}


def _statements(checked: verdict.Verification) -> tuple[Table, ...]:
    rows = tuple(
        (
            one.slug,
            str(one.predicate["at"]),
            str(one.predicate["by"]),
            ", ".join(one.signers),
            str(one.predicate["scope"]),
            "; ".join(one.predicate["gaps"]),
        )
        for one in checked.statements
    )
    columns = ("statement", "at", "by", "signed by", "scope", "gaps")
    return (Table(title="Statements", columns=columns, rows=rows, below=2, names_below=True),) if rows else ()


def _seen(checked: verdict.Verification) -> list[str]:
    seen = [f"{one[0].upper()}{one[1:]}." for one in checked.notes]
    if checked.coverage is not None:
        said = held_line(checked.coverage)
        seen.append(f"By the ledger's own account, {said}.")
    return seen


def _handed(checked: verdict.Verification) -> JsonObject | None:
    held = checked.coverage
    if held is None:
        return None
    return {"entries": held.entries, "covered": held.covered, "cosigned": held.cosigned}


def _suppliers_json(suppliers: Sequence[verdict.SupplierVerdict]) -> list[JsonObject]:
    return [
        {
            "path": one.path,
            "origin": one.origin,
            "key": str(one.key),
            "key_from": "given" if one.is_key_given else "the pack around it",
            "entries": one.entries,
            "suppliers": _suppliers_json(one.suppliers),
        }
        for one in suppliers
    ]


def _suppliers_table(suppliers: Sequence[verdict.SupplierVerdict]) -> tuple[Table, ...]:
    rows: list[tuple[str, ...]] = []
    waiting = [("", one) for one in suppliers]
    while waiting:
        above, one = waiting.pop(0)
        word = "the key given" if one.is_key_given else "the key named by the pack around it"
        rows.append((f"{above}{one.path}", one.origin, str(one.entries), word))
        waiting = [*((f"{above}{one.path} ", inner) for inner in one.suppliers), *waiting]
    if not rows:
        return ()
    columns = ("pack", "ledger", "entries", "checked with")
    return (Table(title="Suppliers' packs", columns=columns, rows=tuple(rows)),)
