"""Seals on their way: of thoughts and text by our own, of calls by the gateway's memory."""

import json
from typing import Any

from google.genai import types

from offramp.dialects import DIALECTS, shaping
from offramp.dialects.turns import Reasoning, Request, Speaker, Text, ToolResult, ToolUse, Turn

SEALER = shaping.Sealer([b"k" * 32])
GENERATE, MESSAGES = DIALECTS["gemini-generate"], DIALECTS["anthropic-messages"]
ASKED = Request(model="m", turns=(), reasoning=Reasoning(is_adaptive=True))


def shown(slug: str, face: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer of an upstream as the gateway shows it to a caller of another API."""
    reply = DIALECTS[slug].decode_reply(answer).value
    for shaper in shaping.shapers_for(ASKED, SEALER, f"example/{slug}"):
        reply = shaper.whole(reply)
    return DIALECTS[face].encode_reply(reply).body


def sent_back(face: str, slug: str, body: dict[str, Any]) -> dict[str, Any]:
    """A caller's next request as that upstream gets it."""
    request = DIALECTS[face].decode_request(body).value
    way = shaping.Way(face=face, slug=slug, target=f"example/{slug}")
    return DIALECTS[slug].encode_request(shaping.unsealed(request, SEALER, way)[0]).body


def test_a_seal_on_text_finds_its_way_back_through_another_api() -> None:
    parts = [{"text": "Yes"}, {"text": "", "thoughtSignature": "c2VhbA=="}]
    answer = {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}], "responseId": "r"}
    said = shown("gemini-generate", "anthropic-messages", answer)
    assert [block["type"] for block in said["content"]] == ["text", "redacted_thinking"]
    assert "c2VhbA" not in json.dumps(said)
    turns = [
        {"role": "user", "content": "So?"},
        {"role": "assistant", "content": said["content"]},
        {"role": "user", "content": "And?"},
    ]
    body = {"model": "m", "max_tokens": 9, "messages": turns}
    sent = sent_back("anthropic-messages", "gemini-generate", body)
    assert sent["contents"][1]["parts"] == parts
    elsewhere = sent_back("anthropic-messages", "openai-chat", body)
    assert "offr1" not in json.dumps(elsewhere)


def test_thoughts_of_another_model_find_their_way_back_from_here() -> None:
    thought = {"type": "thinking", "thinking": "hm", "signature": "c2ln+/=="}
    answer = {
        "id": "msg_1",
        "model": "m",
        "content": [thought, {"type": "text", "text": "Yes"}],
        "stop_reason": "end_turn",
    }
    said = types.GenerateContentResponse.model_validate_json(
        json.dumps(shown("anthropic-messages", "gemini-generate", answer))
    )
    content = said.candidates[0].content  # type: ignore[index]
    assert content is not None
    model = json.loads(content.model_dump_json(by_alias=True, exclude_none=True))
    user = {"role": "user", "parts": [{"text": "So?"}]}
    body = {"contents": [user, model, user], "generationConfig": {"maxOutputTokens": 9}}
    sent = sent_back("gemini-generate", "anthropic-messages", body)
    assert sent["messages"][1]["content"][0] == thought
    cut, losses = shaping.without_seals(body)
    assert cut["contents"][1]["parts"] == [{"text": "Yes"}]
    assert [loss.field for loss in losses] == ["messages.thinking"]


def test_seals_of_calls_are_put_back_on_the_calls_they_were_on() -> None:
    answer = {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"functionCall": {"id": "c", "name": "t"}, "thoughtSignature": "one+/w=="},
                        {"functionCall": {"id": "d", "name": "t"}},
                    ]
                },
                "finishReason": "STOP",
            }
        ]
    }
    reply = GENERATE.decode_reply(answer).value
    kept = shaping.call_seals.of(reply)
    first, second = (part for part in reply.parts if isinstance(part, ToolUse))
    assert kept == {first.id: "one+/w=="}
    assert shaping.call_seals.own_id(first.id) == "c"
    bare = [ToolUse(call.id, call.name, call.arguments) for call in (first, second)]
    request = Request(
        model="m",
        turns=(
            Turn(Speaker.USER, (Text("So?"),)),
            Turn(Speaker.ASSISTANT, tuple(bare)),
            Turn(Speaker.USER, tuple(ToolResult(call.id, ()) for call in bare)),
        ),
    )
    assert shaping.call_seals.lost(request) == (first.id,)
    sent = GENERATE.encode_request(shaping.call_seals.restored(request, kept))
    assert sent.losses == ()
    assert sent.body["contents"][1]["parts"] == [
        {"functionCall": {"id": "c", "name": "t", "args": {}}, "thoughtSignature": "one+/w=="},
        {"functionCall": {"id": "d", "name": "t", "args": {}}},
    ]
    results = [part["functionResponse"]["id"] for part in sent.body["contents"][2]["parts"]]
    assert results == ["c", "d"]


def test_two_answers_that_number_their_calls_alike_do_not_share_a_seal() -> None:
    def sealed(seal: str) -> str:
        part = {"functionCall": {"id": "call_0", "name": "t"}, "thoughtSignature": seal}
        answer = {"candidates": [{"content": {"parts": [part]}, "finishReason": "STOP"}]}
        (call,) = GENERATE.decode_reply(answer).value.parts
        assert isinstance(call, ToolUse)
        return call.id

    assert sealed("b25l") != sealed("dHdv")
