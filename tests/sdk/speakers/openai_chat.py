"""A strict scripted upstream of the Chat Completions API."""

import json
from collections.abc import Iterator
from typing import Any

from tests.sdk.scenarios import Said
from tests.sdk.speakers.strictness import check, object_of

PATHS = ("/v1/chat/completions",)
TYPE = "text/event-stream"
FIELDS = (
    "max_tokens max_completion_tokens temperature top_p seed frequency_penalty presence_penalty stop tools "
    "tool_choice parallel_tool_calls response_format stream stream_options user reasoning_effort"
)


def asked(path: str, body: Any) -> tuple[str, bool]:
    """The model, and whether the answer is streamed."""
    return body["model"], bool(body.get("stream"))


def reject(body: Any, headers: Any) -> None:
    """Raises `Rejected` for what the API refuses."""
    check(headers.get("authorization", "").startswith("Bearer "), "authorization: missing")
    object_of(body, "body", FIELDS, "model messages")
    check(not ("max_tokens" in body and "max_completion_tokens" in body), "two limits")
    check(len(body.get("stop", [])) <= 4, "stop: too many")
    check("stream_options" not in body or body.get("stream"), "stream_options without stream")
    names = []
    for tool in body.get("tools", []):
        object_of(tool, "tool", "", "type function")
        function = object_of(tool["function"], "function", "description strict", "name parameters")
        names.append(function["name"])
    choice = body.get("tool_choice")
    check(choice is None or names, "tool_choice without tools")
    check("parallel_tool_calls" not in body or names, "parallel_tool_calls without tools")
    if isinstance(choice, dict):
        check(
            object_of(choice, "tool_choice", "", "type function")["function"]["name"] in names, "tool_choice"
        )
    elif choice is not None:
        check(choice in ("none", "auto", "required"), "tool_choice")
    if "response_format" in body:
        shape = object_of(body["response_format"], "response_format", "json_schema", "type")
        if shape["type"] == "json_schema":
            object_of(shape["json_schema"], "json_schema", "strict description", "name schema")
    _messages(body["messages"])


def _messages(messages: Any) -> None:
    check(messages, "messages: empty")
    open_calls: list[str] = []
    for message in messages:
        role = message.get("role")
        if role == "tool":
            object_of(message, "message", "", "role content tool_call_id")
            check(message["tool_call_id"] in open_calls, "a tool message without its call")
            open_calls.remove(message["tool_call_id"])
            _content(message["content"], "text")
            continue
        check(not open_calls, "tool calls must be followed by tool messages")
        if role == "assistant":
            calls = message.get("tool_calls", [])
            object_of(
                {key: value for key, value in message.items() if value is not None},
                "message",
                "content tool_calls",
                "role",
            )
            check(calls or message.get("content") is not None, "assistant: neither content nor calls")
            open_calls = [_call(call) for call in calls]
            _content(message.get("content") or "", "text")
            continue
        check(role in ("system", "user"), f"role {role}")
        object_of(message, "message", "", "role content")
        _content(message["content"], "text image_url file" if role == "user" else "text")
    check(not open_calls, "tool calls must be followed by tool messages")


def _call(call: Any) -> str:
    object_of(call, "tool_call", "", "id type function")
    function = object_of(call["function"], "function", "", "name arguments")
    check(isinstance(json.loads(function["arguments"]), dict), "arguments: no object")
    check(len(call["id"]) <= 40, "tool_call.id: too long")
    return str(call["id"])


def _content(content: Any, kinds: str) -> None:
    for part in content if isinstance(content, list) else ():
        check(part.get("type") in kinds.split(), f"part of type {part.get('type')}")
        match part["type"]:
            case "text":
                object_of(part, "part", "", "type text")
            case "image_url":
                object_of(
                    object_of(part, "part", "", "type image_url")["image_url"], "image_url", "detail", "url"
                )
            case "file":
                object_of(object_of(part, "part", "", "type file")["file"], "file", "", "filename file_data")


def failure(status: int) -> tuple[dict[str, Any], dict[str, str]]:
    """The body and headers of an error."""
    error = {"error": {"message": "says the upstream", "type": "error", "param": None, "code": None}}
    return error, {}


def whole(said: Said, model: str) -> dict[str, Any]:
    """The body of an answer."""
    message: dict[str, Any] = {"role": "assistant", "content": said.text or None, "refusal": None}
    if said.calls:
        message["tool_calls"] = [
            {"id": call, "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
            for call, name, arguments in said.calls
        ]
    reason = "tool_calls" if said.calls else "stop"
    return {
        **_frame(model, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": reason, "logprobs": None}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18},
    }


def events(said: Said, model: str) -> Iterator[bytes]:
    """The pieces of a streamed answer; arguments of parallel calls come mixed."""
    yield _chunk(model, {"role": "assistant", "content": ""})
    for sign in said.text:
        yield _chunk(model, {"content": sign})
    if said.breaks:
        return
    for index, (call, name, _) in enumerate(said.calls):
        opened = {"index": index, "id": call, "type": "function", "function": {"name": name, "arguments": ""}}
        yield _chunk(model, {"tool_calls": [opened]})
    texts = [json.dumps(arguments) for _, _, arguments in said.calls]
    for at in range(0, max(map(len, texts), default=0), 5):
        for index, text in enumerate(texts):
            if text[at : at + 5]:
                piece = {"index": index, "function": {"arguments": text[at : at + 5]}}
                yield _chunk(model, {"tool_calls": [piece]})
    yield _chunk(model, {}, "tool_calls" if said.calls else "stop")
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    yield _data({**_frame(model, "chat.completion.chunk"), "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def broken() -> bytes:
    """An error in the middle of a stream."""
    return _data(
        {"error": {"message": "says the upstream", "type": "server_error", "param": None, "code": None}}
    )


def _frame(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-01", "object": kind, "created": 1893456000, "model": f"{model}-2030-01-01"}


def _chunk(model: str, delta: Any, reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
    return _data({**_frame(model, "chat.completion.chunk"), "choices": [choice]})


def _data(body: Any) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()
