"""A strict scripted upstream of the Responses API."""

import json
from collections.abc import Iterator
from typing import Any

from tests.gateway import responses_upstream as real
from tests.sdk.scenarios import Said
from tests.sdk.speakers.strictness import Rejected, check

USAGE = {
    **real.USAGE,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens_details": {"reasoning_tokens": 0},
}
PATHS = ("/v1/responses",)
TYPE = "text/event-stream"


def asked(path: str, body: Any) -> tuple[str, bool]:
    """The model, and whether the answer is streamed."""
    return body["model"], bool(body.get("stream"))


def reject(body: Any, headers: Any) -> None:
    """Raises `Rejected` for what the API refuses."""
    check(headers.get("authorization", "").startswith("Bearer "), "authorization: missing")
    try:
        real.check(real.Upstream("sdk", ""), body)
    except real.Rejected as rejected:
        raise Rejected(str(rejected)) from None


def failure(status: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and headers of an error."""
    error = {"message": "says the upstream", "type": "error", "param": None, "code": None}
    return {"error": error}, {}


def whole(said: Said, model: str) -> dict[str, Any]:
    """The body of an answer."""
    items: list[dict[str, Any]] = []
    if said.text:
        part = {"type": "output_text", "text": said.text, "annotations": [], "logprobs": []}
        items.append(
            {
                "id": "msg_01",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [part],
            }
        )
    items += [
        {
            "id": f"fc_{call}",
            "type": "function_call",
            "status": "completed",
            "call_id": call,
            "name": name,
            "arguments": json.dumps(arguments),
        }
        for call, name, arguments in said.calls
    ]
    upstream = real.Upstream("sdk", "")
    answer = {**real.frame(upstream, {"model": model}), "status": "completed", "output": items}
    return {**answer, "usage": USAGE}


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer; arguments of parallel calls come mixed."""
    for event in real.events_for(whole(said, model), ""):
        if said.breaks and "output_text.done" in event:
            return
        yield event.encode()


def broken() -> bytes:
    """An error in the middle of a stream."""
    error = {"type": "error", "sequence_number": 99, "code": "server_error", "message": "says the upstream"}
    return f"event: error\ndata: {json.dumps({**error, 'param': None})}\n\n".encode()
