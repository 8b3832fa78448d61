"""What InvokeModel puts around a Messages body: its version in, the model and the stream flag out."""

from collections.abc import Mapping
from typing import Final

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.dialects.loss import Effect, Loss, Refusal

VERSION: Final = "bedrock-2023-05-31"
_VERSION_MEMBER: Final = "anthropic_version"

PATH: Final = "/model/{model}/invoke"
STREAM_PATH: Final = "/model/{model}/invoke-with-response-stream"

_HEADERS: Final = "x-amzn-bedrock-"
_BETA: Final = Loss("anthropic_beta", "features of one vendor's models are not carried", Effect.CONTROL)
_GUARDRAIL: Final = Refusal(
    "x-amzn-bedrock-guardrailidentifier",
    "dropping it would remove a check the caller relies on",
    "send this route to an upstream of this API, or leave the guardrail out",
)

DROPPED: Final = (
    _BETA,
    Loss("x-amzn-bedrock-performanceconfig-latency", "speed settings are this vendor's own", Effect.COST),
    Loss("x-amzn-bedrock-request-metadata", "labels for this vendor's logs are not carried", Effect.METADATA),
    Loss("x-amzn-bedrock-service-tier", "service tiers are this vendor's own", Effect.COST),
    Loss("x-amzn-bedrock-trace", "no guardrail leaves a trace", Effect.METADATA),
)
"""Members and headers around the body that are known and not carried."""

REFUSED: Final = (_GUARDRAIL,)
"""Headers that change the answer and cannot be carried."""

_PLAIN: Final = frozenset({"x-amzn-bedrock-accept", "x-amzn-bedrock-guardrailversion"})
"""Headers that say nothing by themselves."""


def opened(body: JsonObject) -> tuple[JsonObject, tuple[Loss, ...]]:
    """The Messages body inside, with a model's name because that API wants one, and what was lost.

    Headers that belong to the request stand in `body` beside its members. Raises `body-invalid` for a body
    of another model's own form, `body-unsupported` for a guardrail.
    """
    if not isinstance(body.get(_VERSION_MEMBER), str):
        raise OfframpError(
            "body-invalid",
            f"`{_VERSION_MEMBER}` is required: of the bodies models take here, only that of Messages is read",
            help=f'send a Messages body with `"{_VERSION_MEMBER}": "{VERSION}"`, or use the Converse API',
            where=Span("body", pointer=f"/{_VERSION_MEMBER}"),
        )
    if body.get(_GUARDRAIL.field):
        raise OfframpError(
            "body-unsupported",
            f"the header `{_GUARDRAIL.field}` cannot be carried: {_GUARDRAIL.reason}",
            help=_GUARDRAIL.help,
        )
    inner: JsonObject = {}
    losses = []
    for name, value in body.items():
        known = next((loss for loss in DROPPED if loss.field == name), None)
        if known is not None:
            losses += [known] if value else []
        elif name not in {_VERSION_MEMBER, _GUARDRAIL.field} | _PLAIN:
            inner[name] = value
    if "model" in inner or "stream" in inner:
        raise OfframpError(
            "body-invalid",
            "`model` and `stream` are said by the path of this API, not by the body",
            help="leave both out of the body",
        )
    return {**inner, "model": "-"}, tuple(losses)


def closed(body: JsonObject) -> JsonObject:
    """A Messages body as this API takes it."""
    inner = {name: value for name, value in body.items() if name not in ("model", "stream")}
    return {_VERSION_MEMBER: VERSION, **inner}


def request_fields(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers that are a part of the request."""
    return {name: value for name, value in headers.items() if name.startswith(_HEADERS)}
