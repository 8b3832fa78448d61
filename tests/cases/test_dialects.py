"""Runs `tests/cases/dialects/*.md`: what comes in, what goes out, what is lost.

A case has fenced blocks. The first says what comes in and between which APIs:

    ```json request anthropic-messages openai-chat     a caller's body, the upstream's body
    ```json reply openai-chat anthropic-messages       an upstream's body, the caller's body
    ```text stream openai-chat anthropic-messages      an upstream's stream (or the name of one in tests/wire)
    ```json failure openai-chat anthropic-messages     {"status", "headers", "body"} of an upstream
    ```json constrain anthropic-messages openai-chat   as request, through the tool-schema adapter

The others say what is expected: `out` the body or bytes, `losses` one `field (effect)` a line, `error` the
error's text. A missing `losses` or `error` block expects none.
"""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Loss, tool_schema

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


def translate(kind: str, source: str, target: str, content: str) -> Outcome:
    """Runs one translation."""
    here, there = DIALECTS[source], DIALECTS[target]
    try:
        match kind:
            case "request" | "constrain":
                asked = here.decode_request(json.loads(content))
                request, extra = (
                    tool_schema.constrain(asked.value) if kind == "constrain" else (asked.value, ())
                )
                encoded = there.encode_request(request)
                return Outcome(shown(encoded.body), lines((*asked.losses, *extra, *encoded.losses)), "")
            case "reply":
                answered = here.decode_reply(json.loads(content))
                encoded = there.encode_reply(answered.value)
                return Outcome(shown(encoded.body), lines((*answered.losses, *encoded.losses)), "")
            case "failure":
                given = json.loads(content)
                failure = here.decode_failure(
                    given["status"], given["headers"], json.dumps(given["body"]).encode()
                )
                status, body = there.encode_failure(failure, {})
                answer = {"status": status, "retry_after": failure.retry_after_seconds, "body": body}
                return Outcome(shown(answer), "", "")
            case "stream":
                return stream(source, target, content)
    except OfframpError as error:
        return Outcome("", "", error.render() + "\n")
    raise ValueError(kind)


def stream(source: str, target: str, content: str) -> Outcome:
    """Runs one stream through."""
    path = WIRE / content.strip()
    data = path.read_bytes() if content.strip().endswith(".sse") else content.encode()
    decoder = DIALECTS[source].stream_decoder()
    encoder = DIALECTS[target].stream_encoder(wants_usage=True)
    out = b"".join(encoder.encode(event) for event in [*decoder.feed(data), *decoder.close()])
    return Outcome(out.decode().rstrip("\n") + "\n", lines((*decoder.losses, *encoder.losses)), "")


CASES = sorted((HERE / "dialects").glob("*.md"))
KINDS = ("request", "constrain", "reply", "failure", "stream")


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    found = blocks(path.read_text())
    kind = next(kind for kind in KINDS if kind in found)
    (source, target), content = found[kind]
    outcome = translate(kind, source, target, content)
    assert outcome.error == found.get("error", ([], ""))[1]
    expected = found.get("out", ([], ""))[1]
    if kind == "stream" or not expected:
        assert outcome.out == expected
    else:
        assert json.loads(outcome.out) == json.loads(expected)
    assert outcome.losses == found.get("losses", ([], ""))[1]
