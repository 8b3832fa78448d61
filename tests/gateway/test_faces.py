"""The official SDKs against both faces, in front of an upstream of the same API and of the other one."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import anthropic
import openai
import pytest

TARGETS = pytest.mark.parametrize("upstream", ["a", "b"])

MESSAGES_TOOLS: Any = [
    {
        "name": "weather",
        "description": "The weather in a city.",
        "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
]
CHAT_TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather in a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


@pytest.fixture
def messages(gateway: Any) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=gateway.url, api_key=gateway.keys["desk"], max_retries=0) as client:
        yield client


@pytest.fixture
def chat(gateway: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.keys["desk"], max_retries=0) as client:
        yield client


@TARGETS
def test_messages_plain(messages: anthropic.Anthropic, gateway: Any, upstream: str) -> None:
    raw = messages.messages.with_raw_response.create(
        model=f"model-{upstream}", max_tokens=20, messages=[{"role": "user", "content": "hi"}]
    )
    answer = raw.parse()
    assert answer.content[0].text == f"Hello from {upstream}"  # type: ignore[union-attr]
    assert answer.model == f"model-{upstream}"
    assert answer.stop_reason == "end_turn"
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (11, 7)
    assert raw.headers["offramp-served-by"] == f"{upstream}/{upstream}-large"
    entry = gateway.entry(raw.headers["offramp-request-id"])
    assert entry.type == "traffic"
    assert entry.actor == "desk"
    assert entry.data["outcome"] == "answered"
    assert entry.data["served"] == f"{upstream}-large-0101"
    unsaid = {"cache_read": None, "cache_write": None, "reasoning": None}
    assert entry.data["usage"] == {"input": 11, "output": 7, **unsaid}


@TARGETS
def test_chat_plain(chat: openai.OpenAI, gateway: Any, upstream: str) -> None:
    raw = chat.chat.completions.with_raw_response.create(
        model=f"model-{upstream}", messages=[{"role": "user", "content": "hi"}]
    )
    answer = raw.parse()
    assert answer.choices[0].message.content == f"Hello from {upstream}"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == f"model-{upstream}"
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (11, 7)
    assert raw.headers["offramp-served-by"] == f"{upstream}/{upstream}-large"
    assert gateway.entry(raw.headers["offramp-request-id"]).data["status"] == 200


@TARGETS
def test_messages_streamed(messages: anthropic.Anthropic, upstream: str) -> None:
    with messages.messages.stream(
        model=f"model-{upstream}", max_tokens=20, messages=[{"role": "user", "content": "hi"}]
    ) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
    assert pieces == ["Hello ", "from ", upstream]
    assert final.model == f"model-{upstream}"
    assert final.stop_reason == "end_turn"
    assert final.usage.output_tokens == 7


@TARGETS
@pytest.mark.parametrize("wants_usage", [False, True])
def test_chat_streamed(chat: openai.OpenAI, upstream: str, wants_usage: bool) -> None:
    options: Any = {"stream_options": {"include_usage": True}} if wants_usage else {}
    chunks = list(
        chat.chat.completions.create(
            model=f"model-{upstream}",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            **options,
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == f"Hello from {upstream}"
    assert {chunk.model for chunk in chunks} == {f"model-{upstream}"}
    usages = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]
    assert usages == ([7] if wants_usage else [])


@TARGETS
@pytest.mark.parametrize("is_stream", [False, True])
def test_messages_tool_loop(messages: anthropic.Anthropic, upstream: str, is_stream: bool) -> None:
    turns: list[Any] = [{"role": "user", "content": "weather?"}]

    def ask() -> anthropic.types.Message:
        options: Any = {
            "model": f"model-{upstream}",
            "max_tokens": 50,
            "tools": MESSAGES_TOOLS,
            "messages": turns,
        }
        if not is_stream:
            answer: anthropic.types.Message = messages.messages.create(**options)
            return answer
        with messages.messages.stream(**options) as stream:
            return stream.get_final_message()

    call = ask()
    assert call.stop_reason == "tool_use"
    use = call.content[-1]
    assert use.type == "tool_use"
    assert (use.name, use.input) == ("weather", {"city": "Oslo"})
    turns += [
        {"role": "assistant", "content": [block.model_dump() for block in call.content]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "sun"}]},
    ]
    said = ask()
    assert said.content[0].text == f"It is sunny, says {upstream}"  # type: ignore[union-attr]


@TARGETS
def test_chat_tool_loop(chat: openai.OpenAI, upstream: str) -> None:
    turns: list[Any] = [{"role": "user", "content": "weather?"}]
    call = chat.chat.completions.create(model=f"model-{upstream}", tools=CHAT_TOOLS, messages=turns)
    message = call.choices[0].message
    assert call.choices[0].finish_reason == "tool_calls"
    assert message.tool_calls is not None
    (use,) = message.tool_calls
    assert use.type == "function"
    assert json.loads(use.function.arguments) == {"city": "Oslo"}
    turns += [
        message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": use.id, "content": "sun"},
    ]
    said = chat.chat.completions.create(model=f"model-{upstream}", tools=CHAT_TOOLS, messages=turns)
    assert said.choices[0].message.content == f"It is sunny, says {upstream}"


def test_the_same_api_passes_every_byte_but_the_name(
    gateway: Any, fakes: Mapping[str, Any], post: Any
) -> None:
    said = rb'"\u0068i \"model\": \"y\""'
    body = b'{"x_new":1.50, "messages":[{"role":"user","content":' + said + b'}],  "model" : "model-b"}'
    answer = post(
        f"{gateway.url}/v1/chat/completions",
        body,
        {"authorization": f"Bearer {gateway.keys['desk']}", "openai-beta": "new=1", "x-own": "1"},
    )
    assert answer.status == 200
    seen = fakes["b"].last()
    assert seen.raw == body.replace(b'"model-b"', b'"b-large"')
    assert seen.headers["authorization"] == "Bearer upstream-secret-key"
    assert seen.headers["openai-beta"] == "new=1"
    assert "x-own" not in seen.headers
    assert "offramp-loss" not in answer.headers


def test_what_a_translation_loses_is_named_to_the_caller_and_in_the_ledger(
    messages: anthropic.Anthropic, gateway: Any
) -> None:
    raw = messages.messages.with_raw_response.create(
        model="model-b", max_tokens=20, messages=[{"role": "user", "content": "hi"}], extra_body={"top_k": 5}
    )
    assert "top_k" in raw.headers["offramp-loss"].split(", ")
    entry = gateway.entry(raw.headers["offramp-request-id"])
    assert "top_k" in [loss["field"] for loss in entry.data["losses"]]


def test_the_ledger_holds_no_word_of_the_conversation(chat: openai.OpenAI, gateway: Any) -> None:
    raw = chat.chat.completions.with_raw_response.create(
        model="model-b", messages=[{"role": "user", "content": "xyzzy plugh"}]
    )
    entry = gateway.entry(raw.headers["offramp-request-id"])
    assert "xyzzy" not in repr(entry)
    assert "Hello" not in repr(entry)
    assert len(entry.digests["answer"]) == 64


def test_the_models_are_the_routes(messages: anthropic.Anthropic, chat: openai.OpenAI) -> None:
    names = {"model-a", "model-b", "moving", "either", "nowhere", "small", "b-small"}
    assert {model.id for model in messages.models.list()} == names
    assert {model.id for model in chat.models.list()} == names


def test_tokens_are_estimated_and_the_answer_says_so(messages: anthropic.Anthropic, gateway: Any) -> None:
    before = len(gateway.entries())
    raw = messages.messages.with_raw_response.count_tokens(
        model="model-b", messages=[{"role": "user", "content": "word " * 40}]
    )
    assert 40 <= raw.parse().input_tokens <= 80
    assert raw.headers["offramp-loss"] == "input_tokens"
    assert len(gateway.entries()) == before


def test_a_count_of_a_broken_body_names_the_place(gateway: Any, post: Any) -> None:
    answer = post(
        f"{gateway.url}/v1/messages/count_tokens",
        b'{"model": "model-b", "messages": 7}',
        {"x-api-key": gateway.keys["desk"]},
    )
    assert answer.status == 400
    assert "/messages" in answer.body["error"]["message"]
    assert answer.body["offramp"]["code"] == "body-invalid"
