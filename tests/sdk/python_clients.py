"""The official Python SDKs, each brought to say what it saw in the words of `scenarios.expected`.

An SDK joins by one more entry in `CLIENTS`.
"""

import base64
import json
from collections.abc import Callable
from typing import Any

import anthropic
import boto3
import openai
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from google import genai
from tests.sdk.asking import ASKED
from tests.sdk.scenarios import Scenario

Outcome = dict[str, Any]


def messages(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `anthropic`."""
    return _messages(anthropic.Anthropic(base_url=url, api_key=key, max_retries=0), model, scenario)


def in_the_cloud(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `anthropic` as it speaks to the cloud, with the key as a signing secret."""
    client = anthropic.AnthropicBedrock(
        base_url=url, aws_access_key="desk", aws_secret_key=key, aws_region="eu-west-1", max_retries=0
    )
    return _messages(client, model, scenario)


def _messages(client: Any, model: str, scenario: Scenario) -> Outcome:
    asked = {"model": model, **ASKED["anthropic-messages"](scenario.name)}
    is_in_cloud = isinstance(client, anthropic.AnthropicBedrock)
    try:
        if not scenario.is_streamed:
            answer = client.messages.create(**asked)
        else:
            with client.messages.stream(**asked) as stream:
                for _ in stream.text_stream:
                    if scenario.said.breaks == "hangs":
                        return {"left": True}
                answer = stream.get_final_message()
    except anthropic.APIStatusError as error:
        return {"error": _kind(error, anthropic, scenario)}
    except (EventStreamError, anthropic.APIError):
        if scenario.said.breaks:
            return {"error": "broken"}
        raise
    finally:
        client.close()
    texts = [block.text for block in answer.content if block.type == "text"]
    calls = [[block.name, block.input] for block in answer.content if block.type == "tool_use"]
    # What passes in the cloud's envelope names the model by the vendor's own name.
    assert is_in_cloud or answer.model == model
    assert answer.usage.output_tokens == 7
    stop = {"end_turn": "end", "tool_use": "tools"}.get(str(answer.stop_reason), answer.stop_reason)
    return {"text": "".join(texts), "calls": calls, "stop": stop}


def chat(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `openai`, Chat Completions."""
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
    asked = {"model": model, **ASKED["openai-chat"](scenario.name)}
    try:
        if not scenario.is_streamed:
            answer = client.chat.completions.create(**asked)
        else:
            with client.chat.completions.stream(**asked, stream_options={"include_usage": True}) as stream:
                for event in stream:
                    if scenario.said.breaks == "hangs" and event.type == "content.delta":
                        return {"left": True}
                answer = stream.get_final_completion()
    except openai.APIStatusError as error:
        return {"error": _kind(error, openai, scenario)}
    except openai.APIError:
        return {"error": "broken"}
    finally:
        client.close()
    (choice,) = answer.choices
    assert answer.model == model
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 7
    calls = [
        [call.function.name, json.loads(call.function.arguments)]
        for call in choice.message.tool_calls or ()
        if call.type == "function"
    ]
    stop = {"stop": "end", "tool_calls": "tools"}.get(choice.finish_reason, choice.finish_reason)
    return {"text": choice.message.content or "", "calls": calls, "stop": stop}


def responses(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `openai`, Responses."""
    client = openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0)
    asked = {"model": model, **ASKED["openai-responses"](scenario.name)}
    try:
        if not scenario.is_streamed:
            answer = client.responses.create(**asked)
        else:
            with client.responses.stream(**asked) as stream:
                for event in stream:
                    if scenario.said.breaks == "hangs" and event.type == "response.output_text.delta":
                        return {"left": True}
                    if event.type == "error":
                        return {"error": "broken"}
                answer = stream.get_final_response()
    except openai.APIStatusError as error:
        return {"error": _kind(error, openai, scenario)}
    except (openai.APIError, RuntimeError):
        return {"error": "broken"}
    finally:
        client.close()
    assert answer.status == "completed"
    assert answer.usage is not None
    assert answer.usage.output_tokens == 7
    calls = [
        [item.name, json.loads(item.arguments)] for item in answer.output if item.type == "function_call"
    ]
    return {"text": answer.output_text, "calls": calls, "stop": "tools" if calls else "end"}


def generate(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `google-genai`."""
    options = genai.types.HttpOptions(base_url=url)
    client = genai.Client(api_key=key, http_options=options)
    asked = ASKED["gemini-generate"](scenario.name)
    calls: list[Any] = []
    texts: list[str] = []
    last: Any = None
    try:
        if scenario.is_streamed:
            for last in client.models.generate_content_stream(model=model, **asked):
                if scenario.said.breaks == "hangs":
                    return {"left": True}
                _collect(last, texts, calls)
        else:
            last = client.models.generate_content(model=model, **asked)
            _collect(last, texts, calls)
    except genai.errors.APIError as error:
        return {"error": _GENERATE.get(error.code, "upstream") if not scenario.said.breaks else "broken"}
    except Exception as error:
        if scenario.said.breaks in ("cut", "error"):
            return {"error": "broken"}
        raise AssertionError(scenario.name) from error
    finally:
        client.close()
    assert last.usage_metadata.candidates_token_count == 7
    assert last.candidates[0].finish_reason == "STOP"
    return {"text": "".join(texts), "calls": calls, "stop": "tools" if calls else "end"}


_GENERATE = {400: "invalid", 429: "limit", 503: "overloaded"}


def _collect(answer: Any, texts: list[str], calls: list[Any]) -> None:
    for part in answer.candidates[0].content.parts or ():
        if part.text:
            texts.append(part.text)
        if part.function_call:
            calls.append([part.function_call.name, part.function_call.args])


def _cloud(url: str, key: str) -> Any:
    session = boto3.Session(aws_access_key_id="desk", aws_secret_access_key=key, region_name="eu-west-1")
    config = Config(retries={"total_max_attempts": 1})
    return session.client("bedrock-runtime", endpoint_url=url, config=config)


def invoke(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `boto3`, InvokeModel, which leaves body and events to whoever uses it."""
    client = _cloud(url, key)
    body = json.dumps(ASKED["bedrock-invoke"](scenario.name))
    try:
        if not scenario.is_streamed:
            answer = json.loads(client.invoke_model(modelId=model, body=body)["body"].read())
            return _invoked(answer["content"], answer["stop_reason"])
        stream = client.invoke_model_with_response_stream(modelId=model, body=body)["body"]
        blocks: list[Any] = []
        stop = ""
        try:
            for event in stream:
                piece = json.loads(event["chunk"]["bytes"])
                if piece["type"] == "content_block_start":
                    blocks.append({**piece["content_block"], "arguments": ""})
                elif piece["type"] == "content_block_delta":
                    if scenario.said.breaks == "hangs":
                        return {"left": True}
                    blocks[-1]["arguments"] += piece["delta"].get("partial_json", "")
                    blocks[-1]["text"] = blocks[-1].get("text", "") + piece["delta"].get("text", "")
                elif piece["type"] == "message_delta":
                    stop = piece["delta"]["stop_reason"]
        finally:
            stream.close()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {"error": _CONVERSE.get(code, "upstream") if not scenario.said.breaks else "broken"}
    except EventStreamError:
        return {"error": "broken"}
    finally:
        client.close()
    for block in blocks:
        block["input"] = json.loads(block["arguments"] or "{}")
    return _invoked(blocks, stop)


def _invoked(blocks: list[Any], stop: str) -> Outcome:
    calls = [[block["name"], block["input"]] for block in blocks if block["type"] == "tool_use"]
    text = "".join(block["text"] for block in blocks if block["type"] == "text")
    return {"text": text, "calls": calls, "stop": _STOPS[stop]}


def converse(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `boto3`, Converse, with the key as a signing secret."""
    client = _cloud(url, key)
    asked = _as_bytes(ASKED["bedrock-converse"](scenario.name))
    try:
        if scenario.is_streamed:
            return _streamed(client.converse_stream(modelId=model, **asked), scenario)
        answer = client.converse(modelId=model, **asked)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return {"error": _CONVERSE.get(code, "upstream") if not scenario.said.breaks else "broken"}
    except EventStreamError:
        return {"error": "broken"}
    finally:
        client.close()
    assert answer["usage"]["outputTokens"] == 7
    blocks = answer["output"]["message"]["content"]
    calls = [[one["toolUse"]["name"], one["toolUse"]["input"]] for one in blocks if "toolUse" in one]
    text = "".join(one["text"] for one in blocks if "text" in one)
    return {"text": text, "calls": calls, "stop": _STOPS[answer["stopReason"]]}


_CONVERSE = {
    "ValidationException": "invalid",
    "ThrottlingException": "limit",
    "ServiceUnavailableException": "overloaded",
    "ModelNotReadyException": "overloaded",
}
_STOPS = {"end_turn": "end", "tool_use": "tools"}


def _streamed(answer: Any, scenario: Scenario) -> Outcome:
    texts: list[str] = []
    calls: dict[int, list[str]] = {}
    stop = ""
    try:
        for event in answer["stream"]:
            if "contentBlockStart" in event:
                start = event["contentBlockStart"]
                if "toolUse" in start.get("start", {}):
                    calls[start["contentBlockIndex"]] = [start["start"]["toolUse"]["name"], ""]
            if "contentBlockDelta" in event:
                if scenario.said.breaks == "hangs":
                    return {"left": True}
                delta = event["contentBlockDelta"]["delta"]
                texts.append(delta.get("text", ""))
                if "toolUse" in delta:
                    calls[event["contentBlockDelta"]["contentBlockIndex"]][1] += delta["toolUse"]["input"]
            if "messageStop" in event:
                stop = _STOPS[event["messageStop"]["stopReason"]]
    finally:
        answer["stream"].close()
    found = [[name, json.loads(arguments)] for name, arguments in calls.values()]
    return {"text": "".join(texts), "calls": found, "stop": stop}


def _as_bytes(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: base64.b64decode(item) if name == "bytes" else _as_bytes(item)
            for name, item in value.items()
        }
    return [_as_bytes(item) for item in value] if isinstance(value, list) else value


def _kind(error: Any, sdk: Any, scenario: Scenario) -> str:
    if scenario.said.breaks:
        return "broken"
    if isinstance(error, sdk.RateLimitError):
        assert error.response.headers["retry-after"] == "0"
        return "limit"
    if isinstance(error, sdk.BadRequestError):
        return "invalid"
    return "overloaded" if error.status_code in (503, 529) else "upstream"


CLIENTS: dict[str, Callable[[str, str, str, Scenario], Outcome]] = {
    "anthropic-messages": messages,
    "bedrock-converse": converse,
    "bedrock-invoke": invoke,
    "bedrock-invoke by anthropic": in_the_cloud,
    "gemini-generate": generate,
    "openai-chat": chat,
    "openai-responses": responses,
}
"""Slug of a face to its Python SDK; a second one says whose it is."""
