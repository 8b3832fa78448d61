"""A strict scripted upstream of Converse: checked by the service's own model."""

import json
from collections.abc import Iterator
from typing import Any

from tests.gateway import fake_bedrock as real
from tests.sdk.scenarios import Said
from tests.sdk.speakers.strictness import Rejected, check

PATHS = ("/model/{model}/converse", "/model/{model}/converse-stream")
TYPE = "application/vnd.amazon.eventstream"
NAMES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    429: "ThrottlingException",
    503: "ServiceUnavailableException",
}
SHAPE = real.MODEL.operation_model("Converse").input_shape


def asked(path: str, body: Any) -> tuple[str, bool]:
    """The model, and whether the answer is streamed."""
    _, _, model, verb = path.split("/")
    return model, verb == "converse-stream"


def reject(body: Any, headers: Any) -> None:
    """Raises `Rejected` for what the API refuses."""
    check(headers.get("authorization", "").startswith("Bearer "), "authorization: missing")
    try:
        real.check_shape(SHAPE, body, "body")
        real.check_conversation(body)
    except real.Invalid as invalid:
        raise Rejected(str(invalid)) from None


def failure(status: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and headers of an error."""
    return {"message": "says the upstream"}, {"x-amzn-ErrorType": NAMES[status]}


def whole(said: Said, model: str) -> dict[str, Any]:
    """The body of an answer."""
    return {
        "output": {"message": {"role": "assistant", "content": _blocks(said)}},
        "stopReason": "tool_use" if said.calls else "end_turn",
        "usage": {"inputTokens": 11, "outputTokens": 7, "totalTokens": 18},
        "metrics": {"latencyMs": 12},
    }


def _blocks(said: Said) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = [{"text": said.text}] if said.text else []
    return blocks + [
        {"toolUse": {"toolUseId": call, "name": name, "input": arguments}}
        for call, name, arguments in said.calls
    ]


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    yield real.frame("messageStart", {"role": "assistant"})
    for index, block in enumerate(_blocks(said)):
        deltas: list[dict[str, Any]] = [{"text": sign} for sign in block.get("text", "")]
        if "toolUse" in block:
            call = block["toolUse"]
            start = {"toolUse": {"toolUseId": call["toolUseId"], "name": call["name"]}}
            yield real.frame("contentBlockStart", {"start": start, "contentBlockIndex": index})
            text = json.dumps(call["input"])
            deltas = [{"toolUse": {"input": piece}} for piece in (text[:5], text[5:])]
        for delta in deltas:
            yield real.frame("contentBlockDelta", {"delta": delta, "contentBlockIndex": index})
        if said.breaks:
            return
        yield real.frame("contentBlockStop", {"contentBlockIndex": index})
    yield real.frame("messageStop", {"stopReason": "tool_use" if said.calls else "end_turn"})
    yield real.frame("metadata", {"usage": whole(said, model)["usage"], "metrics": {"latencyMs": 12}})


def broken() -> bytes:
    """An error in the middle of a stream."""
    return real.frame("throttlingException", {"message": "says the upstream"}, "exception")


def waiting() -> bytes:
    """What is sent while an answer goes on for ever."""
    return real.frame("contentBlockDelta", {"delta": {"text": "."}, "contentBlockIndex": 0})
