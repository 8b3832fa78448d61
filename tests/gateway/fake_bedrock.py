"""A strict upstream of the cloud's runtime API on loopback.

It checks what the real service checks: signatures (by botocore's own signer), members, required fields and
lists of values (by botocore's own model of the service), and the order of a conversation. What it answers is
asked for in the last user message. Frames are written here, not with the code under test.
"""

import base64
import json
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from tests.gateway import loopback

KEY_ID, SECRET, TOKEN, REGION = "AKIDEXAMPLE", "upstream/secret+key", "session-token", "eu-west-1"
BEARER = "upstream-bearer-token"
MODEL = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))


@dataclass(frozen=True)
class Asked:
    """A request that passed every check."""

    operation: str
    model: str
    path: str
    headers: Mapping[str, str]
    body: Any


@dataclass
class FakeBedrock:
    """Where it listens and what it saw."""

    url: str = ""
    seen: list[Asked] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def last(self) -> Asked:
        assert not self.refused, self.refused
        return self.seen[-1]


class Invalid(Exception):
    """The real service would answer 400 or 403."""

    def __init__(self, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.name, self.status = name, status


def frame(kind: str, payload: Any, message_type: str = "event") -> bytes:
    """One binary frame, written from the format's description."""
    name = ":event-type" if message_type == "event" else ":exception-type"
    headers = {name: kind, ":content-type": "application/json", ":message-type": message_type}
    head = b"".join(
        bytes([len(key)]) + key.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for key, value in headers.items()
    )
    body = json.dumps(payload).encode()
    start = struct.pack(">II", 16 + len(head) + len(body), len(head))
    start += struct.pack(">I", zlib.crc32(start))
    whole = start + head + body
    return whole + struct.pack(">I", zlib.crc32(whole))


def check_shape(shape: Any, value: Any, path: str) -> None:
    """`value` has only members the service knows, all it requires, and values it lists."""
    kind = shape.type_name
    if kind == "structure":
        if shape.is_document_type:
            return
        _check_structure(shape, value, path)
    elif kind == "list":
        _expect(isinstance(value, list), path, "a list")
        _expect(len(value) >= (shape.metadata.get("min") or 0), path, "more entries")
        for index, item in enumerate(value):
            check_shape(shape.member, item, f"{path}.{index}")
    elif kind == "map":
        _expect(isinstance(value, dict), path, "a map")
        for key, item in value.items():
            check_shape(shape.value, item, f"{path}.{key}")
    elif kind == "string":
        _expect(isinstance(value, str), path, "a string")
        _check_text(shape.metadata, value, path)
    elif kind == "blob":
        base64.b64decode(value, validate=True)
        _expect(len(value) >= 1, path, "bytes")
    elif kind == "boolean":
        _expect(isinstance(value, bool), path, "true or false")
    elif kind in ("integer", "long", "float", "double"):
        _expect(isinstance(value, int | float) and not isinstance(value, bool), path, "a number")
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        _expect((low is None or value >= low) and (high is None or value <= high), path, "within bounds")
    else:
        raise AssertionError(kind)


def _check_structure(shape: Any, value: Any, path: str) -> None:
    _expect(isinstance(value, dict), path, "an object")
    known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    if getattr(shape, "is_tagged_union", False):
        _expect(len(value) == 1, path, "exactly one member")
    for name, item in value.items():
        _expect(name in known, f"{path}.{name}", "a known member")
        check_shape(known[name], item, f"{path}.{name}")
    for name in shape.required_members:
        location = shape.members[name].serialization.get("location")
        _expect(name in value or location == "uri", f"{path}.{name}", "there: it is required")


def _check_text(rules: Mapping[str, Any], value: str, path: str) -> None:
    _expect(not rules.get("enum") or value in rules["enum"], path, f"one of {rules.get('enum')}")
    _expect(len(value) >= (rules.get("min") or 0), path, "longer")
    _expect(len(value) <= (rules.get("max") or 10**9), path, "shorter")
    pattern = rules.get("pattern")
    _expect(not pattern or re.fullmatch(pattern, value) is not None, path, f"like {pattern}")


def _expect(is_so: bool, path: str, what: str) -> None:
    if not is_so:
        raise Invalid("ValidationException", f"{path} must be {what}")


def check_conversation(body: Any) -> None:
    """Order: user first, speakers alternate, calls are answered at once, tools of calls are declared."""
    calls: set[str] = set()
    names: set[str] = set()
    last = "assistant"
    for message in body["messages"]:
        _expect(message["role"] != last, "messages", "alternating between user and assistant, user first")
        last = message["role"]
        _expect(bool(message["content"]), "content", "not empty")
        results = {block["toolResult"]["toolUseId"] for block in message["content"] if "toolResult" in block}
        _expect(results == calls, "toolResult", f"for exactly {sorted(calls)}")
        used = [block["toolUse"] for block in message["content"] if "toolUse" in block]
        calls = {call["toolUseId"] for call in used}
        if calls or results:
            _expect("toolConfig" in body, "toolConfig", "defined when using toolUse and toolResult blocks")
            declared = {
                tool["toolSpec"]["name"] for tool in body["toolConfig"]["tools"] if "toolSpec" in tool
            }
            _expect({call["name"] for call in used} <= declared, "toolUse.name", "declared")
        for block in message["content"]:
            _expect(bool(block.get("text", "x").strip()), "text", "not blank")
            if "document" in block:
                name = block["document"]["name"]
                _expect(re.fullmatch(r"[A-Za-z0-9()\[\] -]+", name) is not None, "name", "plain")
                _expect(name not in names and "  " not in name, "name", "unique")
                names.add(name)
                _expect(any("text" in other for other in message["content"]), "content", "with a text block")
    _expect(last == "user" or not calls, "messages", "with a result for every call")


def check_credentials(request: web.Request, raw: bytes) -> None:
    """A bearer token, or a signature that botocore's signer makes as well."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    given = headers.get("authorization", "")
    if given.startswith("Bearer "):
        if given != f"Bearer {BEARER}":
            raise Invalid("UnrecognizedClientException", "The security token is invalid", 403)
        return
    if not given.startswith("AWS4-HMAC-SHA256 "):
        raise Invalid("MissingAuthenticationTokenException", "Missing Authentication Token", 403)
    names = re.search(r"SignedHeaders=([^,]+)", given)
    assert names
    signed = {name: headers[name] for name in names.group(1).split(";")}
    again = AWSRequest("POST", f"http://{headers['host']}{request.raw_path}", data=raw, headers=signed)
    again.context["timestamp"] = headers["x-amz-date"]
    token = headers.get("x-amz-security-token")
    signer = SigV4Auth(Credentials(KEY_ID, SECRET, token), "bedrock", REGION)
    canonical = signer.canonical_request(again)
    signature = signer.signature(signer.string_to_sign(again, canonical), again)
    if f"Signature={signature}" not in given or f"Credential={KEY_ID}/" not in given:
        raise Invalid("InvalidSignatureException", "The request signature does not match", 403)
    if token != TOKEN:
        raise Invalid("UnrecognizedClientException", "The security token is invalid", 403)


class _Server:
    def __init__(self, fake: FakeBedrock) -> None:
        self._fake = fake
        self.app = web.Application(client_max_size=32 * 1024 * 1024)
        self.app.router.add_post("/{tail:.*}", self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        try:
            asked = self._read(request, raw)
        except Invalid as invalid:
            self._fake.refused.append(f"{invalid.name}: {invalid}")
            return _error(invalid.name, str(invalid), invalid.status)
        self._fake.seen.append(asked)
        if asked.operation == "count-tokens":
            return web.json_response({"inputTokens": 77})
        said = json.dumps(asked.body["messages"][-1])
        for word, name, status in (
            ("busy", "ThrottlingException", 429),
            ("slowmodel", "ModelTimeoutException", 408),
            ("unready", "ModelNotReadyException", 429),
            ("full", "ServiceUnavailableException", 503),
            ("badmodel", "ModelErrorException", 424),
            ("deny", "AccessDeniedException", 403),
        ):
            if word in said:
                return _error(name, f"says the fake: {name}", status)
        blocks = _blocks(asked, said)
        if asked.operation == "converse":
            return web.json_response(_whole(blocks, said))
        if asked.operation == "invoke":
            return web.json_response(_messages_whole(blocks))
        frames = _frames(blocks, said) if asked.operation == "converse-stream" else _chunks(blocks, said)
        response = web.StreamResponse(headers={"content-type": "application/vnd.amazon.eventstream"})
        await response.prepare(request)
        for number, one in enumerate(frames):
            await response.write(one)
            if "cut" in said and number == 2:
                assert request.transport is not None
                request.transport.abort()
                break
        return response

    def _read(self, request: web.Request, raw: bytes) -> Asked:
        check_credentials(request, raw)
        steps = request.raw_path.split("/")
        _expect(len(steps) == 4 and steps[1] == "model", "path", "/model/{modelId}/operation")
        model, operation = unquote(steps[2]), steps[3]
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = json.loads(raw)
        if operation in ("converse", "converse-stream"):
            name = "Converse" if operation == "converse" else "ConverseStream"
            shape = MODEL.operation_model(name).input_shape
            check_shape(shape, body, "body")
            check_shape(shape.members["modelId"], model, "modelId")
            check_conversation(body)
        elif operation == "count-tokens":
            check_shape(MODEL.operation_model("CountTokens").input_shape, body, "body")
        else:
            version = body.get("anthropic_version")
            _expect(isinstance(version, str), "anthropic_version", "there")
            extra = {"model", "stream"} & body.keys()
            _expect(not extra, "body", f"without {extra}")
        return Asked(operation, model, request.raw_path, headers, body)


def _error(name: str, message: str, status: int) -> web.Response:
    return web.json_response(
        {"message": message}, status=status, headers={"x-amzn-ErrorType": f"{name}:http://x/"}
    )


CALLS = [
    {"toolUseId": "tooluse_a1", "name": "weather", "input": {"city": "Oslo"}},
    {"toolUseId": "tooluse_b2", "name": "weather", "input": {}},
]


def _blocks(asked: Asked, said: str) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    has_tools = "toolConfig" in asked.body or "tools" in asked.body
    if "think" in said:
        blocks.append({"reasoningContent": {"reasoningText": {"text": "Hm. ", "signature": "c2VhbA=="}}})
    if has_tools and "toolResult" not in said and "tool_result" not in said:
        blocks += [{"text": "Let me look."}] if "both" in said else []
        return [*blocks, *({"toolUse": call} for call in (CALLS if "both" in said else CALLS[:1]))]
    return [*blocks, {"text": "Hello from the cloud é"}]


USAGE = {
    "inputTokens": 11,
    "outputTokens": 7,
    "totalTokens": 21,
    "cacheReadInputTokens": 3,
    "cacheWriteInputTokens": 0,
}


def _stop(blocks: list[dict[str, Any]], said: str) -> str:
    named = re.search(r"stop:(\w+)", said)
    if named:
        return named.group(1)
    return "tool_use" if any("toolUse" in block for block in blocks) else "end_turn"


def _whole(blocks: list[dict[str, Any]], said: str) -> dict[str, Any]:
    return {
        "output": {"message": {"role": "assistant", "content": blocks}},
        "stopReason": _stop(blocks, said),
        "usage": USAGE,
        "metrics": {"latencyMs": 12},
    }


def _frames(blocks: list[dict[str, Any]], said: str) -> Iterator[bytes]:
    yield frame("messageStart", {"p": "abc", "role": "assistant"})
    for index, block in enumerate(blocks):
        deltas: list[dict[str, Any]] = []
        if "toolUse" in block:
            call = block["toolUse"]
            start = {"toolUse": {"toolUseId": call["toolUseId"], "name": call["name"]}}
            yield frame("contentBlockStart", {"start": start, "contentBlockIndex": index})
            text = json.dumps(call["input"]) if call["input"] else ""
            deltas = [{"toolUse": {"input": piece}} for piece in (text[:5], text[5:])]
        elif "text" in block:
            deltas = [{"text": piece} for piece in (block["text"][:6], block["text"][6:])]
        else:
            inner = block["reasoningContent"]["reasoningText"]
            deltas = [{"reasoningContent": {key: inner[key]}} for key in ("text", "signature")]
        for delta in deltas:
            yield frame("contentBlockDelta", {"p": "ab", "delta": delta, "contentBlockIndex": index})
        yield frame("contentBlockStop", {"contentBlockIndex": index})
        if "throttle midway" in said:
            yield frame("throttlingException", {"message": "Too many tokens"}, "exception")
            return
    yield frame("messageStop", {"stopReason": _stop(blocks, said)})
    yield frame("metadata", {"usage": USAGE, "metrics": {"latencyMs": 12}})


def _messages_blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for block in blocks:
        if "text" in block:
            written.append({"type": "text", "text": block["text"]})
        elif "toolUse" in block:
            call = block["toolUse"]
            written.append(
                {"type": "tool_use", "id": "toolu_1", "name": call["name"], "input": call["input"]}
            )
    return written


def _messages_whole(blocks: list[dict[str, Any]]) -> dict[str, Any]:
    content = _messages_blocks(blocks)
    is_tool = content[-1]["type"] == "tool_use"
    return {
        "id": "msg_bdrk_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-example",
        "content": content,
        "stop_reason": "tool_use" if is_tool else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 11, "output_tokens": 7},
    }


def _chunks(blocks: list[dict[str, Any]], said: str) -> Iterator[bytes]:
    whole = _messages_whole(blocks)
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}}
    ]
    for index, block in enumerate(whole["content"]):
        if block["type"] == "text":
            start: dict[str, Any] = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            start = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events += [
            {"type": "content_block_start", "index": index, "content_block": start},
            {"type": "content_block_delta", "index": index, "delta": delta},
            {"type": "content_block_stop", "index": index},
        ]
    events += [
        {
            "type": "message_delta",
            "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": 7},
        },
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 11}},
    ]
    for number, event in enumerate(events):
        if "throttle midway" in said and number == 3:
            yield frame("throttlingException", {"message": "Too many tokens"}, "exception")
            return
        held = base64.b64encode(json.dumps(event).encode()).decode()
        yield frame("chunk", {"bytes": held, "p": "abcd"})


def run_fake_bedrock() -> Iterator[FakeBedrock]:
    """A fake that listens until the generator is closed."""
    fake = FakeBedrock()
    with loopback.running(_Server(fake).app) as fake.url:
        yield fake
