"""Whose request it is: by the key it presents, or by the signature that was made with one."""

from collections.abc import Callable

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.dialects import Dialect, FailureKind, Head
from offramp.gateway.refusals import refuse, unknown_caller
from offramp.gateway.snapshot import Snapshot
from offramp.upstream.signatures import Message, read_signature
from offramp.workspace import Application


def authenticate(
    snapshot: Snapshot, dialect: Dialect, head: Head, body: bytes, now: Callable[[], Instant]
) -> Application:
    """The application that sent this. Raises `Refused` for anybody else.

    A signature's age counts by the machine's own clock, whatever time decisions are rehearsed for.
    """
    try:
        signature = None if snapshot.is_open else read_signature(head.headers)
        if signature is None:
            application = snapshot.caller(dialect.presented_key(head))
            if application is None:
                raise unknown_caller()
            return application
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
    return snapshot.workspace.applications[application_id]
