"""The cloud's own SDK against the gateway, and the gateway against a strict upstream of the cloud's API."""

import base64
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anthropic
import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, EventStreamError
from tests.gateway.conftest import Fake, Gateway, start_gateway, write_workspace
from tests.gateway.fake_bedrock import BEARER, KEY_ID, REGION, SECRET, TOKEN, FakeBedrock, run_fake_bedrock

ARN = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.example.model-v1:0"
MORE = """\
  cloud: {{targets: [{{upstream: cloud, model: "example.model-v1:0"}}]}}
  cloud-key: {{targets: [{{upstream: cloud-key, model: "{arn}"}}]}}
  invoke: {{targets: [{{upstream: invoke, model: "example.model-v1:0"}}]}}
  "{arn}": {{targets: [{{upstream: cloud, model: "*"}}]}}
  eu.example.other-v1:0: {{targets: [{{upstream: a, model: a-large}}]}}
"""
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TOOLS: dict[str, Any] = {
    "tools": [
        {
            "toolSpec": {
                "name": "weather",
                "description": "Tells the weather.",
                "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
            }
        }
    ]
}
FACES = ["model-a", "model-b", "cloud", "cloud-key", "invoke"]
"""Routes to an upstream of each kind."""


@dataclass
class World:
    gateway: Gateway
    cloud: FakeBedrock
    opened: list[Any] = field(default_factory=list)

    def client(self, *, signs: bool = False, application: str = "desk", **config: Any) -> Any:
        """The SDK as an application uses it: with a bearer token, or signing."""
        key = self.gateway.keys[application]
        session = boto3.Session(
            aws_access_key_id=application if signs else "none",
            aws_secret_access_key=key if signs else "none",
            region_name="eu-west-1",
        )
        settings = Config(retries={"total_max_attempts": 1}, **config)
        client = session.client("bedrock-runtime", endpoint_url=self.gateway.url, config=settings)
        if not signs:
            client.meta.events.register("before-send.*", _Bearer(key))
        self.opened.append(client)
        return client

    def messages(self) -> anthropic.Anthropic:
        """Another API's SDK at the same gateway."""
        client = anthropic.Anthropic(
            base_url=self.gateway.url, api_key=self.gateway.keys["desk"], max_retries=0
        )
        self.opened.append(client)
        return client

    def close(self) -> None:
        while self.opened:
            self.opened.pop().close()


class _Bearer:
    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: Any, **rest: Any) -> None:
        request.headers["authorization"] = f"Bearer {self._key}"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, fakes: dict[str, Fake]) -> Iterator[World]:
    root = tmp_path_factory.mktemp("bedrock")
    fake = run_fake_bedrock()
    cloud = next(fake)
    write_workspace(root, fakes)
    _add_cloud(root, cloud)
    environment = {
        "CLOUD_KEY_ID": KEY_ID,
        "CLOUD_SECRET": SECRET,
        "CLOUD_TOKEN": TOKEN,
        "CLOUD_BEARER": BEARER,
    }
    gateway = start_gateway(root, env=environment)
    yield World(gateway, cloud)
    assert gateway.stop() == 0
    next(fake, None)


@pytest.fixture
def world(running: World) -> Iterator[World]:
    running.cloud.refused.clear()
    yield running
    running.close()


def _add_cloud(root: Path, cloud: FakeBedrock) -> None:
    auth = (
        f"auth: {{scheme: sigv4, region: {REGION}, service: bedrock, key_id: {{env: CLOUD_KEY_ID}}, "
        "secret: {env: CLOUD_SECRET}, token: {env: CLOUD_TOKEN}}"
    )
    upstreams = (
        f'  cloud: {{vendor: example-c, dialect: bedrock-converse, url: "{cloud.url}", {auth}}}\n'
        f'  cloud-key: {{vendor: example-c, dialect: bedrock-converse, url: "{cloud.url}", '
        "key: {env: CLOUD_BEARER}}\n"
        f'  invoke: {{vendor: example-c, dialect: bedrock-invoke, url: "{cloud.url}", {auth}}}\n'
    )
    file = root / "offramp.yaml"
    text = file.read_text()
    text = text.replace("routes:\n", upstreams + "routes:\n").replace(
        "key: {file: keys/desk},", "key: {file: keys/desk}, signs: true,"
    )
    file.write_text(text + MORE.format(arn=ARN))


def said(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"text": text}]}], "inferenceConfig": {"maxTokens": 20}}


def texts(reply: Any) -> str:
    return "".join(block.get("text", "") for block in reply["output"]["message"]["content"])


@pytest.mark.parametrize("route", FACES)
@pytest.mark.parametrize("signs", [False, True])
def test_plain(world: World, route: str, signs: bool) -> None:
    reply = world.client(signs=signs).converse(modelId=route, **said("hi"))
    assert texts(reply).startswith("Hello")
    assert reply["stopReason"] == "end_turn"
    assert reply["usage"]["inputTokens"] == 11
    assert reply["usage"]["outputTokens"] == 7
    identity = reply["ResponseMetadata"]["RequestId"]
    assert identity.startswith("req_")
    assert world.gateway.entry(identity).data["outcome"] == "answered"


@pytest.mark.parametrize("route", FACES)
def test_stream(world: World, route: str) -> None:
    events = list(world.client().converse_stream(modelId=route, **said("hi"))["stream"])
    kinds = [next(iter(event)) for event in events]
    assert kinds[0] == "messageStart"
    assert kinds[-3:] == ["contentBlockStop", "messageStop", "metadata"]
    text = "".join(
        event["contentBlockDelta"]["delta"].get("text", "")
        for event in events
        if "contentBlockDelta" in event
    )
    assert text.startswith("Hello")
    assert events[-1]["metadata"]["usage"]["outputTokens"] == 7


@pytest.mark.parametrize("route", FACES)
def test_tools_to_the_end(world: World, route: str) -> None:
    client = world.client()
    asked = said("weather?")
    reply = client.converse(modelId=route, toolConfig=TOOLS, **asked)
    assert reply["stopReason"] == "tool_use"
    message = reply["output"]["message"]
    call = next(block["toolUse"] for block in message["content"] if "toolUse" in block)
    assert (call["name"], call["input"]) == ("weather", {"city": "Oslo"})
    assert call["toolUseId"].startswith("tooluse_")
    result = {"toolUseId": call["toolUseId"], "content": [{"json": {"sky": "sunny"}}], "status": "error"}
    asked["messages"] += [message, {"role": "user", "content": [{"toolResult": result}]}]
    again = client.converse(modelId=route, toolConfig=TOOLS, **asked)
    assert again["stopReason"] == "end_turn"


@pytest.mark.parametrize("route", FACES)
def test_streamed_tools(world: World, route: str) -> None:
    events = list(world.client().converse_stream(modelId=route, toolConfig=TOOLS, **said("both"))["stream"])
    starts = [event["contentBlockStart"] for event in events if "contentBlockStart" in event]
    assert starts[0]["start"]["toolUse"]["name"] == "weather"
    arguments: dict[int, str] = {}
    for event in events:
        delta = event.get("contentBlockDelta", {})
        if "toolUse" in delta.get("delta", {}):
            index = delta["contentBlockIndex"]
            arguments[index] = arguments.get(index, "") + delta["delta"]["toolUse"]["input"]
    assert json.loads(arguments[starts[0]["contentBlockIndex"]]) == {"city": "Oslo"}


def test_a_failed_tool_stays_failed(world: World) -> None:
    client = world.messages()
    tools: Any = [{"name": "weather", "input_schema": {"type": "object"}}]
    messages: Any = [
        {"role": "user", "content": "weather?"},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "no", "is_error": True}],
        },
    ]
    client.messages.create(model="cloud", max_tokens=9, messages=messages, tools=tools)
    result = world.cloud.last().body["messages"][2]["content"][0]["toolResult"]
    assert result == {"toolUseId": "toolu_1", "content": [{"text": "no"}], "status": "error"}


@pytest.mark.parametrize("route", FACES)
def test_images(world: World, route: str) -> None:
    asked = said("look")
    asked["messages"][0]["content"].append({"image": {"format": "png", "source": {"bytes": PIXEL}}})
    world.client().converse(modelId=route, **asked)
    if route in ("cloud", "cloud-key"):
        sent = world.cloud.last().body["messages"][0]["content"][1]["image"]["source"]["bytes"]
        assert base64.b64decode(sent) == PIXEL


@pytest.mark.parametrize("route", ["cloud", "model-a", "invoke"])
def test_documents(world: World, route: str) -> None:
    asked = said("read")
    document = {"format": "pdf", "name": "Permit (1)", "source": {"bytes": b"%PDF-1.7 example"}}
    asked["messages"][0]["content"].append({"document": document})
    world.client().converse(modelId=route, **asked)


@pytest.mark.parametrize(
    ("word", "name", "status"),
    [
        ("busy", "ThrottlingException", 429),
        ("slowmodel", "ModelTimeoutException", 408),
        ("unready", "ModelNotReadyException", 429),
        ("full", "ServiceUnavailableException", 503),
        ("deny", "ModelErrorException", 424),
        ("badmodel", "ModelErrorException", 424),
    ],
)
def test_errors_by_name(world: World, word: str, name: str, status: int) -> None:
    client = world.client()
    with pytest.raises(ClientError) as caught:
        client.converse(modelId="cloud", **said(word))
    assert isinstance(caught.value, getattr(client.exceptions, name))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_errors_of_other_apis_by_name(world: World) -> None:
    client = world.client()
    with pytest.raises(client.exceptions.ThrottlingException) as caught:
        client.converse(modelId="model-b", **said("busy"))
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.converse(modelId="unheard-of", **said("hi"))


@pytest.mark.parametrize("route", ["cloud", "invoke"])
def test_an_exception_midway_is_told_in_every_api(world: World, route: str) -> None:
    stream = world.client().converse_stream(modelId=route, **said("throttle midway"))["stream"]
    with closing(stream), pytest.raises(EventStreamError, match="throttlingException"):
        list(stream)
    client = world.messages()
    with (
        pytest.raises(anthropic.APIStatusError, match="rate_limit_error"),
        client.messages.stream(
            model=route, max_tokens=9, messages=[{"role": "user", "content": "throttle midway"}]
        ) as events,
    ):
        list(events)


@pytest.mark.parametrize("route", ["cloud", "invoke", "model-a", "model-b"])
def test_a_cut_is_never_an_end(world: World, route: str) -> None:
    stream = world.client().converse_stream(modelId=route, **said("cut"))["stream"]
    with closing(stream), pytest.raises(EventStreamError, match="modelStreamErrorException"):
        list(stream)


MESSAGES_BODY: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 20,
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.mark.parametrize("route", FACES)
def test_invoke_model(world: World, route: str) -> None:
    reply = world.client().invoke_model(modelId=route, body=json.dumps(MESSAGES_BODY))
    body = json.loads(reply["body"].read())
    assert body["content"][0]["text"].startswith("Hello")
    assert body["stop_reason"] == "end_turn"


@pytest.mark.parametrize("route", FACES)
def test_invoke_model_streamed(world: World, route: str) -> None:
    client = world.client(signs=True)
    reply = client.invoke_model_with_response_stream(modelId=route, body=json.dumps(MESSAGES_BODY))
    events = [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]
    kinds = [event["type"] for event in events]
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"


@pytest.mark.parametrize("route", ["invoke", "cloud", "model-b", ARN])
@pytest.mark.parametrize("signs", [False, True])
def test_the_vendors_own_cloud_client(world: World, route: str, signs: bool) -> None:
    key = world.gateway.keys["desk"]
    own: dict[str, Any] = {"api_key": key}
    if signs:
        own = {"aws_access_key": "desk", "aws_secret_key": key}
    client = anthropic.AnthropicBedrock(
        base_url=world.gateway.url, aws_region="eu-west-1", max_retries=0, **own
    )
    world.opened.append(client)
    messages: Any = [{"role": "user", "content": "hi"}]
    reply = client.messages.create(model=route, max_tokens=9, messages=messages)
    assert getattr(reply.content[0], "text", "").startswith("Hello")
    with client.messages.stream(model=route, max_tokens=9, messages=messages) as stream:
        assert "".join(stream.text_stream).startswith("Hello")


def test_models_are_named_as_their_callers_name_them(world: World) -> None:
    client = world.client(signs=True)
    client.converse(modelId=ARN, **said("hi"))
    assert world.cloud.last().model == ARN
    client.converse(modelId="cloud-key", **said("hi"))
    assert world.cloud.last().model == ARN
    reply = client.converse(modelId="eu.example.other-v1:0", **said("hi"))
    headers = reply["ResponseMetadata"]["HTTPHeaders"]
    assert headers["offramp-served-by"] == "a/a-large"


def test_pass_through_keeps_every_byte_of_a_frame(world: World) -> None:
    events = list(world.client().converse_stream(modelId="cloud", **said("think"))["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    assert {"reasoningContent": {"signature": "c2VhbA=="}} in deltas
    assert events[-1]["metadata"]["metrics"]["latencyMs"] == 12


def test_passed_requests_go_up_as_they_came(world: World) -> None:
    asked = said("hi")
    extra = {"guardrailConfig": {"guardrailIdentifier": "abc", "guardrailVersion": "1"}}
    world.client().converse(modelId="cloud", requestMetadata={"team": "permits"}, **asked, **extra)
    assert world.cloud.last().body["guardrailConfig"] == extra["guardrailConfig"]
    client = world.client()
    with pytest.raises(client.exceptions.ValidationException, match="guardrailConfig"):
        client.converse(modelId="model-a", **asked, **extra)


def test_a_guardrail_in_a_header_is_passed_or_refused(world: World) -> None:
    client = world.client(signs=True)
    own = {"guardrailIdentifier": "abc", "guardrailVersion": "1", "body": json.dumps(MESSAGES_BODY)}
    client.invoke_model(modelId="invoke", **own)
    assert world.cloud.last().headers["x-amzn-bedrock-guardrailidentifier"] == "abc"
    with pytest.raises(client.exceptions.ValidationException, match="guardrail"):
        client.invoke_model(modelId="cloud", **own)


def test_tokens_are_counted_and_models_listed(world: World) -> None:
    client = world.client(signs=True)
    asked = {"converse": {"messages": said("12345678")["messages"]}}
    assert client.count_tokens(modelId="cloud-key", input=asked)["inputTokens"] == 77
    assert world.cloud.last().model == ARN
    assert client.count_tokens(modelId="model-b", input=asked)["inputTokens"] == 6
    key = world.gateway.keys["desk"]
    control = boto3.Session(
        aws_access_key_id="desk", aws_secret_access_key=key, region_name="eu-west-1"
    ).client("bedrock", endpoint_url=world.gateway.url)
    world.opened.append(control)
    listed = {model["modelId"] for model in control.list_foundation_models()["modelSummaries"]}
    assert {"cloud", "model-a", ARN} <= listed


def refused(world: World, **session: Any) -> Any:
    """The error a signing client gets."""
    credentials = {
        "aws_access_key_id": "desk",
        "aws_secret_access_key": world.gateway.keys["desk"],
        **session,
    }
    client = boto3.Session(region_name="eu-west-1", **credentials).client(
        "bedrock-runtime", endpoint_url=world.gateway.url, config=Config(retries={"total_max_attempts": 1})
    )
    world.opened.append(client)
    with pytest.raises(ClientError) as caught:
        client.converse(modelId="cloud", **said("hi"))
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    return caught.value.response["Error"]["Code"]


def test_signatures_that_are_not_the_callers_are_refused(world: World) -> None:
    assert refused(world, aws_secret_access_key="another") == "InvalidSignatureException"
    assert refused(world, aws_access_key_id="nobody") == "UnrecognizedClientException"
    # A key that is kept as a digest only cannot check a signature.
    assert (
        refused(world, aws_access_key_id="lab", aws_secret_access_key=world.gateway.keys["lab"])
        == "UnrecognizedClientException"
    )


def test_a_request_that_was_changed_on_its_way_is_refused(world: World) -> None:
    client = world.client(signs=True)

    def change(request: Any, **rest: Any) -> None:
        request.body = request.body.replace(b"hi", b"ho")

    client.meta.events.register("before-send.*", change)
    with pytest.raises(ClientError, match="InvalidSignatureException"):
        client.converse(modelId="cloud", **said("hi"))


def test_an_unsigned_request_is_refused(world: World) -> None:
    client = world.client(signs=True)

    def change(request: Any, **rest: Any) -> None:
        del request.headers["authorization"]

    client.meta.events.register("before-send.*", change)
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        client.converse(modelId="cloud", **said("hi"))


def test_signatures_are_taken_on_every_path(world: World) -> None:
    """As a cloud's own client of another API sends them."""
    body = json.dumps({"model": "model-b", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]})
    request = AWSRequest(
        "POST",
        f"{world.gateway.url}/v1/messages",
        data=body,
        headers={"content-type": "application/json", "anthropic-version": "2023-06-01"},
    )
    SigV4Auth(Credentials("desk", world.gateway.keys["desk"]), "any", "any").add_auth(request)
    sent = urllib.request.Request(request.url, body.encode(), dict(request.headers), method="POST")
    with urllib.request.urlopen(sent) as answer:
        assert json.loads(answer.read())["type"] == "message"


def test_a_secret_is_nowhere_in_the_log_or_the_ledger(world: World) -> None:
    told = world.gateway.log.read_text() + str([entry.data for entry in world.gateway.entries()])
    for secret in (SECRET, TOKEN, BEARER, *world.gateway.keys.values()):
        assert secret not in told


UNCHANGED = """
import boto3
client = boto3.client("bedrock-runtime", region_name="eu-west-1")
said = [{"role": "user", "content": [{"text": "hi"}]}]
print(client.converse(modelId="model-b", messages=said)["stopReason"])
"""


def test_a_program_moves_by_its_environment_alone(world: World) -> None:
    key = world.gateway.keys["desk"]
    done = subprocess.run(
        [sys.executable, "-c", UNCHANGED],
        env={
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": world.gateway.url,
            "AWS_ACCESS_KEY_ID": "desk",
            "AWS_SECRET_ACCESS_KEY": key,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "end_turn\n", done.stderr
