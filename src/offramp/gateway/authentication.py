"""Whose request it is: by the key it presents, or by the signature that was made with one."""

from collections.abc import Callable

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.dialects import Dialect, FailureKind, Head
from offramp.gateway.issued import IssuedKeys
from offramp.gateway.known import Known
from offramp.gateway.refusals import refuse, unknown_caller
from offramp.gateway.snapshot import Snapshot
from offramp.upstream.signatures import Message, read_signature


def authenticate(
    snapshot: Snapshot,
    issued: IssuedKeys,
    dialect: Dialect,
    head: Head,
    body: bytes,
    now: Callable[[], Instant],
) -> Known:
    """The application that sent this, and its issued key. Raises `Refused` for anybody else.

    A signature's age counts by the machine's own clock, whatever time decisions are rehearsed for.
    """
    try:
        signature = None if snapshot.is_open else read_signature(head.headers)
        if signature is None:
            return known_by_key(snapshot, issued, dialect.presented_key(head), now)
        known = snapshot.signers.get(signature.key_id)
        if known is None:
            raise refuse(
                FailureKind.AUTHENTICATION,
                "caller-unknown",
                "the access key id is no application of this gateway whose requests may be signed",
            )
        secret, application_id = known
        path, _, query = head.target.partition("?")
        message = Message(method=head.method, path=path, query=query, headers=head.headers, body=body)
        signature.check(message, secret, now())
    except OfframpError as error:
        raise refuse(FailureKind.AUTHENTICATION, error.code, f"{error.message}; {error.help}") from error
    return Known(snapshot.workspace.applications[application_id])


def check_head(
    snapshot: Snapshot, issued: IssuedKeys, dialect: Dialect, head: Head, now: Callable[[], Instant]
) -> None:
    """Raises `Refused` for a caller who is nobody by the head alone, before its body is waited for."""
    try:
        signature = None if snapshot.is_open else read_signature(head.headers)
    except OfframpError:
        signature = None
    if signature is None:
        known_by_key(snapshot, issued, dialect.presented_key(head), now)
    elif signature.key_id not in snapshot.signers:
        raise unknown_caller()


def known_by_key(
    snapshot: Snapshot, issued: IssuedKeys, presented: str | None, now: Callable[[], Instant]
) -> Known:
    """Whose key `presented` is. Raises `Refused`, which does not tell a wrong key from an old one."""
    application = snapshot.caller(presented)
    if application is not None:
        return Known(application)
    key = issued.find(presented, now()) if presented else None
    owner = snapshot.workspace.applications.get(key.application) if key else None
    if owner is None:
        raise unknown_caller()
    return Known(owner, key)
