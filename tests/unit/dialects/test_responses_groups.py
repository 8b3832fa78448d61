"""Tools in groups: called by one joined name on the other side, and by group and name on the caller's."""

import json
from typing import Any

import openai.types.responses as responses
import pytest
from pydantic import TypeAdapter

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS
from offramp.dialects.openai_responses.groups import joined
from offramp.dialects.stateful import per_exchange
from offramp.dialects.turns import (
    Reply,
    ReplyEnded,
    ReplyStarted,
    StopReason,
    ToolDelta,
    ToolStarted,
    ToolUse,
)

RESPONSES = DIALECTS["openai-responses"]
LONG = "a-group-with-a-name-that-fills-a-line", "and-a-tool-whose-name-is-as-long-again"


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "name": name, "parameters": {"type": "object"}, "strict": False}


def asked(*tools: Any) -> dict[str, Any]:
    return {"model": "m", "input": "x", "tools": list(tools)}


GROUPED = asked(
    {"type": "namespace", "name": "agents", "description": "", "tools": [tool("close"), tool("open")]},
    {"type": "namespace", "name": LONG[0], "description": "", "tools": [tool(LONG[1])]},
    tool("plain"),
)


def exchange(body: Any) -> Any:
    numbered = per_exchange(RESPONSES)
    assert numbered is not None
    return numbered.for_exchange(body, "1")


def test_a_name_that_would_be_too_long_is_shortened_and_still_its_own() -> None:
    one, other = joined(*LONG), joined(LONG[0], LONG[1] + "x")
    assert len(one) == len(other) == 64
    assert one != other
    names = [one.name for one in RESPONSES.decode_request(GROUPED).value.tools]
    assert names == ["agents__close", "agents__open", one, "plain"]


def test_calls_come_back_in_their_groups() -> None:
    parts = tuple(
        ToolUse(f"call_{n}", name, {}) for n, name in enumerate(("agents__open", joined(*LONG), "plain"))
    )
    body = (
        exchange(GROUPED)
        .encode_reply(Reply(id="1", model="m", parts=parts, stop_reason=StopReason.TOOL_USE))
        .body
    )
    read = TypeAdapter(responses.Response).validate_python(body)
    called = [(one.namespace, one.name) for one in read.output if one.type == "function_call"]
    assert called == [("agents", "open"), LONG, (None, "plain")]
    again = RESPONSES.decode_reply(body).value.parts
    assert [part.name for part in again if isinstance(part, ToolUse)] == [part.name for part in parts]


def test_streamed_calls_come_back_in_their_groups() -> None:
    dialect = exchange(GROUPED)
    encoder = dialect.stream_encoder(wants_usage=True)
    events = (
        ReplyStarted("1", "m"),
        ToolStarted(0, "call_1", "agents__close"),
        ToolDelta(0, "{}"),
        ReplyEnded(StopReason.TOOL_USE),
    )
    sent = b"".join(encoder.encode(event) for event in events)
    items = [json.loads(line[6:]) for line in sent.splitlines() if line.startswith(b"data: ")]
    told = [one["item"] for one in items if one["type"].startswith("response.output_item")]
    assert [(one["namespace"], one["name"]) for one in told] == [("agents", "close")] * 2
    decoder = RESPONSES.stream_decoder()
    read = [*decoder.feed(sent), *decoder.close()]
    assert [event.name for event in read if isinstance(event, ToolStarted)] == ["agents__close"]


@pytest.mark.parametrize(
    "tools",
    [
        (
            {"type": "namespace", "name": "a", "tools": [tool("b")]},
            tool("a__b"),
        ),
        ({"type": "namespace", "name": "a", "tools": [{"type": "custom", "name": "b"}]},),
        ({"type": "namespace", "name": "a", "tools": "b"},),
        ({"type": "namespace", "tools": [tool("b")]},),
        ({"type": "namespace", "name": "a", "tools": [{"type": "namespace", "name": "b", "tools": []}]},),
    ],
)
def test_what_cannot_be_told_apart_or_run_is_refused(tools: Any) -> None:
    with pytest.raises(OfframpError) as caught:
        RESPONSES.decode_request(asked(*tools))
    assert "/tools" in caught.value.render()
