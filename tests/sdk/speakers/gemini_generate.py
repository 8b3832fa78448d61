"""The generateContent API as a strict upstream: its own SDK's types, and its rules of order and seals."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.gateway.fake_generate import FakeGenerate, Wrong
from tests.gateway.fake_generate import check as check_body
from tests.sdk.scenarios import Said
from tests.sdk.speakers.strictness import Rejected, check

PATH = "/v1beta/models/{model}:{verb}"
TYPE = "text/event-stream"
_SEALS = FakeGenerate("sdk")
_STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
_USAGE = {"promptTokenCount": 11, "totalTokenCount": 18}


def reject(body: Any, headers: Mapping[str, str]) -> None:
    """Raises `Rejected` where the real API would."""
    check(headers.get("x-goog-api-key"), "no key")
    try:
        check_body(_SEALS, body)
    except Wrong as wrong:
        raise Rejected(str(wrong)) from wrong


def failure(status: int) -> dict[str, Any]:
    """The body of an error."""
    error: dict[str, Any] = {
        "code": status,
        "message": "says the upstream",
        "status": _STATUSES.get(status, "INTERNAL"),
    }
    if status == 429:
        error["details"] = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0s"}]
    return {"error": error}


def whole(said: Said, model: str) -> dict[str, Any]:
    """The body of an answer."""
    text = [{"text": said.text}] if said.text else []
    return _piece(model, [*text, *_calls(said)], "STOP")


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer; every call in one of its own."""
    for sign in said.text:
        yield _data(_piece(model, [{"text": sign}]))
    if said.breaks:
        return
    for call in _calls(said):
        yield _data(_piece(model, [call]))
    sealed = {"text": "", "thoughtSignature": base64.b64encode(b"of the text").decode()}
    yield _data(_piece(model, [sealed], "STOP"))


def broken() -> bytes:
    """An error in the middle of a stream."""
    return _data(failure(503))


def _calls(said: Said) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    for call, name, arguments in said.calls:
        function = {"id": call, "name": name, "args": arguments}
        parts.append({"functionCall": function})
    if parts:
        parts[0]["thoughtSignature"] = _SEALS.seal(parts[0]["functionCall"])
    return parts


def _piece(model: str, parts: list[dict[str, Any]], finish: str = "") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    usage: dict[str, Any] = dict(_USAGE)
    if finish:
        candidate["finishReason"] = finish
        usage["candidatesTokenCount"] = 7
    frame = {"modelVersion": f"{model}-001", "responseId": "resp01"}
    return {"candidates": [candidate], "usageMetadata": usage, **frame}


def _data(body: Any) -> bytes:
    return f"data: {json.dumps(body)}\r\n\r\n".encode()
