"""Kept answers, read and deleted by the application they were kept for."""

from collections.abc import Mapping

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects import Dialect, Face, Failure, FailureKind, Head, Operation
from offramp.dialects.stateful import KeptAnswer, Stateful
from offramp.gateway.answers import failure_of
from offramp.gateway.memory import KIND, read_kept
from offramp.gateway.parts import Parts
from offramp.gateway.refusals import Refused, refuse, refused_body
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Dial, UpstreamFailed

ERROR_LIMIT_BYTES = 64 * 1024


async def stored(parts: Parts, face: Face, method: str, head: Head, application: str) -> JsonObject:
    """The answer to a request about a kept answer. Raises `Refused`."""
    dialect = face.dialect
    assert isinstance(dialect, Stateful)
    methods = ("GET", "DELETE") if face.operation == Operation.STORED else ("GET",)
    if method not in methods:
        raise Refused(
            Failure(
                kind=FailureKind.INVALID_REQUEST,
                message=f"this path takes {' and '.join(methods)}",
                code="method-unknown",
            ),
            status=405,
        )
    kept = await read_kept(parts.kept, application, face.id)
    if kept is None:
        raise refuse(
            FailureKind.NOT_FOUND,
            "answer-unknown",
            f"answer `{face.id[:80]}` is not kept here for this application, or not any more",
        )
    if method == "DELETE":
        return await _delete(parts, face.dialect, dialect, kept, application)
    if face.operation == Operation.STORED_ITEMS:
        return _items(dialect, kept, head.query)
    if head.query.get("stream", "false") != "false":
        raise refuse(
            FailureKind.INVALID_REQUEST,
            "body-unsupported",
            "a kept answer is not streamed again; leave `stream` out",
        )
    return dialect.encode_stored(kept)


def _items(dialect: Stateful, kept: KeptAnswer, query: Mapping[str, str]) -> JsonObject:
    try:
        return dialect.encode_stored_items(kept, query)
    except OfframpError as error:
        raise refused_body(error) from error


async def _delete(
    parts: Parts, dialect: Dialect, stateful: Stateful, kept: KeptAnswer, application: str
) -> JsonObject:
    """Deleted where it is: first at the upstream that keeps it too, then here."""
    endpoint = next((one for id_, one in parts.snapshot.endpoints.items() if id_ == kept.upstream), None)
    if kept.is_upstreams:
        if endpoint is None or endpoint.dialect.slug != dialect.slug:
            raise refuse(
                FailureKind.UPSTREAM,
                "answer-elsewhere",
                f"upstream `{kept.upstream}` keeps this answer, too, and is not configured any more",
            )
        await _delete_at(parts, endpoint, stateful.stored_path(kept.id))
    try:
        await parts.kept.drop(KIND, kept.id, application)
    except OfframpError as error:
        raise refuse(FailureKind.INTERNAL, error.code, f"{error.message}; {error.help}") from error
    return stateful.encode_deleted(kept.id)


async def _delete_at(parts: Parts, endpoint: Endpoint, path: str) -> None:
    """The upstream keeps nothing under `path`. Raises `Refused` where it did not say so."""
    dial = Dial(
        url=endpoint.url + path, headers=endpoint.headers, body=b"", method="DELETE", signer=endpoint.signer
    )
    try:
        answer = await parts.client.open(dial)
        data = await answer.read(ERROR_LIMIT_BYTES)
    except UpstreamFailed as failed:
        raise Refused(failure_of(failed)) from failed
    if not (200 <= answer.status < 300 or answer.status == 404):
        raise Refused(endpoint.dialect.decode_failure(answer.status, answer.headers, data))
