"""A strict upstream that speaks the Responses API on loopback and rejects what the real one rejects.

It refuses fields the API does not have, calls without outputs, ids it never gave, reasoning it did not seal.
What it does is asked for in the last user message: `tools`, `think`, `refuse`, `cut`, `fail`, `busy`, `long`.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from openai.types.responses import response_create_params
from pydantic import TypeAdapter, ValidationError
from tests.gateway import loopback

PARAMS: TypeAdapter[Any] = TypeAdapter(response_create_params.ResponseCreateParams)
KNOWN = {*response_create_params.ResponseCreateParamsBase.__annotations__, "stream"}
CALLS = (("weather", '{"city": "Oslo"}'), ("clock", '{"zone": "CET"}'))
VECTOR = [0.25, -0.5, 1.0]


@dataclass
class Upstream:
    """What was asked, and what is kept."""

    name: str
    key: str
    url: str = ""
    seen: list[Any] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    """Id to the conversation up to and with the answer."""
    later: dict[str, Any] = field(default_factory=dict)
    """Answers made in the background."""
    deleted: list[str] = field(default_factory=list)
    made: int = 0

    def last(self) -> Any:
        return self.seen[-1]


class Rejected(Exception):
    """A 400, or another status."""

    def __init__(self, message: str, *, param: str = "", code: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.body = {
            "error": {
                "message": message,
                "type": "invalid_request_error",
                "param": param or None,
                "code": code or None,
            }
        }
        self.status = status


def check(upstream: Upstream, body: Any) -> list[Any]:
    """The whole conversation a request stands for, or a rejection."""
    unknown = body.keys() - KNOWN
    if unknown:
        raise Rejected(f"Unknown parameter: '{min(unknown)}'.", param=min(unknown), code="unknown_parameter")
    try:
        PARAMS.validate_python(body)
    except ValidationError as error:
        raise Rejected(str(error.errors()[0])) from error
    if (body.get("max_output_tokens") or 16) < 16:
        raise Rejected("Expected a value >= 16", param="max_output_tokens")
    items = body["input"]
    items = [{"role": "user", "content": items}] if isinstance(items, str) else items
    if not items:
        raise Rejected("input must not be empty", param="input")
    previous = body.get("previous_response_id")
    if previous and previous not in upstream.answers:
        raise Rejected(
            f"Previous response with id '{previous}' not found.",
            param="previous_response_id",
            code="previous_response_not_found",
        )
    whole = [*(upstream.answers[previous] if previous else ()), *items]
    check_items(upstream, whole)
    return whole


def check_items(upstream: Upstream, items: Sequence[Any]) -> None:
    calls: set[str] = set()
    answered: set[str] = set()
    for item in items:
        kind = item.get("type", "message")
        if kind == "function_call":
            calls.add(item["call_id"])
        elif kind == "function_call_output":
            if item["call_id"] not in calls:
                raise Rejected(
                    f"No tool call found for function call output {item['call_id']}.", param="input"
                )
            answered.add(item["call_id"])
        elif kind == "reasoning":
            if item.get("encrypted_content") != seal(upstream, item.get("id", "")):
                raise Rejected(
                    "The encrypted content could not be verified.", code="invalid_encrypted_content"
                )
        elif kind == "item_reference":
            raise Rejected(f"Item with id '{item['id']}' not found.", param="input")
    if calls - answered:
        raise Rejected(f"No tool output found for function call {min(calls - answered)}.", param="input")


def seal(upstream: Upstream, item_id: str) -> str:
    return f"sealed-by-{upstream.name}-{item_id}"


def text_of(item: Any) -> str:
    content = item.get("content", "")
    if isinstance(content, str):
        return content
    return " ".join(part.get("text", f"<{part['type']}>") for part in content)


def output_for(upstream: Upstream, body: Any, whole: Sequence[Any]) -> list[Any]:
    """The items of the answer."""
    number = upstream.made
    asked = [text_of(item) for item in whole if item.get("role") == "user"]
    items: list[Any] = []
    if "think" in asked[-1]:
        item_id = f"rs_{upstream.name}{number}"
        summary = [{"type": "summary_text", "text": "Let me think."}]
        items.append(
            {
                "id": item_id,
                "type": "reasoning",
                "summary": summary,
                "encrypted_content": seal(upstream, item_id),
            }
        )
    if body.get("tools") and whole[-1].get("type") != "function_call_output":
        names = {tool.get("name") for tool in body["tools"]}
        for place, (name, arguments) in enumerate(CALLS):
            if name in names and (place == 0 or body.get("parallel_tool_calls", True)):
                items.append(
                    {
                        "id": f"fc_{upstream.name}{number}{place}",
                        "type": "function_call",
                        "status": "completed",
                        "call_id": f"call_{upstream.name}{number}{place}",
                        "name": name,
                        "arguments": arguments,
                    }
                )
        return items
    text = f"{upstream.name} heard: {' | '.join(asked)}"
    if (body.get("text") or {}).get("format", {}).get("type") == "json_schema":
        text = json.dumps({"city": "Oslo", "degrees": 20})
    part: dict[str, Any] = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    if "refuse" in asked[-1]:
        part = {"type": "refusal", "refusal": "I cannot help with that."}
    return [
        *items,
        {
            "id": f"msg_{upstream.name}{number}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        },
    ]


def frame(upstream: Upstream, body: Any) -> dict[str, Any]:
    return {
        "id": f"resp_{upstream.name}{upstream.made}",
        "object": "response",
        "created_at": 1893456000,
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": body.get("metadata") or {},
        "model": f"{body['model']}-0101",
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "temperature": 1.0,
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": body.get("tools", []),
        "top_p": 1.0,
        "usage": None,
    }


USAGE = {
    "input_tokens": 11,
    "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
    "output_tokens": 7,
    "output_tokens_details": {"reasoning_tokens": 3},
    "total_tokens": 18,
}


class Events:
    """Numbered events."""

    def __init__(self) -> None:
        self.number = -1

    def __call__(self, kind: str, **rest: Any) -> str:
        self.number += 1
        return (
            f"event: {kind}\ndata: {json.dumps({'type': kind, 'sequence_number': self.number, **rest})}\n\n"
        )


def events_for(answer: dict[str, Any], asked: str) -> Iterator[str]:
    """The stream of an answer. Pieces of parallel calls come mixed."""
    event = Events()
    items = answer["output"]
    opened = {**answer, "status": "in_progress", "output": [], "usage": None}
    yield event("response.created", response=opened)
    yield event("response.in_progress", response=opened)
    calls = []
    for index, item in enumerate(items):
        if item["type"] == "function_call":
            calls.append((index, item))
        elif item["type"] == "reasoning":
            yield event("response.output_item.added", output_index=index, item={**item, "summary": []})
            place = {"item_id": item["id"], "output_index": index, "summary_index": 0}
            part = item["summary"][0]
            yield event("response.reasoning_summary_part.added", **place, part={**part, "text": ""})
            yield event("response.reasoning_summary_text.delta", **place, delta=part["text"])
            yield event("response.reasoning_summary_text.done", **place, text=part["text"])
            yield event("response.reasoning_summary_part.done", **place, part=part)
            yield event("response.output_item.done", output_index=index, item=item)
        else:
            yield from message_events(event, index, item, asked)
            if "fail" in asked:
                error = {"code": "server_error", "message": "the model stopped"}
                yield event("response.failed", response={**opened, "status": "failed", "error": error})
                return
    for index, item in calls:
        begun = {**item, "arguments": "", "status": "in_progress"}
        yield event("response.output_item.added", output_index=index, item=begun)
    for cut in (slice(0, 7), slice(7, None)):
        for index, item in calls:
            piece = item["arguments"][cut]
            place = {"item_id": item["id"], "output_index": index}
            yield event("response.function_call_arguments.delta", **place, delta=piece, obfuscation="x")
    for index, item in calls:
        place = {"item_id": item["id"], "output_index": index}
        yield event("response.function_call_arguments.done", **place, arguments=item["arguments"])
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=answer)


def message_events(event: Events, index: int, item: Any, asked: str) -> Iterator[str]:
    part = item["content"][0]
    kind, member = ("refusal", "refusal") if part["type"] == "refusal" else ("output_text", "text")
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    more: dict[str, Any] = {} if kind == "refusal" else {"logprobs": []}
    begun = {**item, "content": [], "status": "in_progress"}
    yield event("response.output_item.added", output_index=index, item=begun)
    yield event("response.content_part.added", **place, part={**part, member: ""})
    text = part[member]
    pieces = [text[:6], text[6:]] if "long" not in asked else [text, *("x" * 100_000 for _ in range(20))]
    for piece in pieces:
        yield event(f"response.{kind}.delta", **place, delta=piece, **more, obfuscation="qq")
    text = part[member] = "".join(pieces)
    yield event(f"response.{kind}.done", **place, **{member: text}, **more)
    yield event("response.content_part.done", **place, part=part)
    yield event("response.output_item.done", output_index=index, item=item)


class Server:
    """The upstream's application."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self.app = web.Application(client_max_size=64 * 1024 * 1024)
        self.app.router.add_post("/v1/responses", self.answer)
        self.app.router.add_get("/v1/responses/{id}", self.read)
        self.app.router.add_delete("/v1/responses/{id}", self.delete)
        self.app.router.add_post("/v1/embeddings", self.embed)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        upstream = self._upstream
        body = await request.json()
        upstream.seen.append(body)
        try:
            self._check_key(request)
            whole = check(upstream, body)
        except Rejected as rejected:
            return web.json_response(rejected.body, status=rejected.status)
        asked = next(text_of(item) for item in reversed(whole) if item.get("role") == "user")
        if "busy" in asked:
            busy = Rejected("slow down", code="rate_limit_exceeded")
            return web.json_response(busy.body, status=429, headers={"retry-after": "7"})
        upstream.made += 1
        answer = {**frame(upstream, body), "status": "completed", "usage": USAGE}
        answer["output"] = output_for(upstream, body, whole)
        if body.get("store", True):
            upstream.answers[answer["id"]] = [*whole, *answer["output"]]
        if body.get("background"):
            upstream.later[answer["id"]] = answer
            return web.json_response({**answer, "status": "queued", "output": [], "usage": None})
        if not body.get("stream"):
            return web.json_response(answer)
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for number, event in enumerate(events_for(answer, asked)):
            await response.write(event.encode())
            if "cut" in asked and number == 5:
                assert request.transport is not None
                request.transport.abort()
                break
        return response

    async def read(self, request: web.Request) -> web.Response:
        self._check_key(request)
        return web.json_response(self._upstream.later[request.match_info["id"]])

    async def delete(self, request: web.Request) -> web.Response:
        self._check_key(request)
        id_ = request.match_info["id"]
        self._upstream.deleted.append(id_)
        gone = self._upstream.answers.pop(id_, None)
        return web.json_response({"id": id_, "deleted": gone is not None}, status=200 if gone else 404)

    async def embed(self, request: web.Request) -> web.Response:
        body = await request.json()
        self._upstream.seen.append(body)
        self._check_key(request)
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        if "busy" in texts:
            busy = Rejected("slow down", code="rate_limit_exceeded")
            return web.json_response(busy.body, status=429, headers={"retry-after": "7"})
        data = [
            {"object": "embedding", "index": number, "embedding": VECTOR} for number, _ in enumerate(texts)
        ]
        usage = {"prompt_tokens": 5, "total_tokens": 5}
        return web.json_response(
            {"object": "list", "data": data, "model": f"{body['model']}-0101", "usage": usage}
        )

    def _check_key(self, request: web.Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self._upstream.key}":
            raise Rejected("Incorrect API key provided", code="invalid_api_key", status=401)


def running(name: str, key: str) -> Iterator[Upstream]:
    """An upstream that listens until the generator is closed."""
    upstream = Upstream(name, key)
    with loopback.running(Server(upstream).app) as upstream.url:
        yield upstream
