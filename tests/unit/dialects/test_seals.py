"""Our seal on reasoning: it opens where it came from, and nowhere else, whatever was done to it."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from offramp.dialects import shaping
from offramp.dialects.turns import (
    Event,
    Reply,
    Request,
    Speaker,
    StopReason,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    Turn,
)

OLD, NEW = b"o" * 32, b"n" * 32
SEALER = shaping.Sealer([NEW, OLD])
HOME = shaping.Way(face="anthropic-messages", slug="openai-responses", target="example-a/openai-responses")


def sealed(text: str = "hm", signature: str = "theirs", sealer: shaping.Sealer = SEALER) -> Thinking:
    reply = Reply(id="", model="", parts=(Thinking(text, signature), Text("so")), stop_reason=StopReason.END)
    (part, _) = shaping.shapers_for(_asking(), sealer, HOME.target)[-1].whole(reply).parts
    assert isinstance(part, Thinking)
    return part


def _asking() -> Request:
    from offramp.dialects.turns import Reasoning

    return Request(model="", turns=(), reasoning=Reasoning(budget=1024))


def history(part: Thinking) -> Request:
    return Request(model="m", turns=(Turn(Speaker.ASSISTANT, (part, Text("so"))),))


def kept(part: Thinking, way: shaping.Way = HOME) -> tuple[Any, ...]:
    request, losses = shaping.unsealed(history(part), SEALER, way)
    return request.turns[0].parts, [loss.field for loss in losses]


def test_it_comes_home() -> None:
    parts, lost = kept(sealed())
    assert parts[0] == Thinking("hm", "theirs", origin="openai-responses")
    assert lost == []


def test_another_vendor_of_the_same_api_does_not_get_it() -> None:
    parts, lost = kept(sealed(), replace(HOME, target="example-b/openai-responses"))
    assert parts == (Text("so"),)
    assert lost == ["messages.thinking"]


def test_a_changed_text_does_not_open_it() -> None:
    assert kept(replace(sealed(), text="hm!"))[0] == (Text("so"),)


@pytest.mark.parametrize("at", range(0, 60, 7))
def test_a_changed_seal_does_not_open(at: int) -> None:
    part = sealed()
    place = len(shaping.SEAL_MARKS[0]) + at
    other = "A" if part.signature[place] != "A" else "B"
    changed = part.signature[:place] + other + part.signature[place + 1 :]
    assert kept(replace(part, signature=changed))[0] == (Text("so"),)


def test_an_older_key_still_opens_and_an_unknown_one_does_not() -> None:
    assert kept(sealed(sealer=shaping.Sealer([OLD])))[1] == []
    assert kept(sealed(sealer=shaping.Sealer([b"x" * 32])))[1] == ["messages.thinking"]


def test_the_callers_own_reasoning_is_marked_as_its_apis() -> None:
    parts, lost = kept(Thinking("hm", "native"))
    assert parts[0] == Thinking("hm", "native", origin="anthropic-messages")
    assert lost == []


def test_streamed_reasoning_has_the_seal_of_the_whole() -> None:
    shaper = shaping.shapers_for(_asking(), SEALER, HOME.target)[-1]
    events: list[Event] = [
        ThinkingDelta(0, "h"),
        ThinkingDelta(0, "m", "theirs"),
        TextDelta(1, "so"),
    ]
    shown = [passed for event in events for passed in shaper.feed(event)]
    assert shown == [
        ThinkingDelta(0, "h"),
        ThinkingDelta(0, "m"),
        ThinkingDelta(0, "", sealed().signature),
        TextDelta(1, "so"),
    ]


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "hm", "signature": "offr1-x.y"},
        {"type": "redacted_thinking", "data": "offr1-x.y"},
        {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "offr1-x.y"}}},
        {"text": "hm", "thought": True, "thoughtSignature": "offr1-x.y"},
    ],
)
def test_a_body_that_passes_loses_what_we_sealed_and_nothing_else(block: Any) -> None:
    text = {"type": "text", "text": "a line that begins offr1-x.y is not a seal"}
    body = {
        "metadata": {"kept": [1, {"data": "x"}]},
        "messages": [
            {"role": "assistant", "content": [block, text]},
            {"role": "assistant", "content": [block]},
            {"role": "user", "content": []},
        ],
    }
    before = json.dumps(body)
    cut, losses = shaping.without_seals(body)
    assert cut == {
        "metadata": {"kept": [1, {"data": "x"}]},
        "messages": [{"role": "assistant", "content": [text]}, {"role": "user", "content": []}],
    }
    assert [loss.field for loss in losses] == ["messages.thinking"]
    assert json.dumps(body) == before


def test_the_seal_names_no_text() -> None:
    assert sha256(b"hm").hexdigest() not in sealed().signature
