"""The generateContent SDK against the gateway, and the gateway against a strict upstream of that API."""

import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import anthropic
import openai
import pytest
from google import genai
from google.genai import errors, types
from tests.gateway.conftest import AT, Fake, Gateway, plain_post, start_gateway, write_workspace
from tests.gateway.fake_generate import UNSEALED, FakeGenerate, run_fake_generate

UPSTREAM = '  gem: {{vendor: example-c, dialect: gemini-generate, url: "{url}", key: {{env: FAKE_KEY}}}}\n'
ROUTES = """\
  model-gem: {targets: [{upstream: gem, model: gem-large}]}
  there-and-back: {targets: [{upstream: gem, model: gem-large}, {upstream: a, model: a-large}]}
"""
FACES = pytest.mark.parametrize("upstream", ["a", "b", "gem"])
WEATHER = types.FunctionDeclaration(
    name="weather",
    description="The weather in a city.",
    parameters_json_schema={"type": "object", "properties": {"city": {"type": "string"}}},
)
MESSAGES_TOOLS: Any = [
    {
        "name": "weather",
        "description": "The weather in a city.",
        "input_schema": {
            "type": "object",
            "properties": {"city": {"$ref": "#/$defs/city"}},
            "$defs": {"city": {"type": "string", "pattern": "^[A-Z]"}},
        },
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


@dataclass
class World:
    gateway: Gateway
    gem: FakeGenerate
    fakes: Mapping[str, Fake]
    opened: list[Any] = field(default_factory=list)

    def generate(self, key: str = "desk") -> genai.Client:
        options = types.HttpOptions(base_url=self.gateway.url)
        client = genai.Client(api_key=self.gateway.keys[key], http_options=options)
        self.opened.append(client)
        return client

    def messages(self) -> anthropic.Anthropic:
        key = self.gateway.keys["desk"]
        client = anthropic.Anthropic(base_url=self.gateway.url, api_key=key, max_retries=0)
        self.opened.append(client)
        return client

    def chat(self) -> openai.OpenAI:
        key = self.gateway.keys["desk"]
        client = openai.OpenAI(base_url=f"{self.gateway.url}/v1", api_key=key, max_retries=0)
        self.opened.append(client)
        return client


@pytest.fixture(scope="module")
def running(fakes: Mapping[str, Fake], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    fake = run_fake_generate("gem")
    gem = next(fake)
    root = write_workspace(tmp_path_factory.mktemp("generate"), fakes)
    file = root / "offramp.yaml"
    text = file.read_text() + ROUTES
    file.write_text(text.replace("upstreams:\n", "upstreams:\n" + UPSTREAM.format(url=gem.url)))
    gateway = start_gateway(root, "--at", AT)
    yield World(gateway, gem, fakes)
    assert gateway.stop() == 0, gateway.log.read_text()
    next(fake, None)


@pytest.fixture
def world(running: World) -> Iterator[World]:
    running.gem.has_ids = True
    yield running
    for client in running.opened:
        client.close()
    running.opened.clear()


@FACES
def test_generate_plain(world: World, upstream: str) -> None:
    said = world.generate().models.generate_content(
        model=f"model-{upstream}",
        contents="hi",
        config=types.GenerateContentConfig(
            system_instruction="Be brief.", temperature=0.5, max_output_tokens=90
        ),
    )
    assert said.text == f"Hello from {upstream}"
    assert said.model_version == f"model-{upstream}"
    assert said.candidates is not None
    assert said.candidates[0].finish_reason == types.FinishReason.STOP
    usage = said.usage_metadata
    assert usage is not None
    expected = (15, 7, 27) if upstream == "gem" else (11, 7, 18)
    assert (usage.prompt_token_count, usage.candidates_token_count, usage.total_token_count) == expected


@FACES
def test_generate_streamed(world: World, upstream: str) -> None:
    chunks = list(world.generate().models.generate_content_stream(model=f"model-{upstream}", contents="hi"))
    assert "".join(chunk.text or "" for chunk in chunks) == f"Hello from {upstream}"
    assert {chunk.model_version for chunk in chunks} == {f"model-{upstream}"}
    reasons = [chunk.candidates[0].finish_reason for chunk in chunks if chunk.candidates]
    assert [reason for reason in reasons if reason] == [types.FinishReason.STOP]
    assert chunks[-1].usage_metadata is not None
    assert chunks[-1].usage_metadata.candidates_token_count == 7


@FACES
@pytest.mark.parametrize("is_stream", [False, True])
def test_generate_chat_with_tools(world: World, upstream: str, is_stream: bool) -> None:
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[WEATHER])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    chat = world.generate().chats.create(model=f"model-{upstream}", config=config)

    def ask(message: Any) -> tuple[str, list[types.FunctionCall]]:
        replies = list(chat.send_message_stream(message)) if is_stream else [chat.send_message(message)]
        texts = "".join(reply.text or "" for reply in replies)
        return texts, [call for reply in replies for call in reply.function_calls or ()]

    _, calls = ask("weather?")
    assert [(call.name, call.args) for call in calls] == [("weather", {"city": "Oslo"})]
    text, more = ask(types.Part.from_function_response(name="weather", response={"result": "sunny"}))
    assert (text, more) == (f"It is sunny, says {upstream}", [])
    if upstream != "gem":
        last = world.fakes[upstream].last().body["messages"]
        assert "sunny" in json.dumps(last[-1])


@FACES
def test_generate_calls_functions_itself(world: World, upstream: str) -> None:
    asked: list[str] = []

    def weather(city: str) -> str:
        """The weather in a city."""
        asked.append(city)
        return "sunny"

    said = world.generate().models.generate_content(
        model=f"model-{upstream}", contents="weather?", config=types.GenerateContentConfig(tools=[weather])
    )
    assert said.text == f"It is sunny, says {upstream}"
    assert asked == ["Oslo"]


def test_generate_by_schema(world: World) -> None:
    schema = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
    config = types.GenerateContentConfig(response_mime_type="application/json", response_schema=schema)
    client = world.generate()
    said = client.models.generate_content(model="model-gem", contents="where?", config=config)
    assert json.loads(said.text or "") == {"city": "Oslo"}
    client.models.generate_content(model="model-a", contents="where?", config=config)
    asked = world.fakes["a"].last().body["output_config"]["format"]["schema"]
    assert asked["properties"] == {"city": {"type": "string"}}
    client.models.generate_content(model="model-b", contents="where?", config=config)
    assert world.fakes["b"].last().body["response_format"]["json_schema"]["schema"]["required"] == ["city"]


def test_generate_counts_and_lists(world: World) -> None:
    client = world.generate()
    counted = client.models.count_tokens(model="model-b", contents="word " * 40)
    assert 40 <= (counted.total_tokens or 0) <= 80
    assert client.models.count_tokens(model="model-gem", contents="x").total_tokens == 31
    names = {model.name for model in client.models.list()}
    assert {"models/model-a", "models/model-gem"} <= names
    assert client.models.get(model="model-a").name == "models/model-a"
    with pytest.raises(errors.ClientError) as caught:
        client.models.get(model="nothing")
    assert caught.value.code == 404


@FACES
def test_generate_is_told_how_long_to_wait(world: World, upstream: str) -> None:
    with pytest.raises(errors.ClientError) as caught:
        world.generate().models.generate_content(model=f"model-{upstream}", contents="busy")
    assert (caught.value.code, caught.value.status) == (429, "RESOURCE_EXHAUSTED")
    details = caught.value.details["error"]["details"]
    assert details[0]["retryDelay"] == ("7.200s" if upstream == "gem" else "7s")


@FACES
def test_generate_cut_in_the_middle_is_an_error(world: World, upstream: str) -> None:
    with pytest.raises(errors.APIError) as caught:
        list(world.generate().models.generate_content_stream(model=f"model-{upstream}", contents="cut"))
    assert caught.value.code == 502


def test_generate_with_another_key_is_refused(world: World) -> None:
    client = genai.Client(api_key="offr_no", http_options=types.HttpOptions(base_url=world.gateway.url))
    with pytest.raises(errors.ClientError) as caught:
        client.models.generate_content(model="model-a", contents="hi")
    assert (caught.value.code, caught.value.status) == (401, "UNAUTHENTICATED")
    client.close()


def test_server_tools_are_refused_by_name(world: World) -> None:
    config = types.GenerateContentConfig(tools=[types.Tool(google_search=types.GoogleSearch())])
    with pytest.raises(errors.ClientError) as caught:
        world.generate().models.generate_content(model="model-a", contents="news?", config=config)
    assert caught.value.code == 400
    assert "/tools/0/googleSearch" in str(caught.value)


def messages_loop(world: World, model: str, question: str, *, is_stream: bool, **more: Any) -> list[Any]:
    """A whole tool loop of a Messages client. The last of its messages is the answer."""
    turns: list[Any] = [{"role": "user", "content": question}]
    client = world.messages()
    for _ in range(4):
        options: Any = {
            "model": model,
            "max_tokens": 2000,
            "tools": MESSAGES_TOOLS,
            "messages": turns,
            **more,
        }
        if is_stream:
            with client.messages.stream(**options) as stream:
                said = stream.get_final_message()
        else:
            said = client.messages.create(**options)
        turns.append({"role": "assistant", "content": [block.to_dict() for block in said.content]})
        calls = [block for block in said.content if block.type == "tool_use"]
        if not calls:
            break
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": f"sunny in {call.input['city']}"}
            for call in reversed(calls)
        ]
        turns.append({"role": "user", "content": results})
    return turns


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("question", ["weather?", "weather in both?", "weather, and again?"])
@pytest.mark.parametrize("has_ids", [False, True])
def test_messages_tool_loop_with_seals(world: World, is_stream: bool, question: str, has_ids: bool) -> None:
    world.gem.has_ids = has_ids
    turns = messages_loop(world, "model-gem", question, is_stream=is_stream)
    assert turns[-1]["content"][-1]["text"] == "It is sunny, says gem"
    sent = world.gem.seen[-1]["contents"]
    sealed = [part for content in sent for part in content["parts"] if "thoughtSignature" in part]
    assert sealed
    assert all(part["thoughtSignature"] in world.gem.seals for part in sealed)
    assert "pattern" not in json.dumps(world.gem.seen[-1]["tools"])


@pytest.mark.parametrize("is_stream", [False, True])
def test_chat_tool_loop_with_seals(world: World, is_stream: bool) -> None:
    client = world.chat()
    turns: list[Any] = [{"role": "user", "content": "weather in both?"}]
    if is_stream:
        calls: dict[int, dict[str, str]] = {}
        for chunk in client.chat.completions.create(
            model="model-gem", messages=turns, tools=CHAT_TOOLS, stream=True
        ):
            for call in (chunk.choices[0].delta.tool_calls or ()) if chunk.choices else ():
                kept = calls.setdefault(call.index, {"id": "", "name": "", "arguments": ""})
                kept["id"] += call.id or ""
                kept["name"] += (call.function.name if call.function else "") or ""
                kept["arguments"] += (call.function.arguments if call.function else "") or ""
        made = [
            {"id": c["id"], "type": "function", "function": {"name": c["name"], "arguments": c["arguments"]}}
            for c in calls.values()
        ]
    else:
        said = client.chat.completions.create(model="model-gem", messages=turns, tools=CHAT_TOOLS)
        assert said.choices[0].finish_reason == "tool_calls"
        made = [call.to_dict() for call in said.choices[0].message.tool_calls or ()]  # type: ignore[misc]
    assert len(made) == 2
    turns.append({"role": "assistant", "content": None, "tool_calls": made})
    turns += [{"role": "tool", "tool_call_id": call["id"], "content": "sunny"} for call in made]
    said = client.chat.completions.create(model="model-gem", messages=turns, tools=CHAT_TOOLS)
    assert said.choices[0].message.content == "It is sunny, says gem"
    assert said.usage is not None
    assert (said.usage.prompt_tokens, said.usage.completion_tokens) == (15, 12)


def test_a_call_of_another_model_goes_on_here_and_says_so(world: World) -> None:
    turns: list[Any] = [
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_01", "name": "weather", "input": {"city": "Oslo"}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_01", "content": "no", "is_error": True},
            ],
        },
    ]
    raw = world.messages().messages.with_raw_response.create(
        model="model-gem", max_tokens=90, tools=MESSAGES_TOOLS, messages=turns
    )
    assert raw.parse().content[0].text == "It is sunny, says gem"  # type: ignore[union-attr]
    assert "messages.tool_use.signature" in raw.headers["offramp-loss"].split(", ")
    sent = world.gem.seen[-1]["contents"]
    assert sent[1]["parts"][0]["thoughtSignature"] == UNSEALED
    assert sent[2]["parts"][0]["functionResponse"]["response"] == {"error": "no"}


def test_a_seal_that_is_not_kept_is_refused_with_the_cause(world: World) -> None:
    call = {"type": "tool_use", "id": "toolu_of_sealed_lost", "name": "weather", "input": {"city": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_of_sealed_lost", "content": "sunny"}
    turns: list[Any] = [
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]},
    ]
    with pytest.raises(anthropic.BadRequestError) as caught:
        world.messages().messages.create(
            model="model-gem", max_tokens=90, tools=MESSAGES_TOOLS, messages=turns
        )
    assert "seal" in str(caught.value)
    turns += [{"role": "assistant", "content": "Sunny."}, {"role": "user", "content": "hello"}]
    said = world.messages().messages.create(model="model-gem", max_tokens=90, messages=turns)
    assert said.content[0].text == "Hello from gem"  # type: ignore[union-attr]


def test_another_application_cannot_use_a_seal(world: World) -> None:
    turns = messages_loop(world, "model-gem", "weather?", is_stream=False)[:3]
    other = anthropic.Anthropic(base_url=world.gateway.url, api_key=world.gateway.keys["lab"], max_retries=0)
    with pytest.raises(anthropic.BadRequestError, match="seal"):
        other.messages.create(model="model-gem", max_tokens=90, tools=MESSAGES_TOOLS, messages=turns)
    other.close()


def test_a_call_made_elsewhere_for_a_client_of_this_api_can_come_home(world: World) -> None:
    """What another model asked for is marked, so the client's history holds when the route leads here."""
    config = types.GenerateContentConfig(
        tools=[types.Tool(function_declarations=[WEATHER])],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    client = world.generate()
    away = client.chats.create(model="model-a", config=config)
    away.send_message("weather?")
    home = client.chats.create(model="model-gem", config=config, history=[*away.get_history()])
    said = home.send_message(types.Part.from_function_response(name="weather", response={"output": "sunny"}))
    assert said.text == "It is sunny, says gem"


@pytest.mark.parametrize("is_stream", [False, True])
def test_one_call_at_a_time(world: World, is_stream: bool) -> None:
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    turns = messages_loop(world, "model-gem", "weather in both?", is_stream=is_stream, tool_choice=choice)
    assert len([block for block in turns[1]["content"] if block["type"] == "tool_use"]) == 1
    assert turns[-1]["content"][-1]["text"] == "It is sunny, says gem"


def test_forced_and_forbidden_tools(world: World) -> None:
    client = world.messages()
    options: Any = {"model": "model-gem", "max_tokens": 90, "tools": MESSAGES_TOOLS}
    turns: Any = [{"role": "user", "content": "hi"}]
    client.messages.create(**options, messages=turns, tool_choice={"type": "tool", "name": "weather"})
    assert world.gem.seen[-1]["toolConfig"]["functionCallingConfig"] == {
        "mode": "ANY",
        "allowedFunctionNames": ["weather"],
    }
    said = client.messages.create(**options, messages=turns, tool_choice={"type": "none"})
    assert said.content[0].text == "Hello from gem"


def test_files_reach_it(world: World) -> None:
    png = "iVBORw0KGgo="
    content: Any = [
        {"type": "text", "text": "read"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png}},
        {"type": "image", "source": {"type": "url", "url": "https://example.org/a.webp"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
        },
    ]
    world.messages().messages.create(
        model="model-gem", max_tokens=90, messages=[{"role": "user", "content": content}]
    )
    parts = world.gem.seen[-1]["contents"][0]["parts"]
    assert parts[1:] == [
        {"inlineData": {"mimeType": "image/png", "data": png}},
        {"fileData": {"fileUri": "https://example.org/a.webp", "mimeType": "image/webp"}},
        {"inlineData": {"mimeType": "application/pdf", "data": "JVBERi0="}},
    ]


def test_refusals_failures_and_broken_calls(world: World) -> None:
    client = world.messages()

    def ask(text: str) -> Any:
        return client.messages.create(
            model="model-gem", max_tokens=90, messages=[{"role": "user", "content": text}]
        )

    assert ask("blocked").stop_reason == "refusal"
    with pytest.raises(anthropic.InternalServerError, match="cannot be read"):
        ask("malformed")
    with pytest.raises(anthropic.RateLimitError) as busy:
        ask("busy")
    assert busy.value.response.headers["retry-after"] == "8"


@pytest.mark.parametrize("what", ["cut", "half", "overload"])
def test_a_stream_that_breaks_never_ends_politely(world: World, what: str) -> None:
    seen = []
    with (
        pytest.raises(anthropic.APIStatusError),
        world.messages().messages.stream(
            model="model-gem", max_tokens=90, messages=[{"role": "user", "content": what}]
        ) as stream,
    ):
        seen += [event.type for event in stream]
    assert "message_stop" not in seen
    with pytest.raises(openai.APIError):
        list(
            world.chat().chat.completions.create(
                model="model-gem", messages=[{"role": "user", "content": what}], stream=True
            )
        )


def test_paths_and_keys_of_other_clients(world: World) -> None:
    body = b'{"contents": [{"parts": [{"text": "hi"}]}]}'
    key = world.gateway.keys["desk"]
    url = urlsplit(world.gateway.url)
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=60)
    connection.request("POST", f"/v1beta/models/model-b:streamGenerateContent?key={key}", body)
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.getheader("content-type") == "application/json"
    pieces = json.loads(answer.read())
    assert (
        "".join(piece["candidates"][0]["content"]["parts"][0]["text"] for piece in pieces) == "Hello from b"
    )
    assert pieces[-1]["candidates"][0]["finishReason"] == "STOP"
    connection.close()
    log = world.gateway.log.read_text()
    assert key not in log
    cloud = "/v1/projects/p/locations/l/publishers/google/models/model-gem:generateContent"
    told = plain_post(f"{world.gateway.url}{cloud}", body, {"authorization": f"Bearer {key}"})
    assert told.body["candidates"][0]["content"]["parts"] == [{"text": "Hello from gem"}]
