"""A strict upstream of the generateContent API on loopback.

It checks what the real service checks: the key, members and their kinds (by the SDK's own types, which take
no others), the part of JSON Schema the API knows, the order of calls and results, and the seal of every call
of the current question. What it answers is asked for in the last question.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from google.genai import types
from pydantic import ValidationError
from tests.gateway import loopback

UPSTREAM_KEY = "upstream-secret-key"
UNSEALED = "skip_thought_signature_validator"
RETRY = "type.googleapis.com/google.rpc.RetryInfo"
KEYWORDS = {
    *("type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems"),
    *("minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required"),
}
MEMBERS = {"contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "safetySettings"}


class Wrong(Exception):
    """The request is refused."""


@dataclass
class FakeGenerate:
    """What it got and what it sealed."""

    name: str
    url: str = ""
    seen: list[Any] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    seals: dict[str, str] = field(default_factory=dict)
    """Seal to the call it is of."""
    has_ids: bool = True

    def seal(self, call: Mapping[str, Any]) -> str:
        made = base64.b64encode(f"seal+{len(self.seals)}/{'x' * 40}".encode()).decode()
        self.seals[made] = _shown(call)
        return made


def _shown(call: Mapping[str, Any]) -> str:
    return json.dumps([call["name"], call.get("args", {})], sort_keys=True)


def check(fake: FakeGenerate, body: Any) -> None:
    """Raises `Wrong` where the service would refuse."""
    if not body.keys() <= MEMBERS:
        raise Wrong(f"Unknown name {sorted(body.keys() - MEMBERS)}")
    try:
        for content in [*body["contents"], body.get("systemInstruction", {})]:
            types.Content.model_validate_json(json.dumps(content))
        for tool in body.get("tools", ()):
            types.Tool.model_validate_json(json.dumps(tool))
        types.ToolConfig.model_validate_json(json.dumps(body.get("toolConfig", {})))
        config = types.GenerationConfig.model_validate_json(json.dumps(body.get("generationConfig", {})))
    except ValidationError as error:
        raise Wrong(str(error)) from error
    thinking = config.thinking_config
    if thinking and thinking.thinking_level and thinking.thinking_budget is not None:
        raise Wrong("thinkingLevel and thinkingBudget exclude each other")
    if config.response_json_schema and config.response_mime_type != "application/json":
        raise Wrong("responseJsonSchema needs the type application/json")
    for tool in body.get("tools", ()):
        for declaration in tool["functionDeclarations"]:
            check_schema(declaration.get("parametersJsonSchema", {}))
    check_schema(config.response_json_schema or {})
    check_contents(fake, merged(body["contents"]))


def check_schema(schema: Any) -> None:
    if not schema.keys() <= KEYWORDS:
        raise Wrong(f"Unknown keyword {sorted(schema.keys() - KEYWORDS)}")
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    for part in [*inner, *([schema["items"]] if "items" in schema else [])]:
        check_schema(part)


def merged(contents: list[Any]) -> list[Any]:
    """Pieces of a streamed answer come back as neighbouring contents of one role."""
    found: list[Any] = []
    for content in contents:
        if found and role_of(found[-1]) == role_of(content) == "model":
            found[-1] = {"role": "model", "parts": [*found[-1]["parts"], *content["parts"]]}
        else:
            found.append(content)
    return found


def check_contents(fake: FakeGenerate, contents: list[Any]) -> None:
    if not contents or role_of(contents[0]) != "user":
        raise Wrong("the first content must be the user's")
    asked = max((at for at, one in enumerate(contents) if _is_question(one)), default=-1)
    calls: list[Any] = []
    for at, content in enumerate(contents):
        if role_of(content) not in ("user", "model") or not content["parts"]:
            raise Wrong("Please use a valid role; parts must not be empty")
        for part in content["parts"]:
            if len(part.keys() - {"thought", "thoughtSignature"}) != 1 or (
                part.get("text") == "" and role_of(content) == "user"
            ):
                raise Wrong("a part must hold exactly one kind of data")
        results = [part["functionResponse"] for part in content["parts"] if "functionResponse" in part]
        said = [(one["name"], one.get("id")) for one in results]
        if calls and ([name for name, _ in said] != [name for name, _ in calls] or len(said) != len(calls)):
            raise Wrong("the number and order of function response parts must be those of the calls")
        if calls and any(own not in (None, id_) for (_, own), (_, id_) in zip(said, calls, strict=True)):
            raise Wrong("a function response must have the id of its call")
        if results and not calls:
            raise Wrong("a function response turn must come right after a function call turn")
        made = [part for part in content["parts"] if "functionCall" in part]
        calls = [(part["functionCall"]["name"], part["functionCall"].get("id")) for part in made]
        if made and role_of(contents[at - 1]) != "user":
            raise Wrong("a function call turn must come right after a user turn")
        if made and at > asked:
            check_seal(fake, made[0])
        for part in made[1:]:
            if "thoughtSignature" in part:
                check_seal(fake, part)
    if calls:
        raise Wrong("a function call has no response")


def role_of(content: Any) -> Any:
    return content.get("role", "user")


def _is_question(content: Any) -> bool:
    return role_of(content) == "user" and any("functionResponse" not in part for part in content["parts"])


def check_seal(fake: FakeGenerate, part: Any) -> None:
    said = part.get("thoughtSignature", "").replace("-", "+").replace("_", "/")
    if said == UNSEALED.replace("_", "/"):
        return
    if not said:
        raise Wrong("Function call is missing a thought_signature in functionCall parts.")
    if fake.seals.get(said) != _shown(part["functionCall"]):
        raise Wrong("Thought signature is not valid for this call.")


def answer(fake: FakeGenerate, body: Any) -> list[dict[str, Any]]:
    """The pieces of an answer."""
    question = [
        part.get("text", "")
        for content in body["contents"]
        if role_of(content) == "user"
        for part in content["parts"]
        if "functionResponse" not in part
    ][-1]
    rounds = sum(role_of(content) == "model" for content in body["contents"])
    has_results = "functionResponse" in body["contents"][-1]["parts"][0]
    mode = body.get("toolConfig", {}).get("functionCallingConfig", {}).get("mode")
    usage = {"promptTokenCount": 15, "cachedContentTokenCount": 4, "totalTokenCount": 27}
    last = {**usage, "candidatesTokenCount": 7, "thoughtsTokenCount": 5}
    if "blocked" in question:
        return [{"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 15}}]
    if "malformed" in question:
        return [piece([], "MALFORMED_FUNCTION_CALL", last)]
    if body.get("generationConfig", {}).get("responseMimeType") == "application/json":
        return [piece([{"text": '{"city":'}], None, usage), piece([{"text": ' "Oslo"}'}], "STOP", last)]
    thoughts = body.get("generationConfig", {}).get("thinkingConfig", {}).get("includeThoughts")
    before = [piece([{"text": "Let me see.", "thought": True}], None, usage)] if thoughts else []
    if body.get("tools") and mode != "NONE" and (not has_results or ("again" in question and rounds < 2)):
        declared = body["tools"][0]["functionDeclarations"][0]["name"]
        cities = ["Oslo", "Bergen"] if "both" in question else ["Oslo"]
        calls: list[dict[str, Any]] = []
        for number, city in enumerate(cities):
            call: dict[str, Any] = {"name": declared, "args": {"city": city}}
            if fake.has_ids:
                call["id"] = f"call-{len(fake.seals)}-{number}"
            calls.append({"functionCall": call})
        calls[0]["thoughtSignature"] = fake.seal(calls[0]["functionCall"])
        return [*before, *(piece([call], None, usage) for call in calls), piece([{"text": ""}], "STOP", last)]
    said = "It is sunny, says " if has_results else "Hello from "
    sealed: dict[str, Any] = {"text": "", "thoughtSignature": base64.b64encode(b"of text").decode()}
    pieces = [piece([{"text": said}], None, usage), piece([{"text": fake.name}], None, usage)]
    return [*before, *pieces, piece([sealed if thoughts else {"text": ""}], "STOP", last)]


def piece(parts: list[Any], finish: str | None, usage: dict[str, Any]) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": usage}


def whole(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    """The pieces of a stream as one answer: neighbouring texts of one kind are one part."""
    if "candidates" not in pieces[-1]:
        return pieces[-1]
    parts: list[Any] = []
    for one in pieces:
        for part in one["candidates"][0]["content"]["parts"]:
            last = parts[-1] if parts else {}
            if "text" in part and "text" in last and last.get("thought") == part.get("thought"):
                parts[-1] = {**last, **part, "text": last["text"] + part["text"]}
            else:
                parts.append(part)
    candidate = pieces[-1]["candidates"][0]
    return {**pieces[-1], "candidates": [{**candidate, "content": {"parts": parts, "role": "model"}}]}


class _Server:
    def __init__(self, fake: FakeGenerate) -> None:
        self._fake = fake
        self.app = web.Application()
        self.app.router.add_post("/v1beta/models/{model}:{verb}", self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        fake, verb = self._fake, request.match_info["verb"]
        if request.headers.get("x-goog-api-key") != UPSTREAM_KEY:
            return error(400, "INVALID_ARGUMENT", "API key not valid.", {"reason": "API_KEY_INVALID"})
        body = json.loads(await request.read())
        fake.seen.append(body)
        fake.paths.append(request.path_qs)
        try:
            check(fake, body)
        except Wrong as wrong:
            return error(400, "INVALID_ARGUMENT", str(wrong))
        text = json.dumps(body["contents"][-1])
        if "busy" in text:
            return error(429, "RESOURCE_EXHAUSTED", "says the fake", {"@type": RETRY, "retryDelay": "7.200s"})
        frame = {"modelVersion": f"{request.match_info['model']}-001", "responseId": "resp77"}
        pieces = [{**one, **frame} for one in answer(fake, body)]
        if verb == "countTokens":
            return web.json_response({"totalTokens": 31})
        if verb == "generateContent":
            return web.json_response(whole(pieces))
        if verb != "streamGenerateContent" or request.query.get("alt") != "sse":
            return error(404, "NOT_FOUND", "no such method")
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for number, one in enumerate(pieces):
            if number == 1 and "cut" in text:
                assert request.transport is not None
                request.transport.abort()
                return response
            if number == 1 and "half" in text:
                return response
            if number == 1 and "overload" in text:
                one = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
            await response.write(f"data: {json.dumps(one)}\r\n\r\n".encode())
            if "error" in one:
                break
        return response


def error(code: int, status: str, message: str, *details: Any) -> web.Response:
    body: dict[str, Any] = {"error": {"code": code, "message": message, "status": status}}
    if details:
        body["error"]["details"] = list(details)
    return web.json_response(body, status=code)


def run_fake_generate(name: str) -> Iterator[FakeGenerate]:
    """A fake that listens until the generator is closed."""
    fake = FakeGenerate(name)
    with loopback.running(_Server(fake).app) as fake.url:
        yield fake
