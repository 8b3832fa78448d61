"""A strict scripted upstream of the Messages API."""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.scenarios import Said
from tests.sdk.speakers.strictness import check, object_of

PATHS = ("/v1/messages",)
TYPE = "text/event-stream"
FIELDS = (
    "system tools tool_choice temperature top_p top_k stop_sequences stream metadata thinking output_config "
    "service_tier cache_control"
)
ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    429: "rate_limit_error",
    503: "overloaded_error",
}


def asked(path: str, body: Any) -> tuple[str, bool]:
    """The model, and whether the answer is streamed."""
    return body["model"], bool(body.get("stream"))


def reject(body: Any, headers: Any) -> None:
    """Raises `Rejected` for what the API refuses."""
    check(headers.get("anthropic-version"), "anthropic-version: missing")
    check(headers.get("x-api-key"), "x-api-key: missing")
    object_of(body, "body", FIELDS, "model max_tokens messages")
    check(type(body["max_tokens"]) is int and body["max_tokens"] > 0, "max_tokens")
    check(0 <= body.get("temperature", 1) <= 1, "temperature: above 1")
    _system(body.get("system", ""))
    names = [_tool(tool) for tool in body.get("tools", [])]
    choice = body.get("tool_choice")
    if choice is not None:
        object_of(choice, "tool_choice", "name disable_parallel_tool_use", "type")
        check(choice["type"] in ("auto", "any", "tool", "none"), "tool_choice.type")
        check(choice["type"] != "tool" or choice["name"] in names, "tool_choice.name: no such tool")
    if "output_config" in body:
        config = object_of(body["output_config"], "output_config", "format effort")
        shape = object_of(
            config.get("format", {"type": "json_schema", "schema": {}}), "format", "", "type schema"
        )
        check(shape["type"] == "json_schema", "format.type")
    _messages(body["messages"])


def _system(system: Any) -> None:
    if isinstance(system, list):
        for block in system:
            object_of(block, "system", "cache_control", "type text")
            check(block["text"].strip(), "system: blank text")


def _tool(tool: Any) -> str:
    object_of(tool, "tool", "description strict type cache_control", "name input_schema")
    check(tool["input_schema"].get("type") == "object", "input_schema.type")
    return str(tool["name"])


def _messages(messages: Any) -> None:
    check(messages and messages[0]["role"] == "user", "messages: the first must be the user's")
    open_calls: list[str] = []
    last = ""
    for message in messages:
        object_of(message, "message", "", "role content")
        check(message["role"] in ("user", "assistant") and message["role"] != last, "roles do not alternate")
        last = message["role"]
        content = message["content"]
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        check(blocks, "content: empty")
        for block in blocks:
            _block(block)
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        check(sorted(results) == sorted(open_calls), "tool_use ids without tool_result, or the reverse")
        kinds = [block["type"] == "tool_result" for block in blocks]
        check(kinds == sorted(kinds, reverse=True), "tool_result blocks must come first")
        open_calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    check(not open_calls, "the last turn leaves tool calls open")


def _block(block: Any) -> None:
    match block.get("type"):
        case "text":
            object_of(block, "text", "cache_control citations", "type text")
            check(block["text"].strip(), "text: blank")
        case "image":
            object_of(block, "image", "cache_control", "type source")
            _source(block["source"], "image/")
        case "document":
            object_of(block, "document", "title context citations cache_control", "type source")
            _source(block["source"], "application/pdf")
        case "tool_use":
            object_of(block, "tool_use", "cache_control", "type id name input")
            check(isinstance(block["input"], dict), "tool_use.input: no object")
        case "tool_result":
            object_of(block, "tool_result", "content is_error cache_control", "type tool_use_id")
            content = block.get("content", "")
            for inner in content if isinstance(content, list) else ():
                _block(inner)
        case "thinking":
            object_of(block, "thinking", "", "type thinking signature")
            check(block["signature"].startswith("native"), "thinking.signature: invalid")
        case kind:
            check(False, f"block of type {kind}")


def _source(source: Any, media: str) -> None:
    if source.get("type") == "url":
        object_of(source, "source", "", "type url")
        return
    object_of(source, "source", "", "type media_type data")
    check(source["media_type"].startswith(media), "source.media_type")


def failure(status: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and headers of an error."""
    error = {"type": "error", "error": {"type": ERRORS[status], "message": "says the upstream"}}
    return error, {}


def whole(said: Said, model: str) -> dict[str, Any]:
    """The body of an answer."""
    content: list[dict[str, Any]] = [{"type": "text", "text": said.text}] if said.text else []
    content += [
        {"type": "tool_use", "id": f"toolu_{call}", "name": name, "input": arguments}
        for call, name, arguments in said.calls
    ]
    return {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": f"{model}-20300101",
        "content": content,
        "stop_reason": "tool_use" if said.calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer."""
    body = whole(said, model)
    start = {**body, "content": [], "stop_reason": None, "usage": {"input_tokens": 11, "output_tokens": 1}}
    yield _event("message_start", message=start)
    for index, block in enumerate(body["content"]):
        if block["type"] == "text":
            yield _event("content_block_start", index=index, content_block={"type": "text", "text": ""})
            pieces = [{"type": "text_delta", "text": sign} for sign in block["text"]]
        else:
            yield _event("content_block_start", index=index, content_block={**block, "input": {}})
            text = json.dumps(block["input"])
            halves = (text[: len(text) // 2], text[len(text) // 2 :])
            pieces = [{"type": "input_json_delta", "partial_json": half} for half in halves]
        for piece in pieces:
            yield _event("content_block_delta", index=index, delta=piece)
        if said.breaks:
            return
        yield _event("content_block_stop", index=index)
    ended = {"stop_reason": body["stop_reason"], "stop_sequence": None}
    yield _event("message_delta", delta=ended, usage={"output_tokens": 7})
    yield _event("message_stop")


def broken() -> bytes:
    """An error in the middle of a stream."""
    return _event("error", error={"type": "overloaded_error", "message": "says the upstream"})


def _event(kind: str, **rest: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **rest})}\n\n".encode()
