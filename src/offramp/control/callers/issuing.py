"""Issuing, rotating and revoking keys, as steps that are ready to be recorded.

Each function decides from values. The key itself exists only in what it returns, to be shown once; rows and
entries hold its digest.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from offramp.control.callers.key import ANY_END, IssuedKey
from offramp.control.callers.stored import changes_for, revoked
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.ids import ApplicationId
from offramp.core.instants import Instant, format_instant
from offramp.core.secrets import Secret
from offramp.evidence import Change, Entry, EntryType
from offramp.workspace import Workspace
from offramp.workspace.allowances import allowances_of

RANDOM_BYTES = 32
ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"
ID_LENGTH = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a key is to open."""

    application: str
    label: str = ""
    purposes: Sequence[str] = ()
    models: Sequence[str] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    expires_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What was decided: the entry, the rows, and for a new key the key itself."""

    key: IssuedKey
    entry: Entry
    changes: tuple[Change, ...]
    secret: Secret | None = None
    """Shown once."""
    before: IssuedKey | None = None
    """The key a new one replaces."""


def issue(workspace: Workspace, wanted: Wanted, *, by: str, at: Instant) -> Issued:
    """A new key for an application of the workspace."""
    person = _person(by)
    _check(workspace, wanted, at)
    key, secret = _made(wanted, person, at)
    return Issued(key=key, entry=_entry("issued", key, person, at), changes=changes_for(key), secret=secret)


def rotate(
    keys: Sequence[IssuedKey], named: str, *, by: str, at: Instant, until: Instant, expires_at: Instant | None
) -> Issued:
    """A new key that opens what `named` does. The old one goes on until `until`, unless it ends before."""
    person = _person(by)
    old = find(keys, named)
    if not old.opens(at) or old.replaced_by:
        why = f"is {old.state(at)}" if not old.opens(at) else f"was replaced by `{old.replaced_by}`"
        raise OfframpError(
            "key-over",
            f"key `{old.id}` {why}, so it cannot be rotated",
            help=f"offramp keys issue {old.application} --by NAME",
        )
    wanted = Wanted(
        application=old.application,
        label=old.label,
        purposes=old.purposes,
        models=old.models,
        limits=old.limits,
        expires_at=expires_at,
    )
    key, secret = _made(wanted, person, at)
    ends = until if old.expires_at is None else min(until, old.expires_at)
    before = replace(old, expires_at=ends, replaced_by=key.id)
    data = {"replaces": old.id, "old_until": format_instant(ends)}
    entry = _entry("rotated", key, person, at, data)
    return Issued(key=key, entry=entry, changes=changes_for(before, key), secret=secret, before=before)


def revoke(keys: Sequence[IssuedKey], named: str, *, by: str, reason: str, at: Instant) -> Issued | None:
    """`named` opens nothing from now on. None where it was revoked before."""
    person = _person(by)
    old = find(keys, named)
    if old.revoked_at is not None:
        return None
    key = revoked(old, at, person, reason.strip())
    entry = _entry("revoked", key, person, at, {"reason": reason.strip()})
    return Issued(key=key, entry=entry, changes=changes_for(key))


def find(keys: Sequence[IssuedKey], named: str) -> IssuedKey:
    """The key with the id `named`. Raises `key-unknown`."""
    for key in keys:
        if key.id == named:
            return key
    raise OfframpError(
        "key-unknown",
        f"no key has the id `{named[:40]}`",
        help=did_you_mean(named, [key.id for key in keys], "list them with `offramp keys list`"),
    )


def _made(wanted: Wanted, by: str, at: Instant) -> tuple[IssuedKey, Secret]:
    id_ = "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))
    secret = Secret(f"offr_{id_}_{secrets.token_urlsafe(RANDOM_BYTES)}")
    key = IssuedKey(
        id=id_,
        digest=secret.digest(),
        application=ApplicationId(wanted.application),
        label=wanted.label,
        purposes=tuple(wanted.purposes),
        models=tuple(wanted.models),
        limits=dict(wanted.limits),
        issued_at=at,
        issued_by=by,
        expires_at=wanted.expires_at,
    )
    return key, secret


def _check(workspace: Workspace, wanted: Wanted, at: Instant) -> None:
    applications = workspace.applications
    if wanted.application not in applications:
        raise OfframpError(
            "application-unknown",
            f"no application `{wanted.application}`",
            help=did_you_mean(wanted.application, applications, "add it under `applications`"),
        )
    routes = workspace.routes
    for model in wanted.models:
        if model not in routes and "*" not in routes and not model.endswith(ANY_END):
            raise OfframpError(
                "route-unknown",
                f"no route takes the model `{model}`",
                help=did_you_mean(model, routes, "add it under `routes`"),
            )
    if wanted.expires_at is not None and wanted.expires_at <= at:
        raise OfframpError(
            "key-expired",
            f"the key would expire at {format_instant(wanted.expires_at)}, which is past",
            help="give a later --expires",
        )
    try:
        allowances_of(wanted.limits)
    except ValueError as error:
        raise OfframpError(
            "limit-unreadable", str(error), help="write it as --limit requests_per_minute=60"
        ) from None


def _person(by: str) -> str:
    if not by.strip():
        raise OfframpError("name-missing", "nobody is named", help="say who does this with --by NAME")
    return by.strip()


def _entry(act: str, key: IssuedKey, by: str, at: Instant, more: JsonObject | None = None) -> Entry:
    data: JsonObject = {
        "act": f"key-{act}",
        "application": key.application,
        "label": key.label,
        "purposes": list(key.purposes),
        "models": list(key.models),
        "limits": dict(key.limits),
        "expires_at": format_instant(key.expires_at) if key.expires_at else "",
        **(more or {}),
    }
    return Entry(
        type=EntryType.CONFIG,
        at=at,
        actor=by,
        cause=f"person:{by}",
        subject=f"key {key.id}",
        data=data,
        digests={"key": key.digest},
    )
