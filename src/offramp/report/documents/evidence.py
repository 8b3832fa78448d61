"""The ledger's entries (entries/v1), and a pack that was made (pack/v1)."""

import json
from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Recorded
from offramp.evidence import pack as packs
from offramp.report.document import Document, Table
from offramp.report.documents.handed import held_line

LOG_ALONE = (
    "a log run by the party under audit proves little alone: compare with a checkpoint someone else holds"
)


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
        gaps=("what was never recorded is not in it", LOG_ALONE),
    )


def pack(made: packs.Pack, *, at: Instant, is_dry_run: bool) -> Document:
    """What a pack holds, and how its receiver checks it."""
    verb = "would hold" if is_dry_run else "holds"
    manifest = made.manifest
    selection = manifest.selection
    held = f"{manifest.entries} entries"
    if selection is not None:
        held = f"{len(selection.indices)} of {manifest.entries} entries, each with its proof,"
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
            "selected": None if selection is None else len(selection.indices),
            "types": [] if selection is None else list(selection.types),
            "handed": {
                "entries": made.coverage.entries,
                "covered": made.coverage.covered,
                "cosigned": made.coverage.cosigned,
            },
            "suppliers": [
                {"path": line.path, "key": line.key, "entries": line.entries, "root": line.root}
                for line in manifest.suppliers
            ],
            "members": [
                {"path": member.path, "bytes": member.bytes, "sha256": member.sha256}
                for member in manifest.members
            ],
        },
        tables=(
            Table(
                title="Members",
                columns=("path", "bytes", "sha256"),
                rows=_member_rows(manifest.members),
            ),
        ),
        notes=(
            f"It {verb} {held} of {manifest.origin}, root {manifest.root}.",
            f"{held_line(made.coverage).capitalize()}.",
            *(f"It carries {line.path}, which verified with {line.key}." for line in manifest.suppliers),
            "Hand over the public key (`offramp evidence key`) by another way than the pack.",
        ),
        scope=manifest.scope,
        method=manifest.method,
        gaps=manifest.gaps,
        next_steps=(f"offramp evidence verify {made.path} --key KEY",),
        is_legal_matter=True,
    )


def _member_rows(members: Sequence[packs.Listed]) -> tuple[tuple[str, ...], ...]:
    """A row for each member; tiles and proofs, of which there are many, in one row each."""
    rows = []
    for folder, what in (("proofs/", "proofs"), ("tiles/", "tiles")):
        inside = [one for one in members if one.path.startswith(folder)]
        if len(inside) > 3:
            rows.append((f"{folder}…", str(sum(one.bytes for one in inside)), f"{len(inside)} {what}"))
            members = [one for one in members if one not in inside]
    return (*((one.path, str(one.bytes), one.sha256) for one in members), *rows)


def _entry_json(recorded: Recorded) -> JsonObject:
    whole: JsonObject = {"index": recorded.index, "leaf_hash": recorded.leaf_hash}
    whole.update(json.loads(recorded.body))
    return whole
