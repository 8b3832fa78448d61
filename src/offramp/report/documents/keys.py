"""Keys of callers: one that was just made or ended, and the list with what is used of the limits."""

from offramp.control import callers, quotas
from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.plan.following import Recorded
from offramp.report.document import Document, Table
from offramp.report.documents.recorded import recorded_body, recorded_notes
from offramp.workspace import Workspace
from offramp.workspace.allowances import shown_amount

METHOD = "keys as stored in the workspace's state, by their digests; limits as offramp.yaml and each key say"
GAPS = (
    "keys kept in files or the environment (`key` of an application) are not listed here",
    "what passes another gateway, or none, is not counted",
)


def key_document(issued: callers.Issued, recorded: Recorded | None, at: Instant) -> Document:
    """`key/v1`: what was done with one key. The key itself is in it once, where one was made."""
    key = issued.key
    shown = issued.secret.reveal() if issued.secret is not None and recorded is not None else ""
    act = str(issued.entry.data["act"]).removeprefix("key-")
    notes = []
    if shown:
        notes.append(f"the key, shown this once: {shown}")
    if issued.before is not None and issued.before.expires_at is not None:
        until = format_instant(issued.before.expires_at)
        notes.append(f"the old key `{issued.before.id}` goes on until {until}")
    return Document(
        schema="offramp/key/v1",
        title=f"key {key.id} of {key.application}: {act}"
        if recorded
        else f"{key.application}: would be {act}",
        at=at,
        body={
            "act": act,
            "recorded": recorded is not None,
            **({"key": shown} if shown else {}),
            **_body(key, at),
            "replaces": issued.before.id if issued.before else "",
            **recorded_body(recorded),
        },
        tables=(_table((key,), at),),
        notes=(*notes, *recorded_notes(recorded)),
        scope=f"one key of application {key.application}",
        method=METHOD,
        gaps=GAPS,
        next_steps=(f"offramp keys list --application {key.application}",),
    )


def keys_document(
    place: Workspace, keys: tuple[callers.IssuedKey, ...], uses: tuple[quotas.Use, ...], at: Instant
) -> Document:
    """`keys/v1`: every key asked for, and what is used of the limits."""
    tables = [_table(keys, at)] if keys else []
    if uses:
        tables.append(uses_table(uses))
    return Document(
        schema="offramp/keys/v1",
        title=f"{len(keys)} issued {'key' if len(keys) == 1 else 'keys'} of {place.organisation.name}",
        at=at,
        body={
            "keys": [_body(key, at) for key in keys],
            "used": [use_body(use) for use in uses],
        },
        tables=tuple(tables),
        scope="issued keys of the workspace, and limits kept over a day or a month",
        method=METHOD,
        gaps=GAPS,
    )


def _table(keys: tuple[callers.IssuedKey, ...], at: Instant) -> Table:
    return Table(
        title="keys",
        columns=("id", "application", "state", "until", "purposes", "models", "limits", "label", "issued by"),
        below=5,
        names_below=True,
        rows=tuple(
            (
                key.id,
                key.application,
                str(key.state(at)),
                format_instant(key.expires_at) if key.expires_at else "no end",
                ", ".join(key.purposes) or "any",
                ", ".join(key.models) or "any",
                ", ".join(f"{name} {amount}" for name, amount in key.limits.items()) or "the application's",
                key.label or "-",
                f"{key.issued_by}, {format_instant(key.issued_at)}",
            )
            for key in keys
        ),
    )


def uses_table(uses: tuple[quotas.Use, ...]) -> Table:
    """What is used of each limit."""
    return Table(
        title="used of limits and budgets",
        columns=("application", "key", "limit", "period", "used", "of"),
        rows=tuple(
            (
                use.application,
                use.key or "all",
                use.allowance.name,
                use.period,
                shown_amount(use.allowance.measure, use.used),
                shown_amount(use.allowance.measure, use.allowance.amount),
            )
            for use in uses
        ),
    )


def use_body(use: quotas.Use) -> JsonObject:
    """One limit, for programs. Money is in billionths of a dollar."""
    measure = use.allowance.measure
    return {
        "application": use.application,
        "key": use.key,
        "limit": use.allowance.name,
        "period": use.period,
        "used": use.used,
        "amount": use.allowance.amount,
        "unit": "nano-usd" if measure == "usd" else str(measure),
    }


def _body(key: callers.IssuedKey, at: Instant) -> JsonObject:
    return {
        "id": key.id,
        "application": key.application,
        "label": key.label,
        "state": str(key.state(at)),
        "purposes": list(key.purposes),
        "models": list(key.models),
        "limits": dict(key.limits),
        "issued_at": format_instant(key.issued_at),
        "issued_by": key.issued_by,
        "expires_at": format_instant(key.expires_at) if key.expires_at else None,
        "replaced_by": key.replaced_by,
        "revoked_at": format_instant(key.revoked_at) if key.revoked_at else None,
        "revoked_by": key.revoked_by,
        "revoked_reason": key.revoked_reason,
    }
