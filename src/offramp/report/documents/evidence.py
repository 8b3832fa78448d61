"""The ledger's entries (entries/v1), a pack that was made (pack/v1), a pack that was checked (verify/v1)."""

import json
from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Recorded, Verification
from offramp.evidence import pack as packs
from offramp.report.document import Document, Table
from offramp.report.documents.statement import statement_body

_LOG_ALONE = (
    "a log run by the party under audit proves little alone: compare with a checkpoint someone else holds"
)

_CHECKED = {
    "evidence pack": "the signature over the manifest, the size and SHA-256 of every member, the "
    "checkpoint's signature, the Merkle root over all entries, and the file made again byte for byte",
    "folder of tiles": "the checkpoint's signature, every entry hashed again, the root over them, every tile",
    "proof": "the checkpoint's signature, and the path from the entry's hash to its root",
    "statement": "the signatures that count, the shape of the statement, and that its gaps are in it (only a "
    "pack shows whether the ledger recorded it)",
}


def entries(found: Sequence[Recorded], *, asked: str, at: Instant) -> Document:
    """Entries of the ledger, in order. `asked` says which were asked for."""
    rows = tuple(
        (
            str(recorded.index),
            format_instant(recorded.entry.at),
            str(recorded.entry.type),
            recorded.entry.actor,
            recorded.entry.subject,
            recorded.entry.cause,
            ", ".join(recorded.entry.instruments),
        )
        for recorded in found
    )
    return Document(
        schema="offramp/entries/v1",
        title=f"Ledger: {len(found)} {'entry' if len(found) == 1 else 'entries'}",
        at=at,
        body={"entries": [_entry_json(recorded) for recorded in found]},
        tables=(
            Table(
                title="",
                columns=("index", "at", "type", "actor", "subject", "cause", "instruments"),
                rows=rows,
            ),
        ),
        scope=asked,
        method="read from the ledger's database as it is now; proofs are not checked here",
        gaps=("what was never recorded is not in it", _LOG_ALONE),
    )


def pack(made: packs.Pack, *, at: Instant, is_dry_run: bool) -> Document:
    """What a pack holds, and how its receiver checks it."""
    verb = "would hold" if is_dry_run else "holds"
    manifest = made.manifest
    return Document(
        schema="offramp/pack/v1",
        title=f"Evidence pack {made.path}",
        at=at,
        body={
            "path": str(made.path),
            "is_dry_run": is_dry_run,
            "bytes": made.bytes,
            "sha256": made.sha256,
            "origin": manifest.origin,
            "entries": manifest.entries,
            "root": manifest.root,
            "instruments": list(manifest.instruments),
            "members": [
                {"path": member.path, "bytes": member.bytes, "sha256": member.sha256}
                for member in manifest.members
            ],
        },
        tables=(
            Table(
                title="Members",
                columns=("path", "bytes", "sha256"),
                rows=tuple((member.path, str(member.bytes), member.sha256) for member in manifest.members),
            ),
        ),
        notes=(
            f"It {verb} {manifest.entries} entries of {manifest.origin}, root {manifest.root}.",
            "Hand over the public key (`offramp evidence key`) by another way than the pack.",
        ),
        scope=manifest.scope,
        method=manifest.method,
        gaps=manifest.gaps,
        next_steps=(f"offramp evidence verify {made.path} --key KEY",),
        is_legal_matter=True,
    )


def verification(checked: Verification, *, path: str, key: str, at: Instant, earlier: str = "") -> Document:
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
            "statements": [statement_body(one) for one in checked.statements],
        },
        tables=(*((problems,) if checked.problems else ()), *_statements(checked)),
        notes=notes,
        scope=f"the bytes of this {checked.kind}",
        method=f"offline, against the key given: {_CHECKED[checked.kind]}"
        + (f"; its first entries against the checkpoint in {earlier}" if earlier else ""),
        gaps=(
            "whether what was recorded is true, and all that happened was recorded, a pack cannot show",
            *(manifest.gaps if manifest is not None else (_LOG_ALONE,)),
        ),
        is_legal_matter=True,
    )


def _statements(checked: Verification) -> tuple[Table, ...]:
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


def _checkpoint(checked: Verification) -> JsonObject | None:
    made = checked.checkpoint
    return None if made is None else {"origin": made.origin, "entries": made.size, "root": made.root.hex()}


def _entry_json(recorded: Recorded) -> JsonObject:
    whole: JsonObject = {"index": recorded.index, "leaf_hash": recorded.leaf_hash}
    whole.update(json.loads(recorded.body))
    return whole
