"""What is sent to the chosen target: the caller's bytes, or its request written in the target's API."""

from dataclasses import dataclass, replace

import orjson

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects import Face, Head, Loss, Operation, offers, shaping, turns
from offramp.gateway.model_facts import capabilities_of
from offramp.gateway.model_name import rename_model
from offramp.gateway.reaching import body_at
from offramp.gateway.refusals import refused_body
from offramp.gateway.snapshot import Endpoint

_SEALS = tuple(mark.encode() for mark in shaping.SEAL_MARKS)


class Asked:
    """A caller's request; read into turns only where somebody needs the turns."""

    __slots__ = (
        "_decoded",
        "_losses",
        "body",
        "dialect",
        "fields",
        "head",
        "is_stream_face",
        "model",
        "parsed",
    )

    def __init__(self, face: Face, head: Head, body: bytes, parsed: JsonObject, model: str) -> None:
        self.head = head
        self.dialect = face.dialect
        self.fields = face.fields
        self.is_stream_face = face.operation == Operation.STREAM
        self.body = body
        self.parsed = parsed
        self.model = model
        self._decoded: turns.Request | None = None
        self._losses: tuple[Loss, ...] = ()

    def request(self) -> turns.Request:
        """The neutral request. Raises `Refused` for what the caller's API forbids or nobody can carry."""
        if self._decoded is None:
            try:
                decoded = self.dialect.decode_request(self._seen())
                asked = offers.read_head(self.dialect, self.head)
            except OfframpError as error:
                raise refused_body(error) from error
            self._decoded = self._whole(decoded.value)
            self._losses = (*asked, *decoded.losses)
        return self._decoded

    def request_or_none(self) -> turns.Request | None:
        """The neutral request, or None where the body is for the upstream to judge."""
        try:
            return self._whole(self.dialect.decode_request(self._seen()).value)
        except OfframpError:
            return None

    def _seen(self) -> JsonObject:
        return {**self.parsed, **self.fields} if self.fields else self.parsed

    def _whole(self, request: turns.Request) -> turns.Request:
        """With what the path said."""
        if self.dialect.has_model_in_body:
            return request
        return replace(request, model=self.model, wants_stream=self.is_stream_face)

    @property
    def losses(self) -> tuple[Loss, ...]:
        """What reading it lost."""
        return self._losses

    @property
    def wants_stream(self) -> bool:
        """The caller asks for a stream, on its path or in its body."""
        return self.is_stream_face or self.parsed.get("stream") is True

    def become(self, request: turns.Request) -> None:
        """`request` is what was asked: what it held was put back into it."""
        self._decoded = request

    def with_body(self, parsed: JsonObject) -> "Asked":
        """The same request with another body."""
        operation = Operation.STREAM if self.is_stream_face else Operation.CONVERSE
        face = Face(self.dialect, operation, fields=self.fields)
        return Asked(face, self.head, orjson.dumps(parsed), parsed, self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request ready for one upstream."""

    url: str
    body: bytes
    is_passed: bool
    """Caller and upstream speak the same API: the answer's bytes pass, too."""
    request: turns.Request | None
    """The neutral request as the caller means it, where it was translated."""
    sent: turns.Request | None = None
    """The same as the upstream was asked it."""
    is_constrained: bool = False
    """Its tools were compiled to a schema; the answer is to be read as an answer to `request`."""
    losses: tuple[Loss, ...] = ()


def prepare(
    asked: Asked, endpoint: Endpoint, name: str, sealer: shaping.Sealer, *, reads_anew: bool = False
) -> Outgoing:
    """The request as `endpoint` takes it, for the model `name`. Raises `Refused` where it cannot be.

    With `reads_anew` it is written anew also where bytes could pass.
    """
    is_same = endpoint.dialect.slug == asked.dialect.slug
    if is_same and not reads_anew and not (endpoint.needs_tool_schema and asked.request().tools):
        return _passed(asked, endpoint, name)
    request = replace(asked.request(), model=name)
    capabilities = capabilities_of(endpoint.vendor, name)
    way = shaping.Way(
        face=asked.dialect.slug,
        slug=endpoint.dialect.slug,
        target=endpoint.origin,
        takes_back=capabilities.takes_reasoning_back,
    )
    sent, losses = shaping.unsealed(request, sealer, way)
    is_constrained = endpoint.needs_tool_schema and bool(request.tools)
    lost: tuple[Loss, ...] = ()
    try:
        if is_constrained:
            sent, lost = shaping.constrain(sent)
        sent, unfit = shaping.fit(sent, capabilities)
        encoded = endpoint.dialect.encode_request(sent)
    except OfframpError as error:
        raise refused_body(error) from error
    return Outgoing(
        url=_url(endpoint, name, is_stream=request.wants_stream),
        body=body_at(endpoint.placing, orjson.dumps(encoded.body)),
        is_passed=False,
        request=request,
        sent=sent,
        is_constrained=is_constrained,
        losses=(*asked.losses, *losses, *lost, *unfit, *encoded.losses),
    )


def _passed(asked: Asked, endpoint: Endpoint, name: str) -> Outgoing:
    body, losses = passed_body(asked, name)
    url = _url(endpoint, name, is_stream=asked.is_stream_face)
    body = body_at(endpoint.placing, body)
    return Outgoing(url=url, body=body, is_passed=True, request=None, losses=losses)


def passed_body(asked: Asked, name: str) -> tuple[bytes, tuple[Loss, ...]]:
    """The caller's own bytes, for the model `name`.

    Reasoning under our seal came from another API, so it is cut out of them.
    """
    body = asked.body
    losses: tuple[Loss, ...] = ()
    if any(mark in body for mark in _SEALS):
        cut, losses = shaping.without_seals(asked.parsed)
        body = orjson.dumps(cut) if losses else body
    if asked.dialect.has_model_in_body and name != asked.model:
        body = rename_model(body, name)
    return body, losses


def _url(endpoint: Endpoint, model: str, *, is_stream: bool) -> str:
    try:
        return endpoint.address(model, is_stream=is_stream)
    except OfframpError as error:
        raise refused_body(error) from error
