"""Counting tokens: by an upstream that speaks the caller's API and counts, else estimated and said so."""

from dataclasses import dataclass

import orjson

from offramp.core.errors import OfframpError
from offramp.dialects import FailureKind, Loss, offers
from offramp.gateway.headers import feature_headers
from offramp.gateway.outgoing import Asked, passed_body
from offramp.gateway.refusals import refused_body
from offramp.gateway.relay import parsed_object
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Answer, Client, UpstreamFailed

COUNT_LIMIT_BYTES = 64 * 1024
_CALLERS_FAULT = (FailureKind.INVALID_REQUEST, FailureKind.TOO_LARGE, FailureKind.RATE_LIMIT)


@dataclass(frozen=True, slots=True)
class Counted:
    """An answer to a request to count."""

    status: int
    body: bytes
    answer: Answer | None
    """The upstream's, where it counted; None where it was estimated."""
    losses: tuple[Loss, ...] = ()


async def count(asked: Asked, endpoint: Endpoint, name: str, client: Client) -> Counted:
    """The tokens of `asked`. Raises `Refused` for a body its API forbids."""
    try:
        counted = await _by_upstream(asked, endpoint, name, client)
        if counted is not None:
            return counted
        estimated = offers.estimated_count(asked.dialect, asked.parsed)
    except OfframpError as error:
        raise refused_body(error) from error
    return Counted(200, orjson.dumps(estimated.body), None, estimated.losses)


async def _by_upstream(asked: Asked, endpoint: Endpoint, name: str, client: Client) -> Counted | None:
    path = offers.count_path(endpoint.dialect, name)
    if (
        not path
        or endpoint.dialect.slug != asked.dialect.slug
        or endpoint.needs_tool_schema
        or endpoint.placing.path
    ):
        return None
    body, _ = passed_body(asked, name)
    headers = dict(endpoint.headers) | feature_headers(asked.head.headers, endpoint.dialect.slug)
    try:
        answer = await client.open(endpoint.dial(endpoint.url + path, headers, body))
    except UpstreamFailed:
        return None
    try:
        data = await answer.read(COUNT_LIMIT_BYTES)
    except UpstreamFailed:
        return None
    finally:
        answer.abandon()
    if parsed_object(data) is None:
        return None
    if 200 <= answer.status < 300:
        return Counted(answer.status, data, answer)
    failure = endpoint.dialect.decode_failure(answer.status, answer.headers, data)
    return Counted(answer.status, data, answer) if failure.kind in _CALLERS_FAULT else None
