"""A second try for an answer that does not satisfy its schema. Only where the route says so."""

from dataclasses import replace

import orjson

from offramp.core.digests import JsonObject
from offramp.dialects import turns
from offramp.gateway.outgoing import Outgoing
from offramp.gateway.reaching import body_at
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Client

WORDS = (
    "That does not satisfy the JSON schema that was asked for. "
    "Answer again with one JSON value that does, and nothing else. The schema: "
)


async def asked_again(
    outgoing: Outgoing, endpoint: Endpoint, said: turns.Reply, client: Client, limit: int
) -> JsonObject | None:
    """The body of the model's second answer; None where it gave none that can be read."""
    request, asked = outgoing.sent, outgoing.request
    if request is None or asked is None or asked.response_schema is None:
        return None
    schema = orjson.dumps(asked.response_schema).decode()
    more = (
        turns.Turn(
            turns.Speaker.ASSISTANT, tuple(part for part in said.parts if isinstance(part, turns.Text))
        ),
        turns.Turn(turns.Speaker.USER, (turns.Text(WORDS + schema),)),
    )
    encoded = endpoint.dialect.encode_request(replace(request, turns=(*request.turns, *more)))
    answer = await client.open(
        endpoint.dial(outgoing.url, endpoint.headers, body_at(endpoint.placing, orjson.dumps(encoded.body)))
    )
    try:
        data = await answer.read(limit)
    finally:
        answer.abandon()
    if not 200 <= answer.status < 300:
        return None
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def summed(one: turns.Usage, other: turns.Usage) -> turns.Usage:
    """Both together. What one of them did not say stays unknown."""

    def both(name: str) -> int | None:
        first, second = getattr(one, name), getattr(other, name)
        return None if first is None or second is None else first + second

    return turns.Usage(**{name: both(name) for name in turns.Usage.__dataclass_fields__})
