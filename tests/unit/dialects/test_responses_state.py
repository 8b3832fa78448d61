"""Going on from earlier answers, as values."""

from typing import Any

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, shaping
from offramp.dialects.openai_responses import state
from offramp.dialects.stateful import KeptAnswer
from offramp.dialects.turns import Reply, Request, Speaker, StopReason, Text, Thinking, ToolUse, Turn

RESPONSES: Any = DIALECTS["openai-responses"]
SEALER = shaping.Sealer([b"k" * 32])


def answer(name: str, *items: Any) -> dict[str, Any]:
    return {"id": f"resp_{name}", "status": "completed", "model": "m", "output": list(items)}


def said(text: str, name: str = "1") -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": f"msg_{name}_0",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def kept(
    name: str, previous: str, items: Any, body: Any, *, upstream: str = "a", is_native: bool = False
) -> KeptAnswer:
    return KeptAnswer(
        id=f"resp_{name}",
        previous=previous,
        items=items,
        answer=body,
        upstream=upstream,
        is_native=is_native,
        is_upstreams=is_native,
        at_seconds=0,
    )


CHAIN = {
    "resp_1": kept("1", "", [{"role": "user", "content": "one"}], answer("1", said("two"))),
    "resp_2": kept("2", "resp_1", [{"role": "user", "content": "three"}], answer("2", said("four", "2"))),
}


def test_a_chain_is_told_from_its_beginning() -> None:
    asked = {"model": "m", "input": "five", "previous_response_id": "resp_2", "instructions": "i"}
    whole = state.expanded(asked, CHAIN, "b")
    assert whole.losses == ()
    assert "previous_response_id" not in whole.value
    assert whole.value["instructions"] == "i"
    texts = [part.text for turn in RESPONSES.decode_request(whole.value).value.turns for part in turn.parts]
    assert texts == ["one", "two", "three", "four", "five"]


def test_a_chain_with_a_gap_is_refused() -> None:
    asked = {"model": "m", "input": "x", "previous_response_id": "resp_2"}
    with pytest.raises(OfframpError, match="an earlier part of the conversation, answer `resp_1`"):
        state.expanded(asked, {"resp_2": CHAIN["resp_2"]}, "b")
    with pytest.raises(OfframpError, match=r"^answer `resp_2`"):
        state.expanded(asked, {}, "b")


def test_references_name_items_of_answers_and_of_requests() -> None:
    items = [
        {"type": "item_reference", "id": "msg_1_i0"},
        {"id": "msg_1_0"},
        {"role": "user", "content": "next"},
    ]
    asked = {"model": "m", "input": items}
    assert state.named(asked) == ("resp_1",)
    whole = state.expanded(asked, CHAIN, "b").value["input"]
    assert [item.get("role") for item in whole] == ["user", "assistant", "user"]
    for odd in ("msg_1_9", "msg_9_0", "msg_x", "", "rs_1_0_0"):
        unknown = {"model": "m", "input": [{"type": "item_reference", "id": odd}]}
        with pytest.raises(OfframpError):
            state.expanded(unknown, CHAIN, "b")


SEARCH = {"id": "ws_1", "type": "web_search_call", "status": "completed"}
REASONING = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "native"}


@pytest.mark.parametrize(
    ("upstream", "kinds", "fields"),
    [
        ("a", ["reasoning", "web_search_call", "message"], []),
        ("b", ["message"], ["previous_response_id.reasoning", "previous_response_id.type"]),
    ],
)
def test_what_only_its_maker_can_use_stays_with_it(upstream: str, kinds: Any, fields: Any) -> None:
    body = answer("1", REASONING, SEARCH, said("found"))
    native = {"resp_1": kept("1", "", [], body, is_native=True)}
    asked = {"model": "m", "input": "x", "previous_response_id": "resp_1"}
    whole = state.expanded(asked, native, upstream)
    assert [item["type"] for item in whole.value["input"][:-1]] == kinds
    assert [loss.field for loss in whole.losses] == fields


def test_reasoning_of_another_api_is_restored_where_it_came_from() -> None:
    """Sealed on the way out, kept, and opened when the same upstream goes on; taken out for any other."""
    reply = Reply(
        id="x",
        model="m",
        parts=(Thinking("hm", "c2lnbmVk"), Text("Look."), ToolUse("toolu_1", "map", {})),
        stop_reason=StopReason.TOOL_USE,
    )
    asked = {"model": "m", "input": "Map?", "reasoning": {"effort": "low"}}
    request = RESPONSES.decode_request(asked).value
    for shaper in shaping.shapers_for(request, SEALER, "example-a/anthropic-messages"):
        reply = shaper.whole(reply)
    given = RESPONSES.for_exchange(asked, "1").encode_reply(reply).body
    made = state.keep(asked, given, {}, "a", 0)
    result = [{"type": "function_call_output", "call_id": given["output"][-1]["call_id"], "output": "ok"}]
    later = {"model": "m", "input": result, "previous_response_id": made.id}
    back: Request = RESPONSES.decode_request(state.expanded(later, {made.id: made}, "a").value).value

    def thoughts(target: str) -> list[Thinking]:
        way = shaping.Way(face="openai-responses", slug="anthropic-messages", target=target)
        opened, _ = shaping.unsealed(back, SEALER, way)
        return [part for turn in opened.turns for part in turn.parts if isinstance(part, Thinking)]

    assert thoughts("example-a/anthropic-messages") == [
        Thinking("hm", "c2lnbmVk", origin="anthropic-messages")
    ]
    assert thoughts("example-b/anthropic-messages") == []


def test_our_own_api_gets_its_reasoning_back_with_its_id() -> None:
    item = {**REASONING, "summary": [{"type": "summary_text", "text": "hm"}]}
    body = {"id": "resp_1", "status": "completed", "model": "m", "output": [item]}
    (thought,) = RESPONSES.decode_reply(body).value.parts
    request = Request(
        model="m", turns=(Turn(Speaker.USER, (Text("x"),)), Turn(Speaker.ASSISTANT, (thought,)))
    )
    assert RESPONSES.encode_request(request).body["input"][1] == item


def test_an_id_no_path_can_hold_is_not_kept() -> None:
    for odd in ("../x", "a/b", "", "x" * 200, "a b"):
        assert state.keep({"input": "x"}, {"id": odd}, {}, "a", 0).id == ""


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "x"}, {"limit": "101"}, {"order": "up"}])
def test_pages_outside_the_rules(query: Any) -> None:
    with pytest.raises(OfframpError):
        state.encode_items(CHAIN["resp_1"], query)


def test_pages() -> None:
    many = kept("1", "", [{"role": "user", "content": str(number)} for number in range(5)], answer("1"))
    first = state.encode_items(many, {"limit": "2", "order": "asc"})
    assert [item["content"][0]["text"] for item in first["data"]] == ["0", "1"]
    assert (first["first_id"], first["last_id"], first["has_more"]) == ("msg_1_i0", "msg_1_i1", True)
    last = state.encode_items(many, {"limit": "9", "order": "asc", "after": "msg_1_i1"})
    assert [item["id"] for item in last["data"]] == ["msg_1_i2", "msg_1_i3", "msg_1_i4"]
    assert not last["has_more"]
    assert state.encode_items(kept("1", "", [], answer("1")), {})["first_id"] == ""
