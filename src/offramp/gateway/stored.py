"""Kept answers, read and deleted by the application they were kept for."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import orjson

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects import Face, Failure, FailureKind, Head, Operation
from offramp.dialects.stateful import KeptAnswer, Stateful
from offramp.gateway.answers import failure_of
from offramp.gateway.memory import KIND, read_kept, write_kept
from offramp.gateway.parts import Parts
from offramp.gateway.record import Ending, Record, digest, entry_for
from offramp.gateway.refusals import Refused, error_body, not_recorded, refuse, refused_body, unledgered
from offramp.gateway.relay import parsed_object
from offramp.gateway.settings import ANSWER_LIMIT_BYTES
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Answer, UpstreamFailed


async def stored(
    parts: Parts, face: Face, method: str, head: Head, application: str, request_id: str
) -> JsonObject:
    """The answer to a request about a kept answer, once the ledger has it. Raises `Refused`."""
    record = Record(
        request_id=request_id,
        application=application,
        dialect=face.dialect.slug,
        asked="",
        request_digest=digest(b""),
        operation=f"{method.lower()[:10]}-{face.operation}",
        status=200,
        upstream_answer_id=face.id,
    )
    try:
        body = await _answered(parts, face, method, head, record)
    except Refused as refused:
        record.status, error = error_body(face.dialect, refused, request_id)
        record.code = refused.failure.code or f"upstream-{refused.failure.kind}"
        try:
            await _write(parts, record, Ending.REFUSED, error)
        except Refused as unwritten:
            raise not_recorded(refused, unwritten.__cause__) from refused
        raise
    await _write(parts, record, Ending.ANSWERED, orjson.dumps(body))
    return body


async def _write(parts: Parts, record: Record, ending: Ending, answer: bytes) -> None:
    """The entry is durable. Raises `Refused` where it could not be made so."""
    try:
        await parts.ledger.append(entry_for(record, ending, digest(answer), parts.clock))
    except (OfframpError, OSError) as error:
        raise unledgered(error) from error


async def _answered(parts: Parts, face: Face, method: str, head: Head, record: Record) -> JsonObject:
    dialect, application = face.dialect, record.application
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
    record.upstream, record.asked = kept.upstream, str(kept.answer.get("model") or "")
    if method == "DELETE":
        return await _delete(parts, dialect, kept, application)
    if face.operation == Operation.STORED_ITEMS:
        return _items(dialect, kept, head.query)
    if head.query.get("stream", "false") != "false":
        raise refuse(
            FailureKind.INVALID_REQUEST,
            "body-unsupported",
            "a kept answer is not streamed again; leave `stream` out",
        )
    if kept.is_upstreams and not dialect.is_finished(kept):
        kept = await _looked_up(parts, dialect, kept, application)
    return dialect.encode_stored(kept)


def _items(dialect: Stateful, kept: KeptAnswer, query: Mapping[str, str]) -> JsonObject:
    try:
        return dialect.encode_stored_items(kept, query)
    except OfframpError as error:
        raise refused_body(error) from error


async def _delete(parts: Parts, stateful: Stateful, kept: KeptAnswer, application: str) -> JsonObject:
    """Deleted where it is: first at the upstream that keeps it too, then here."""
    if kept.is_upstreams:
        answer, data, endpoint = await _ask(parts, stateful, kept, "DELETE")
        if not (200 <= answer.status < 300 or answer.status == 404):
            raise Refused(endpoint.dialect.decode_failure(answer.status, answer.headers, data))
    try:
        await parts.kept.drop(KIND, kept.id, application)
    except OfframpError as error:
        raise refuse(FailureKind.INTERNAL, error.code, f"{error.message}; {error.help}") from error
    return stateful.encode_deleted(kept.id)


async def _looked_up(parts: Parts, stateful: Stateful, kept: KeptAnswer, application: str) -> KeptAnswer:
    """An answer that was not finished when it was kept, as its upstream has it now."""
    answer, data, endpoint = await _ask(parts, stateful, kept, "GET")
    body = parsed_object(data)
    if answer.status != 200 or body is None:
        raise Refused(endpoint.dialect.decode_failure(answer.status, answer.headers, data))
    now_kept = replace(kept, answer={**body, "model": kept.answer.get("model")})
    with suppress(OfframpError):
        await write_kept(parts.kept, application, now_kept)
    return now_kept


async def _ask(
    parts: Parts, stateful: Stateful, kept: KeptAnswer, method: str
) -> tuple[Answer, bytes, Endpoint]:
    """What the upstream that keeps the answer says of it. Raises `Refused` where it cannot be asked."""
    found = [one for id_, one in parts.snapshot.endpoints.items() if id_ == kept.upstream]
    if not (found and isinstance(found[0].dialect, Stateful)):
        raise refuse(
            FailureKind.UPSTREAM,
            "answer-elsewhere",
            f"upstream `{kept.upstream}` keeps this answer, too, and is not configured any more",
        )
    url = found[0].url + stateful.stored_path(kept.id)
    dial = found[0].dial(url, found[0].headers, b"", method)
    try:
        answer = await parts.client.open(dial)
        return answer, await answer.read(ANSWER_LIMIT_BYTES), found[0]
    except UpstreamFailed as failed:
        raise Refused(failure_of(failed)) from failed
