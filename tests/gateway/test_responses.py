"""The official SDK's Responses client against the face, in front of every kind of upstream."""

import json
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import openai
import pytest
from pydantic import BaseModel
from tests.gateway.responses_upstream import Upstream, running

KEY = "upstream-secret-key"
"""What `launch` sets in FAKE_KEY."""

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications:
  desk: {{key: {{file: keys/desk}}}}
  lab: {{key: {{file: keys/lab}}}}
upstreams:
  a: {{vendor: example-a, dialect: anthropic-messages, url: "{a}", key: {{env: FAKE_KEY}}}}
  b: {{vendor: example-b, dialect: openai-chat, url: "{b}", key: {{env: FAKE_KEY}}}}
  c: {{vendor: example-c, dialect: openai-responses, url: "{c}", key: {{env: FAKE_KEY}}}}
  d: {{vendor: example-d, dialect: openai-responses, url: "{d}", key: {{env: FAKE_KEY}}}}
routes:
  model-a: {{targets: [{{upstream: a, model: a-large}}]}}
  model-b: {{targets: [{{upstream: b, model: b-large}}]}}
  model-c: {{targets: [{{upstream: c, model: c-large}}]}}
  model-d: {{targets: [{{upstream: d, model: d-large}}]}}
"""

TOOLS: Any = [
    {
        "type": "function",
        "name": name,
        "description": "Tells.",
        "parameters": {"type": "object", "properties": {member: {"type": "string"}}},
        "strict": False,
    }
    for name, member in (("weather", "city"), ("clock", "zone"))
]

TARGETS = pytest.mark.parametrize("upstream", ["a", "b", "c"])


@pytest.fixture(scope="module")
def upstreams() -> Iterator[Mapping[str, Upstream]]:
    """Two strict upstreams of this API."""
    both = running("c", KEY), running("d", KEY)
    yield {"c": next(both[0]), "d": next(both[1])}
    for one in both:
        next(one, None)


@pytest.fixture(scope="module")
def own(fakes: Any, upstreams: Any, launch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    root: Path = tmp_path_factory.mktemp("responses")
    (root / "instruments").mkdir()
    (root / "keys").mkdir()
    for name in ("desk", "lab"):
        key = root / "keys" / name
        key.write_text(f"offr_{name}_{'k' * 43}")
        key.chmod(0o600)
    urls = {name: one.url for name, one in (*fakes.items(), *upstreams.items())}
    (root / "offramp.yaml").write_text(WORKSPACE.format(**urls))
    started = launch(root, "--workers", "2")
    yield started
    assert started.stop() == 0, started.log.read_text()


@pytest.fixture
def client(own: Any) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{own.url}/v1", api_key=own.keys["desk"], max_retries=0) as made:
        yield made


@pytest.fixture
def other(own: Any) -> Iterator[openai.OpenAI]:
    """Another application of the same gateway."""
    with openai.OpenAI(base_url=f"{own.url}/v1", api_key=own.keys["lab"], max_retries=0) as made:
        yield made


@TARGETS
def test_plain(client: openai.OpenAI, own: Any, upstream: str) -> None:
    raw = client.responses.with_raw_response.create(
        model=f"model-{upstream}",
        instructions="Be brief.",
        input="hi",
        metadata={"k": "v"},
        max_output_tokens=20,
        store=False,
    )
    answer = raw.parse()
    said = "c heard: hi" if upstream == "c" else f"Hello from {upstream}"
    assert answer.output_text == said
    assert (answer.model, answer.status, answer.object) == (f"model-{upstream}", "completed", "response")
    assert (answer.instructions, answer.metadata) == ("Be brief.", {"k": "v"})
    assert answer.id.startswith("resp_")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (11, 7)
    assert raw.headers["offramp-served-by"] == f"{upstream}/{upstream}-large"
    assert raw.headers["x-request-id"]
    entry = own.entry(raw.headers["offramp-request-id"])
    assert (entry.data["outcome"], entry.data["dialect"]) == ("answered", "openai-responses")
    assert entry.data["usage"]["input"] == (7 if upstream == "c" else 11)


@TARGETS
def test_streamed(client: openai.OpenAI, upstream: str) -> None:
    with client.responses.stream(model=f"model-{upstream}", input="hi", store=False) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert events[0].type == "response.created"
    assert [event.sequence_number for event in events] == list(range(len(events)))
    pieces = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(pieces) > 1
    assert "".join(pieces) == final.output_text
    assert final.model == f"model-{upstream}"
    assert final.usage is not None
    assert final.usage.output_tokens == 7


@TARGETS
@pytest.mark.parametrize("is_stream", [False, True])
def test_tool_loop(client: openai.OpenAI, upstream: str, *, is_stream: bool) -> None:
    items: list[Any] = [{"role": "user", "content": "weather?"}]

    def ask() -> Any:
        options: Any = {"model": f"model-{upstream}", "tools": TOOLS, "input": items, "store": False}
        if not is_stream:
            return client.responses.create(**options)
        with client.responses.stream(**options) as stream:
            return stream.get_final_response()

    answer = ask()
    calls = [item for item in answer.output if item.type == "function_call"]
    assert [call.name for call in calls] == (["weather", "clock"] if upstream == "c" else ["weather"])
    assert json.loads(calls[0].arguments) == {"city": "Oslo"}
    assert all(call.call_id.startswith("call_") for call in calls)
    items += [item.model_dump(exclude={"parsed_arguments"}, exclude_none=True) for item in answer.output]
    items += [{"type": "function_call_output", "call_id": call.call_id, "output": "sun"} for call in calls]
    said = ask()
    assert said.output_text == ("c heard: weather?" if upstream == "c" else f"It is sunny, says {upstream}")


class Weather(BaseModel):
    city: str
    degrees: int


def test_structured(client: openai.OpenAI) -> None:
    answer = client.responses.parse(model="model-c", input="weather?", text_format=Weather, store=False)
    assert answer.output_parsed == Weather(city="Oslo", degrees=20)


@TARGETS
@pytest.mark.parametrize("is_stream", [False, True])
def test_going_on_from_an_earlier_answer(
    client: openai.OpenAI, fakes: Any, upstream: str, *, is_stream: bool
) -> None:
    model = f"model-{upstream}"

    def ask(text: str, previous: str | None) -> Any:
        options: Any = {"model": model, "input": text, "previous_response_id": previous}
        if not is_stream:
            return client.responses.create(**options)
        with client.responses.stream(**options) as stream:
            return stream.get_final_response()

    first = ask("I am Ada.", None)
    second = ask("I live in Oslo.", first.id)
    third = ask("Who am I?", second.id)
    assert third.previous_response_id == second.id
    if upstream == "c":
        assert third.output_text == "c heard: I am Ada. | I live in Oslo. | Who am I?"
        return
    spoken = [message["role"] for message in fakes[upstream].last().body["messages"]]
    assert spoken == ["user", "assistant", "user", "assistant", "user"]
    sent = fakes[upstream].last().raw
    assert all(part in sent for part in (b"I am Ada.", b"I live in Oslo.", b"Who am I?"))


def test_another_upstream_goes_on(client: openai.OpenAI, fakes: Any, upstreams: Any) -> None:
    """From an upstream that keeps its answers to one of another API, to another of the same API, and back."""
    first = client.responses.create(model="model-c", input="think: I am Ada.", tools=TOOLS)
    calls = [item for item in first.output if item.type == "function_call"]
    outputs: Any = [
        {"type": "function_call_output", "call_id": call.call_id, "output": "sun"} for call in calls
    ]
    raw = client.responses.with_raw_response.create(
        model="model-a", input=outputs, previous_response_id=first.id, tools=TOOLS
    )
    second = raw.parse()
    assert "previous_response_id.reasoning" in raw.headers["offramp-loss"]
    assert second.output_text == "It is sunny, says a"
    results = fakes["a"].last().body["messages"][-1]["content"]
    assert [block["type"] for block in results] == ["tool_result", "tool_result"]
    third = client.responses.create(model="model-d", input="Who am I?", previous_response_id=second.id)
    assert third.output_text == "d heard: think: I am Ada. | Who am I?"
    sent = upstreams["d"].last()
    assert "previous_response_id" not in sent
    assert [item.get("type") for item in sent["input"] if item.get("type") == "reasoning"] == []
    fourth = client.responses.create(model="model-d", input="Sure?", previous_response_id=third.id)
    assert upstreams["d"].last()["previous_response_id"] == third.id
    assert upstreams["d"].last()["input"] == "Sure?"
    back = client.responses.create(model="model-c", input="And now?", previous_response_id=fourth.id)
    assert back.output_text == "c heard: think: I am Ada. | Who am I? | Sure? | And now?"
    sealed = [item for item in upstreams["c"].last()["input"] if item.get("type") == "reasoning"]
    assert len(sealed) == 1, "its own reasoning comes back to the upstream that sealed it"


def test_ids_nobody_here_knows_go_to_an_upstream_of_the_same_api_only(
    client: openai.OpenAI, upstreams: Any
) -> None:
    upstreams["c"].answers["resp_before"] = [{"role": "user", "content": "long ago"}]
    known = client.responses.create(model="model-c", input="hi", previous_response_id="resp_before")
    assert known.output_text == "c heard: long ago | hi"
    for model, code in (("model-a", "answer-unknown"), ("model-d", "previous_response_not_found")):
        with pytest.raises(openai.BadRequestError) as caught:
            client.responses.create(model=model, input="hi", previous_response_id="resp_before")
        assert caught.value.code == code
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="model-a", input="hi", previous_response_id=known.id)
    assert "an earlier part of the conversation" in caught.value.message


@pytest.mark.parametrize("is_stream", [False, True])
def test_an_upstream_that_forgets_is_told_the_conversation(
    client: openai.OpenAI, upstreams: Any, *, is_stream: bool
) -> None:
    first = client.responses.create(model="model-d", input="think: I am Ada.")
    upstreams["d"].answers.clear()

    def ask(text: str, previous: str) -> Any:
        options: Any = {"model": "model-d", "input": text, "previous_response_id": previous}
        if not is_stream:
            return client.responses.create(**options)
        with client.responses.stream(**options) as stream:
            return stream.get_final_response()

    second = ask("Who am I?", first.id)
    assert second.output_text == "d heard: think: I am Ada. | Who am I?"
    assert second.previous_response_id in (first.id, None)
    upstreams["d"].answers.clear()
    asked = len(upstreams["d"].seen)
    third = ask("Sure?", second.id)
    assert third.output_text == "d heard: think: I am Ada. | Who am I? | Sure?"
    assert len(upstreams["d"].seen) == asked + 1, "it is not asked twice again"


def test_an_answer_made_in_the_background_is_read_where_it_is(client: openai.OpenAI) -> None:
    begun = client.responses.create(model="model-c", input="hi", background=True)
    assert begun.status == "queued"
    done = client.responses.retrieve(begun.id)
    assert (done.status, done.output_text, done.model) == ("completed", "c heard: hi", "model-c")


def test_what_is_kept_belongs_to_one_application(client: openai.OpenAI, other: openai.OpenAI) -> None:
    answer = client.responses.create(model="model-a", input="secret")
    with pytest.raises(openai.BadRequestError):
        other.responses.create(model="model-a", input="what?", previous_response_id=answer.id)
    with pytest.raises(openai.NotFoundError):
        other.responses.retrieve(answer.id)
    with pytest.raises(openai.NotFoundError):
        other.responses.delete(answer.id)
    assert client.responses.retrieve(answer.id).output_text == "Hello from a"


@pytest.mark.parametrize("upstream", ["a", "c"])
def test_reading_and_deleting_what_is_kept(
    client: openai.OpenAI, upstreams: Any, own: Any, upstream: str
) -> None:
    given: Any = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": [{"type": "input_text", "text": "three"}]},
    ]
    answer = client.responses.create(model=f"model-{upstream}", input=given)
    again = client.responses.retrieve(answer.id)
    assert again.to_dict() == answer.to_dict()
    items = client.responses.input_items.list(answer.id, order="asc", limit=2)
    assert [item.type for item in items.data] == ["message", "message"]
    assert items.has_more
    assert len(list(client.responses.input_items.list(answer.id, limit=1))) == 3
    client.responses.delete(answer.id)
    with pytest.raises(openai.NotFoundError) as gone:
        client.responses.retrieve(answer.id)
    data = own.entry(gone.value.response.headers["offramp-request-id"]).data
    assert (data["operation"], data["outcome"], data["status"]) == ("get-stored", "refused", 404)
    told = [entry.data for entry in own.entries() if entry.data.get("operation")]
    about = [one for one in told if one["upstream_ids"]["answer"] == answer.id]
    assert [one["operation"] for one in about[:2]] == ["get-stored", "get-stored-items"]
    assert [(one["operation"], one["outcome"]) for one in about[-2:]] == [
        ("delete-stored", "answered"),
        ("get-stored", "refused"),
    ]
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=f"model-{upstream}", input="x", previous_response_id=answer.id)
    assert (answer.id in upstreams["c"].deleted) == (upstream == "c")


def test_what_is_not_to_be_kept_is_not(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="model-b", input="hi", store=False)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(answer.id)


def test_references_to_items(client: openai.OpenAI, fakes: Any) -> None:
    first = client.responses.create(model="model-b", input="weather?", tools=TOOLS)
    (call,) = [item for item in first.output if item.type == "function_call"]
    assert call.id is not None
    items: Any = [
        {"role": "user", "content": "weather?"},
        {"type": "item_reference", "id": call.id},
        {"type": "function_call_output", "call_id": call.call_id, "output": "sun"},
    ]
    said = client.responses.create(model="model-a", input=items, tools=TOOLS)
    assert said.output_text == "It is sunny, says a"
    assert [message["role"] for message in fakes["a"].last().body["messages"]] == [
        "user",
        "assistant",
        "user",
    ]


@TARGETS
def test_a_cut_stream_never_ends_politely(client: openai.OpenAI, own: Any, upstream: str) -> None:
    raw = client.responses.with_raw_response.create(model=f"model-{upstream}", input="cut", stream=True)
    events = []
    with pytest.raises(openai.APIError) if upstream == "c" else nullcontext():
        for event in raw.parse():
            events.append(event)
    if upstream != "c":
        assert events[-1].type == "response.failed"
    assert "response.completed" not in [event.type for event in events]
    entry = own.entry(raw.headers["offramp-request-id"])
    assert entry.data["outcome"] == "truncated"


def test_a_failed_answer_passes_as_it_is(client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="model-c", input="fail", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert events[-1].response.error.message == "the model stopped"


@TARGETS
def test_an_upstreams_error_keeps_status_and_waiting_time(client: openai.OpenAI, upstream: str) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        client.responses.create(model=f"model-{upstream}", input="busy")
    assert caught.value.response.headers["retry-after"] == "7"


def test_a_refusal(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="model-c", input="refuse")
    assert answer.output[0].content[0].type == "refusal"  # type: ignore[union-attr, index]


def test_large_pieces(client: openai.OpenAI) -> None:
    with client.responses.stream(model="model-c", input="long", store=False) as stream:
        assert len(stream.get_final_response().output_text) > 2_000_000


def test_what_only_the_vendor_runs_is_refused_elsewhere(client: openai.OpenAI, upstreams: Any) -> None:
    search: Any = [{"type": "web_search"}]
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="model-a", input="hi", tools=search)
    assert "/tools/0/type" in caught.value.message
    client.responses.create(model="model-c", input="hi", tools=search)
    assert upstreams["c"].last()["tools"] == search


def test_tokens_are_counted(client: openai.OpenAI) -> None:
    counted = client.responses.input_tokens.count(model="model-a", input="12345678")
    assert (counted.object, counted.input_tokens) == ("response.input_tokens", 2 + 4)


def test_other_apis_in_front_of_this_one(client: openai.OpenAI, upstreams: Any) -> None:
    answer = client.chat.completions.create(
        model="model-c",
        messages=[{"role": "user", "content": "hi"}],
        max_tokens=5,
        tools=[{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}],
    )
    assert answer.choices[0].finish_reason == "tool_calls"
    assert upstreams["c"].last()["max_output_tokens"] == 16
    assert upstreams["c"].last()["store"] is False
    text = ""
    for chunk in client.chat.completions.create(
        model="model-c", messages=[{"role": "user", "content": "hi"}], stream=True
    ):
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    assert text == "c heard: hi"


@pytest.mark.parametrize("form", ["float", "base64"])
def test_embeddings(client: openai.OpenAI, own: Any, upstreams: Any, form: Any) -> None:
    raw = client.embeddings.with_raw_response.create(
        model="model-c", input=["one", "two"], dimensions=3, encoding_format=form
    )
    answer = raw.parse()
    assert [one.embedding for one in answer.data] == [[0.25, -0.5, 1.0]] * 2
    assert answer.model == "model-c"
    assert upstreams["c"].last() == {
        "model": "c-large",
        "input": ["one", "two"],
        "dimensions": 3,
        "encoding_format": form,
    }
    entry = own.entry(raw.headers["offramp-request-id"])
    assert (entry.data["operation"], entry.data["upstream"]) == ("embed", "c")
    assert entry.data["usage"]["input"] == 5
    assert entry.data["served"] == "c-large-0101"


def test_embeddings_where_there_are_none(client: openai.OpenAI, own: Any) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.embeddings.create(model="model-a", input="one")
    assert caught.value.code == "operation-unknown"
    entry = own.entry(caught.value.response.headers["offramp-request-id"])
    assert entry.data["outcome"] == "refused"


def test_embeddings_of_a_busy_upstream(client: openai.OpenAI) -> None:
    with pytest.raises(openai.RateLimitError) as caught:
        client.embeddings.create(model="model-c", input="busy")
    assert caught.value.response.headers["retry-after"] == "7"
