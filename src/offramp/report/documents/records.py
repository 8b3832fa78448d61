"""Recorded exchanges: what there is (records/v1), and what was exported (records-exported/v1)."""

from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.recordings.exchanges.exporting import GAPS, MANIFEST, Exported
from offramp.recordings.exchanges.reading import Found, Missing, Wanted
from offramp.report.document import Document, Table


def listed(
    shown: Sequence[Found], total: int, missed: Sequence[Missing], wanted: Wanted, at: Instant
) -> Document:
    """Exchanges as the ledger names them, and what could not be kept."""
    exchanges: list[JsonObject] = [
        {
            "entry": one.entry,
            "request": one.request,
            "at": format_instant(one.at),
            "application": one.window.application,
            "for": one.window.kind,
            **one.facts,
            "bytes": one.bytes,
            "scrubbed": dict(one.scrubbed),
        }
        for one in shown
    ]
    rows = tuple(
        (
            str(one.entry),
            format_instant(one.at)[:19],
            one.window.application,
            one.facts["route"],
            f"{one.facts['upstream']}/{one.facts['model']}",
            one.facts["outcome"] + (" (candidate)" if one.facts["role"] == "candidate" else ""),
            str(sum(one.scrubbed.values())),
        )
        for one in shown
    )
    columns = ("entry", "at", "application", "route", "answered by", "outcome", "scrubbed")
    tables = [Table(title="", columns=columns, rows=rows)] if rows else []
    if missed:
        lost = tuple((one.what, one.route, one.reason, str(one.count)) for one in missed)
        tables.append(Table(title="not kept", columns=("what", "route", "why", "how many"), rows=lost))
    hidden = f", the newest {len(shown)} shown" if len(shown) < total else ""
    return Document(
        schema="offramp/records/v1",
        title=f"{total} recorded {'exchange' if total == 1 else 'exchanges'}{hidden}",
        at=at,
        body={
            "total": total,
            "exchanges": exchanges,
            "not_kept": [
                {"what": one.what, "route": one.route, "reason": one.reason, "count": one.count}
                for one in missed
            ],
        },
        tables=tuple(tables),
        scope=f"recorded exchanges: {wanted.scope}",
        method="the ledger's entries; no exchange was opened",
        gaps=("whether each can still be opened: some may have been destroyed by the schedule",),
    )


def exported(done: Exported, wanted: Wanted, at: Instant) -> Document:
    """What was written where, with digests."""
    return Document(
        schema="offramp/records-exported/v1",
        title=f"{done.exchanges} {'exchange' if done.exchanges == 1 else 'exchanges'} in {done.folder}",
        at=at,
        body={
            "folder": str(done.folder),
            "wanted": wanted.facts(),
            "exchanges": done.exchanges,
            "not_in_turns": done.unturned,
            "not_opened": [{"request": one, "reason": why} for one, why in done.unread],
            "files": done.files,
            "entry": done.entry,
        },
        tables=(
            Table(
                title="",
                columns=("file", "SHA-256"),
                rows=tuple((str(one["name"]), str(one["sha256"])) for one in done.files),
            ),
        ),
        notes=tuple(f"request {request} could not be opened: {why}" for request, why in done.unread[:20]),
        scope=f"recorded exchanges: {wanted.scope}",
        method=f"each exchange was opened and compared with its digest; {MANIFEST} has the rest",
        gaps=GAPS,
    )
