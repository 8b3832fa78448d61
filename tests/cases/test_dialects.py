"""Runs `tests/cases/dialects/*.md`: what comes in, what goes out, what is lost.

A case has fenced blocks. The first says what comes in and between which APIs:

    ```json request anthropic-messages openai-chat     a caller's body, the upstream's body
    ```json reply openai-chat anthropic-messages       an upstream's body, the caller's body
    ```text stream openai-chat anthropic-messages      an upstream's stream (or the name of one in tests/wire)
    ```json failure openai-chat anthropic-messages     {"status", "headers", "body"} of an upstream
    ```json constrain anthropic-messages openai-chat   as request, through the tool-schema adapter

or what one API's callers are told by the gateway itself:

    ```json count openai-responses     a body to be counted where no upstream counts
    ```json head anthropic-messages    {"headers", "query"} beside a body
    ```json models gemini-generate     names of routes, as a list of models
    ```text silence openai-chat        nothing: what is sent while an upstream says nothing

Beside it may stand what the gateway knows:

    ```json capabilities   what the target model can do, as `dialects.capabilities` names it
    ```json asked          for a reply or a stream: the caller's request that it answers

The others say what is expected: `out` the body or bytes, `losses` one `field (effect)` a line, `error` the
error's text. A missing `losses` or `error` block expects none.
"""

import base64
import json
import re
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from botocore.eventstream import EventStreamBuffer

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Head, Loss, offers, shaping
from offramp.dialects.turns import Event, Failure, Reply, Request

HERE = Path(__file__).parent
WIRE = HERE.parent / "wire"
BLOCK = re.compile(r"^```(\w+) ([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Outcome(NamedTuple):
    """What a case gives, as the text of its blocks."""

    out: str
    losses: str
    error: str


def blocks(text: str) -> dict[str, tuple[list[str], str]]:
    """First word of a block's label to the other words and the content."""
    return {label.split()[0]: (label.split()[1:], body) for _, label, body in BLOCK.findall(text)}


def lines(losses: tuple[Loss, ...]) -> str:
    """Losses as a case file writes them."""
    return "".join(f"{loss.field} ({loss.effect})\n" for loss in losses)


def shown(body: object) -> str:
    """JSON as a case file writes it."""
    return json.dumps(body, indent=2, ensure_ascii=False) + "\n"


SEALER = shaping.Sealer([b"k" * 32])


def fitted(request: Request, source: str, target: str, known: str) -> tuple[Request, tuple[Loss, ...]]:
    """As the gateway does it before a request is written."""
    can = msgspec.convert(json.loads(known), shaping.Capabilities, strict=False) if known else shaping.UNKNOWN
    way = shaping.Way(
        face=source, slug=target, target=f"example/{target}", takes_back=can.takes_reasoning_back
    )
    request, lost = shaping.unsealed(request, SEALER, way)
    request, unfit = shaping.fit(request, can)
    return request, (*lost, *unfit)


def shapers(source: str, target: str, asked: str) -> tuple[shaping.Shaper, ...]:
    """What an answer from `source` passes through on its way to a caller of `target`."""
    request = (
        DIALECTS[target].decode_request(json.loads(asked)).value if asked else Request(model="", turns=())
    )
    return shaping.shapers_for(request, SEALER if source != target else None, f"example/{source}")


def shaped(reply: Reply, through: tuple[shaping.Shaper, ...]) -> Reply:
    """A whole reply through all of them."""
    for shaper in through:
        reply = shaper.whole(reply)
    return reply


def translate(kind: str, source: str, target: str, content: str, known: str, asked_text: str) -> Outcome:
    """Runs one translation."""
    here, there = DIALECTS[source], DIALECTS[target]
    through = shapers(source, target, asked_text)
    try:
        match kind:
            case "request" | "constrain":
                asked = here.decode_request(json.loads(content))
                request, extra = fitted(asked.value, source, target, known)
                if kind == "constrain":
                    request, more = shaping.constrain(request)
                    extra = (*extra, *more)
                encoded = there.encode_request(request)
                return Outcome(shown(encoded.body), lines((*asked.losses, *extra, *encoded.losses)), "")
            case "reply":
                answered = here.decode_reply(json.loads(content))
                encoded = there.encode_reply(shaped(answered.value, through))
                own = [loss for shaper in through for loss in shaper.losses]
                return Outcome(shown(encoded.body), lines((*answered.losses, *own, *encoded.losses)), "")
            case "failure":
                given = json.loads(content)
                failure = here.decode_failure(
                    given["status"], given["headers"], json.dumps(given["body"]).encode()
                )
                status, body = there.encode_failure(failure, {})
                answer = {"status": status, "retry_after": failure.retry_after_seconds, "body": body}
                named = there.failure_headers(failure)
                answer |= {"headers": dict(named)} if named else {}
                return Outcome(shown(answer), "", "")
            case "stream":
                return stream(source, target, content, through)
            case "count":
                counted = offers.estimated_count(here, json.loads(content))
                return Outcome(shown(counted.body), lines(counted.losses), "")
            case "head":
                given = json.loads(content)
                return Outcome("", lines(offers.read_head(here, Head(path="/", **given))), "")
            case "models":
                return Outcome(shown(here.encode_models(json.loads(content))), "", "")
            case "silence":
                return Outcome(offers.keep_alive(here).decode().rstrip("\n") + "\n", "", "")
    except OfframpError as error:
        return Outcome("", "", error.render() + "\n")
    raise ValueError(kind)


BINARY = ("bedrock-converse", "bedrock-invoke")


def frames(data: bytes) -> str:
    """Binary frames as a case file writes them, one a line, read by the vendor's own library."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    written = []
    for event in buffer:
        kind = event.headers.get(":event-type") or event.headers[":exception-type"]
        payload = json.loads(event.payload)
        if "bytes" in payload:
            payload = json.loads(base64.b64decode(payload["bytes"]))
        written.append(f"{kind} {json.dumps(payload, ensure_ascii=False)}\n")
    return "".join(written)


def stream(source: str, target: str, content: str, through: tuple[shaping.Shaper, ...]) -> Outcome:
    """Runs one stream through."""
    path = WIRE / content.strip()
    data = path.read_bytes() if content.strip().endswith((".sse", ".frames")) else content.encode()
    decoder = DIALECTS[source].stream_decoder()
    encoder = DIALECTS[target].stream_encoder(wants_usage=True)
    events: list[Event] = [*decoder.feed(data), *decoder.close()]
    for shaper in through:
        events = [passed for event in events for passed in shaper.feed(event)]
    failures = [number for number, event in enumerate(events) if isinstance(event, Failure)]
    events = events[: failures[0] + 1] if failures else events
    out = b"".join(encoder.encode(event) for event in events)
    own = [loss for shaper in through for loss in shaper.losses]
    shown_bytes = frames(out) if target in BINARY else out.decode().rstrip("\n") + "\n"
    return Outcome(shown_bytes, lines((*decoder.losses, *own, *encoder.losses)), "")


CASES = sorted((HERE / "dialects").glob("*.md"))
KINDS = ("request", "constrain", "reply", "failure", "stream", "count", "head", "models", "silence")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    found = blocks(path.read_text())
    kind = next(kind for kind in KINDS if kind in found)
    (source, *others), content = found[kind]
    target = others[0] if others else source
    known, asked = (found.get(name, ([], ""))[1] for name in ("capabilities", "asked"))
    outcome = translate(kind, source, target, content, known, asked)
    assert outcome.error == found.get("error", ([], ""))[1]
    expected = found.get("out", ([], ""))[1]
    if kind in ("stream", "silence") or not expected:
        assert outcome.out == expected
    else:
        assert json.loads(outcome.out) == json.loads(expected)
    assert outcome.losses == found.get("losses", ([], ""))[1]
