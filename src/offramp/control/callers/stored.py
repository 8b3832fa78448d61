"""Issued keys in the state: rows to values and back."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Row, inspect, select

from offramp.control.callers.key import IssuedKey
from offramp.core.ids import ApplicationId, new_id
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.evidence import Change
from offramp.store import connect
from offramp.store.schema import control_keys, control_marks

MARK: Final = "keys"
"""The name whose mark changes with every key."""
DATABASE: Final = "state.db"


def stored_keys(state: Path) -> tuple[IssuedKey, ...]:
    """Every key of the workspace whose state is at `state`, oldest first."""
    path = state / DATABASE
    if not path.is_file():
        return ()
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(control_keys.name):
                return ()
            return read_keys(connection)
    finally:
        engine.dispose()


def has_keys(state: Path, at: Instant) -> bool:
    """Whether any key opens anything at `at`."""
    return any(key.opens(at) for key in stored_keys(state))


def read_keys(connection: Connection) -> tuple[IssuedKey, ...]:
    """Every key, oldest first."""
    query = select(control_keys).order_by(control_keys.c.issued_at, control_keys.c.id)
    return tuple(_key(row) for row in connection.execute(query))


def read_mark(connection: Connection) -> str:
    """A word that differs after any change of a key; empty where there never was one."""
    query = select(control_marks.c.mark).where(control_marks.c.name == MARK)
    return connection.execute(query).scalar_one_or_none() or ""


def changes_for(*keys: IssuedKey) -> tuple[Change, ...]:
    """The rows of `keys`, and a new mark by which workers notice them."""
    marked = Change("control_marks", {"name": MARK, "mark": new_id("mark")})
    return (*(Change("control_keys", _row(key)) for key in keys), marked)


def _row(key: IssuedKey) -> dict[str, str]:
    return {
        "id": key.id,
        "digest": key.digest,
        "application": key.application,
        "label": key.label,
        "purposes": json.dumps(key.purposes),
        "models": json.dumps(key.models),
        "limits": json.dumps(dict(key.limits)),
        "issued_at": format_instant(key.issued_at),
        "issued_by": key.issued_by,
        "expires_at": _told(key.expires_at),
        "replaced_by": key.replaced_by,
        "revoked_at": _told(key.revoked_at),
        "revoked_by": key.revoked_by,
        "revoked_reason": key.revoked_reason,
    }


def _key(row: "Row[tuple[object, ...]]") -> IssuedKey:
    found: Mapping[str, str] = row._asdict()
    return IssuedKey(
        id=found["id"],
        digest=found["digest"],
        application=ApplicationId(found["application"]),
        label=found["label"],
        purposes=tuple(json.loads(found["purposes"])),
        models=tuple(json.loads(found["models"])),
        limits=json.loads(found["limits"]),
        issued_at=parse_instant(found["issued_at"]),
        issued_by=found["issued_by"],
        expires_at=_instant(found["expires_at"]),
        replaced_by=found["replaced_by"],
        revoked_at=_instant(found["revoked_at"]),
        revoked_by=found["revoked_by"],
        revoked_reason=found["revoked_reason"],
    )


def revoked(key: IssuedKey, at: Instant, by: str, reason: str) -> IssuedKey:
    """`key` as it is from `at` on."""
    return replace(key, revoked_at=at, revoked_by=by, revoked_reason=reason)


def _told(at: Instant | None) -> str:
    return format_instant(at) if at else ""


def _instant(text: str) -> Instant | None:
    return parse_instant(text) if text else None
