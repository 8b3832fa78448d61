"""What is sent to the chosen target: the caller's bytes, or its request written in the target's API."""

from dataclasses import dataclass, replace

import orjson

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects import Face, Loss, Operation, tool_schema, turns
from offramp.gateway.model_name import rename_model
from offramp.gateway.refusals import refused_body
from offramp.gateway.snapshot import Endpoint

CALLERS_OWN = "*"
"""As a target's model: the name the caller used."""


class Asked:
    """A caller's request; read into turns only where somebody needs the turns."""

    __slots__ = ("_decoded", "_losses", "body", "dialect", "fields", "is_stream_face", "model", "parsed")

    def __init__(self, face: Face, body: bytes, parsed: JsonObject, model: str) -> None:
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
            except OfframpError as error:
                raise refused_body(error) from error
            self._decoded = self._whole(decoded.value)
            self._losses = decoded.losses
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

    def become(self, request: turns.Request) -> None:
        """`request` is what was asked: what it held was put back into it."""
        self._decoded = request

    def with_body(self, parsed: JsonObject) -> "Asked":
        """The same request with another body."""
        operation = Operation.STREAM if self.is_stream_face else Operation.CONVERSE
        return Asked(Face(self.dialect, operation), orjson.dumps(parsed), parsed, self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A request ready for one upstream."""

    url: str
    body: bytes
    is_passed: bool
    """Caller and upstream speak the same API: the answer's bytes pass, too."""
    request: turns.Request | None
    """The neutral request, where it was translated."""
    is_constrained: bool = False
    """Its tools were compiled to a schema; the answer is to be read as an answer to `request`."""
    losses: tuple[Loss, ...] = ()


def prepare(asked: Asked, endpoint: Endpoint, name: str) -> Outgoing:
    """The request as `endpoint` takes it, for the model `name`. Raises `Refused` where it cannot be."""
    is_same = endpoint.dialect.slug == asked.dialect.slug
    if is_same and not (endpoint.needs_tool_schema and asked.request().tools):
        body = asked.body
        if asked.dialect.has_model_in_body and name != asked.model:
            body = rename_model(body, name)
        url = _url(endpoint, name, is_stream=asked.is_stream_face)
        return Outgoing(url=url, body=body, is_passed=True, request=None)
    request = replace(asked.request(), model=name)
    losses = list(asked.losses)
    sent = request
    is_constrained = endpoint.needs_tool_schema and bool(request.tools)
    if is_constrained:
        sent, lost = tool_schema.constrain(request)
        losses.extend(lost)
    try:
        encoded = endpoint.dialect.encode_request(sent)
    except OfframpError as error:
        raise refused_body(error) from error
    return Outgoing(
        url=_url(endpoint, name, is_stream=request.wants_stream),
        body=orjson.dumps(encoded.body),
        is_passed=False,
        request=request,
        is_constrained=is_constrained,
        losses=(*losses, *encoded.losses),
    )


def _url(endpoint: Endpoint, model: str, *, is_stream: bool) -> str:
    try:
        return endpoint.url + endpoint.dialect.upstream_path(model, is_stream=is_stream)
    except OfframpError as error:
        raise refused_body(error) from error
