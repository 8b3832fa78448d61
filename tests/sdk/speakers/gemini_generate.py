"""A strict scripted upstream of generateContent."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.sdk.scenarios import Said
from tests.sdk.speakers.strictness import check, object_of

PATHS = ("/v1beta/models/{model_and_verb}",)
TYPE = "text/event-stream"
FIELDS = "systemInstruction tools toolConfig generationConfig safetySettings cachedContent labels"
CONFIG = (
    "maxOutputTokens temperature topP topK seed frequencyPenalty presencePenalty stopSequences "
    "responseMimeType responseSchema responseJsonSchema thinkingConfig candidateCount"
)
FREE = frozenset(
    {"args", "response", "parameters", "parametersJsonSchema", "responseSchema", "responseJsonSchema"}
)
STATUSES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}


def asked(path: str, body: Any) -> tuple[str, bool]:
    """The model, and whether the answer is streamed."""
    model, _, verb = path.rsplit("/", 1)[1].partition(":")
    return model, verb.startswith("stream")


def reject(body: Any, headers: Any) -> None:
    """Raises `Rejected` for what the API refuses."""
    check(headers.get("x-goog-api-key") or headers.get("authorization"), "key: missing")
    body = _camel(body)
    object_of(body, "body", FIELDS, "contents")
    object_of(body.get("generationConfig", {}), "generationConfig", CONFIG)
    names = set()
    for tool in body.get("tools", []):
        object_of(tool, "tool", "", "functionDeclarations")
        for one in tool["functionDeclarations"]:
            object_of(
                one, "functionDeclaration", "description parameters parametersJsonSchema response", "name"
            )
            names.add(one["name"])
    choice = object_of(body.get("toolConfig", {}), "toolConfig", "functionCallingConfig")
    mode = object_of(
        choice.get("functionCallingConfig", {}), "functionCallingConfig", "mode allowedFunctionNames"
    )
    check(set(mode.get("allowedFunctionNames", [])) <= names, "allowedFunctionNames: no such function")
    if "systemInstruction" in body:
        object_of(body["systemInstruction"], "systemInstruction", "role", "parts")
    _contents(body["contents"])


def _camel(value: Any) -> Any:
    """As the API reads it: names of fields may be written either way."""
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        (camel := re.sub(r"_([a-z])", lambda found: found[1].upper(), name)): item
        if camel in FREE
        else _camel(item)
        for name, item in value.items()
    }


def _contents(contents: Any) -> None:
    check(contents, "contents: empty")
    calls: list[str] = []
    asked_at = max(
        (
            number
            for number, content in enumerate(contents)
            if content["role"] == "user" and _has_text(content)
        ),
        default=0,
    )
    for number, content in enumerate(contents):
        object_of(content, "content", "", "role parts")
        check(content["role"] in ("user", "model"), "role")
        check(content["parts"], "parts: empty")
        answers = []
        for part in content["parts"]:
            object_of(
                part,
                "part",
                "text inlineData fileData functionCall functionResponse thought thoughtSignature",
            )
            if "inlineData" in part:
                object_of(part["inlineData"], "inlineData", "displayName", "mimeType data")
            if "functionResponse" in part:
                one = object_of(part["functionResponse"], "functionResponse", "id parts", "name response")
                check(isinstance(one["response"], dict), "response: no object")
                answers.append(one["name"])
        check(sorted(answers) == sorted(calls), "function responses must answer the calls before")
        calls = [part["functionCall"]["name"] for part in content["parts"] if "functionCall" in part]
        check(
            not calls or number < asked_at or any("thoughtSignature" in part for part in content["parts"]),
            "function call without its thought signature",
        )
    check(not calls, "calls are left open")


def _has_text(content: Any) -> bool:
    return any("text" in part for part in content["parts"])


def failure(status: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and headers of an error."""
    return {"error": {"code": status, "message": "says the upstream", "status": STATUSES[status]}}, {}


def whole(said: Said, model: str) -> dict[str, Any]:
    """The body of an answer."""
    return _answer(_parts(said), model, "STOP")


def _parts(said: Said) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"text": said.text}] if said.text else []
    parts += [
        {
            "functionCall": {"name": name, "args": arguments},
            **({"thoughtSignature": "c2ln"} if not index else {}),
        }
        for index, (_, name, arguments) in enumerate(said.calls)
    ]
    return parts


def _answer(parts: list[dict[str, Any]], model: str, reason: str = "") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if reason:
        candidate["finishReason"] = reason
    usage = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": f"{model}-001",
        "responseId": "resp01",
    }


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    for sign in said.text:
        yield _data(_answer([{"text": sign}], model))
    if said.breaks:
        return
    calls = [part for part in _parts(said) if "functionCall" in part]
    if calls:
        yield _data(_answer(calls, model))
    yield _data(_answer([{"text": ""}], model, "STOP"))


def broken() -> bytes:
    """An error in the middle of a stream."""
    return _data(failure(503)[0])


def _data(body: Any) -> bytes:
    return f"data: {json.dumps(body)}\r\n\r\n".encode()
