"""A workspace whose application has one tool with consequences, and answers that call it in every API."""

import base64
import hmac
import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.gateway.scripted import Ready, Scripted

from offramp.dialects import DIALECTS, turns

KEYS = {name: f"offr_{name}_{'k' * 43}" for name in ("desk", "plain", "ana", "ben", "own", "eve")}
HOOK_KEY = "the key of the webhook"
TOOL = {"type": "object", "properties": {"site": {"type": "string"}}}

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
systems:
  desk: {{name: Desk, owner: O. Owner}}
applications:
  desk:
    system: desk
    key: {{file: keys/desk}}
    facts: {{force: false}}
    registration:
      owner: O. Owner
      autonomy: none
      purposes: [office]
      tools: [look_up]
      consequential: [open_valve]
      tool_facts: {{open_valve: {{force: true}}}}
  plain:
    key: {{file: keys/plain}}
    facts: {{force: false, human: none, purpose: office}}
upstreams:
{upstreams}
routes:
{routes}
holds:
  persons:
    ana: {{name: Ana Abe, role: decides, key: {{file: keys/ana}}}}
    ben: {{name: Ben Bo, role: decides, key: {{file: keys/ben}}, applications: [desk]}}
    owner: {{name: O. Owner, role: decides, key: {{file: keys/own}}}}
    eve: {{name: Eve Else, role: supervises, key: {{file: keys/eve}}}}
{more}
"""

CLAUSE = """\
schema: offramp.instruments/v1
instruments:
  - id: clause
    kind: clause
    title: a clause
    issuer: an issuer
    basis: text
    source: {{document: Contract 7}}
    from: 2020-01-01
    norms:
      - {{id: valve, effect: prohibit, binds: {{kinds: [company]}}, vendor: any, action: use,
         when: '{when}', quote: no valve is opened without a person}}
"""
MANY = """\
schema: offramp.instruments/v1
instruments:
  - id: many
    kind: clause
    title: a clause about many
    issuer: an issuer
    basis: text
    source: {{document: Contract 8}}
    from: 2020-01-01
    norms:
      - {{id: mass, effect: prohibit, binds: {{kinds: [company]}}, vendor: any, action: use,
         when: context.purpose == "office" && context.persons >= 3, if_unknown: {if_unknown},
         quote: not about three persons or more}}
"""
WORDINGS = {
    "decides": 'context.force && context.human != "decides"',
    "supervises": 'context.force && ["none", "responsible"].contains(context.human)',
    "responsible": 'context.force && context.human == "none"',
    "none": 'context.force && context.purpose == "weapons"',
}


def write_held(
    root: Path, url: str, *, wording: str = "decides", more: str = "", source: str = "openai-chat"
) -> Path:
    """A workspace with an upstream of each API at `url`, and a route by the name of each."""
    (root / "instruments").mkdir(parents=True)
    (root / "keys").mkdir()
    for name, key in KEYS.items():
        path = root / "keys" / name
        path.write_text(key)
        path.chmod(0o600)
    (root / "keys" / "hook").write_text(HOOK_KEY)
    (root / "keys" / "hook").chmod(0o600)
    upstreams = "\n".join(
        f'  {slug}: {{vendor: example-a, dialect: {slug}, url: "{url}"}}' for slug in DIALECTS
    )
    routes = "\n".join(f"  {slug}: {{targets: [{{upstream: {slug}, model: m}}]}}" for slug in DIALECTS)
    routes += f"\n  crossed: {{targets: [{{upstream: {source}, model: m}}]}}"
    text = WORKSPACE.format(upstreams=upstreams, routes=routes, more=more)
    (root / "offramp.yaml").write_text(text)
    (root / "instruments" / "clause.yaml").write_text(CLAUSE.format(when=WORDINGS[wording]))
    return root


def reply(*calls: tuple[str, str, Mapping[str, Any]], text: str = "I will do it.") -> turns.Reply:
    """An answer with a text and calls of `(id, tool, arguments)`."""
    parts: list[turns.Part] = [turns.Text(text)] if text else []
    parts += [turns.ToolUse(id_, tool, arguments) for id_, tool, arguments in calls]
    reason = turns.StopReason.TOOL_USE if calls else turns.StopReason.END
    usage = turns.Usage(input=11, output=7)
    return turns.Reply(id="x1", model="m-1", parts=tuple(parts), stop_reason=reason, usage=usage)


VALVE = ("call_1", "open_valve", {"site": "north", "turns": 3})


def whole(slug: str, said: turns.Reply) -> Any:
    """`said` as an upstream of the API sends it in one body."""
    return DIALECTS[slug].encode_reply(said).body


def streamed(slug: str, said: turns.Reply) -> bytes:
    """The same as a stream."""
    encoder = DIALECTS[slug].stream_encoder(wants_usage=True)
    events: list[turns.Event] = [turns.ReplyStarted(said.id, said.model)]
    for index, part in enumerate(said.parts):
        if isinstance(part, turns.Text):
            events += [turns.TextDelta(index, piece) for piece in re.split("(?= )", part.text)]
        elif isinstance(part, turns.ToolUse):
            written = json.dumps(dict(part.arguments))
            events.append(turns.ToolStarted(index, part.id, part.name))
            events += [turns.ToolDelta(index, written[:4]), turns.ToolDelta(index, written[4:])]
    events.append(turns.ReplyEnded(said.stop_reason, "", said.usage))
    return b"".join(encoder.encode(event) for event in events)


def path_of(slug: str, *, is_stream: bool, model: str = "") -> str:
    """Where a request of this API goes."""
    model = model or slug
    generate = "streamGenerateContent" if is_stream else "generateContent"
    return {
        "anthropic-messages": "/v1/messages",
        "openai-chat": "/v1/chat/completions",
        "openai-responses": "/v1/responses",
        "gemini-generate": f"/v1beta/models/{model}:{generate}",
        "bedrock-converse": f"/model/{model}/{'converse-stream' if is_stream else 'converse'}",
        "bedrock-invoke": f"/model/{model}/{'invoke-with-response-stream' if is_stream else 'invoke'}",
    }[slug]


def asked(slug: str, *said: str, is_stream: bool = False, model: str = "") -> dict[str, Any]:
    """A request in this API: `said` are turns of the user and the assistant, in turn."""
    model = model or slug
    roles = [("user", "assistant")[number % 2] for number in range(len(said))]
    pairs = list(zip(roles, said, strict=True))
    function = {"name": "open_valve", "description": "Opens a valve.", "parameters": TOOL}
    anthropic = {
        "max_tokens": 100,
        "tools": [{"name": "open_valve", "description": "Opens a valve.", "input_schema": TOOL}],
        "messages": [{"role": role, "content": text} for role, text in pairs],
    }
    bodies: dict[str, dict[str, Any]] = {
        "anthropic-messages": {"model": model, "stream": is_stream, **anthropic},
        "bedrock-invoke": {"anthropic_version": "bedrock-2023-05-31", **anthropic},
        "openai-chat": {
            "model": model,
            "stream": is_stream,
            "messages": [{"role": role, "content": text} for role, text in pairs],
            "tools": [{"type": "function", "function": function}],
        },
        "openai-responses": {
            "model": model,
            "stream": is_stream,
            "input": [{"role": role, "content": text} for role, text in pairs],
            "tools": [{"type": "function", "strict": False, **function}],
        },
        "gemini-generate": {
            "contents": [
                {"role": "model" if role == "assistant" else role, "parts": [{"text": text}]}
                for role, text in pairs
            ],
            "tools": [{"functionDeclarations": [function]}],
        },
        "bedrock-converse": {
            "messages": [{"role": role, "content": [{"text": text}]} for role, text in pairs],
            "toolConfig": {
                "tools": [{"toolSpec": {"name": "open_valve", "inputSchema": {"json": TOOL}}}],
            },
        },
    }
    return bodies[slug]


def heard(slug: str, raw: bytes, *, is_stream: bool) -> tuple[str, list[tuple[str, str, dict[str, Any]]]]:
    """Text and calls of an answer, as a reader of this API finds them."""
    dialect = DIALECTS[slug]
    if not is_stream:
        said = dialect.decode_reply(json.loads(raw)).value
        text = "".join(part.text for part in said.parts if isinstance(part, turns.Text))
        calls = [part for part in said.parts if isinstance(part, turns.ToolUse)]
        return text, [(one.id, one.name, dict(one.arguments)) for one in calls]
    decoder = dialect.stream_decoder()
    if raw.startswith(b"["):
        # Without `alt=sse` this API streams one JSON array.
        raw = b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in json.loads(raw))
    events = [*decoder.feed(raw), *decoder.close()]
    failed = [event for event in events if isinstance(event, turns.Failure)]
    assert not failed, failed
    text = "".join(event.text for event in events if isinstance(event, turns.TextDelta))
    started = [event for event in events if isinstance(event, turns.ToolStarted)]
    found = []
    for one in started:
        pieces = [e.arguments for e in events if isinstance(e, turns.ToolDelta) and e.index == one.index]
        found.append((one.id, one.name, json.loads("".join(pieces) or "{}")))
    return text, found


def bearer(name: str) -> dict[str, str]:
    """The header with somebody's key."""
    return {"authorization": f"Bearer {KEYS[name]}"}


def signed(body: bytes, *, at: int | None = None, key: str = HOOK_KEY) -> dict[str, str]:
    """The header of a system that signs."""
    seconds = int(time.time()) if at is None else at
    mac = hmac.new(key.encode(), f"{seconds}.".encode() + body, "sha256").hexdigest()
    return {"offramp-signature": f"t={seconds},v1={mac}"}


def unframed(raw: bytes) -> str:
    """What a stream in frames holds, for looking for words in it."""
    text = raw.decode("latin-1")
    for piece in text.split('"bytes":"')[1:]:
        text += base64.b64decode(piece.partition('"')[0]).decode()
    return text


def lay(upstream: Scripted, slug: str, said: Any, *, is_stream: bool) -> None:
    """`said` is the upstream's next answer."""
    body = streamed(slug, said) if is_stream else whole(slug, said)
    headers = {"content-type": DIALECTS[slug].stream_type} if is_stream else {}
    upstream.ready.append(Ready(body, headers=headers))


def ask(gateway: Any, post: Any, slug: str, *said: str, is_stream: bool, **more: Any) -> Any:
    body = json.dumps(asked(slug, *said, is_stream=is_stream, **more)).encode()
    path = path_of(slug, is_stream=is_stream, **more)
    headers = {**bearer("desk"), "x-goog-api-key": KEYS["desk"]}
    return post(gateway.url + path, body, headers)


def hold_in(text: str) -> str:
    found = re.search(r"\[offramp (hold_[0-9A-Z]{26}) (pending|denied)\]", text)
    assert found, text
    return found[1]


def decide(gateway: Any, post: Any, id_: str, verdict: str, by: str = "ana") -> Any:
    url = f"{gateway.url}/-/api/v1/holds/{id_}"
    shown = post(url, b"", bearer(by), method="GET")
    assert shown.status == 200, shown.raw
    body = json.dumps({"verdict": verdict, "reason": "looked at the plan"}).encode()
    return post(f"{url}/decision", body, bearer(by))
