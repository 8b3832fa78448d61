"""The cloud's SDK, `boto3`, for the Converse API: how it asks, and what it saw in words of `scenarios`."""

import base64
import json
from contextlib import closing
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from tests.sdk.asking import WEATHER
from tests.sdk.scenarios import LONG, PDF, PIXEL, SCHEMA, Scenario

JsonObject = dict[str, Any]
CALL = {"toolUseId": "tooluse_01", "name": "weather", "input": {"city": "Oslo"}}
SPEC = {"name": "weather", "description": "Says the weather.", "inputSchema": {"json": WEATHER}}


def asked(scenario: str) -> JsonObject:
    """Arguments of `converse`."""
    plain: JsonObject = {"inferenceConfig": {"maxTokens": 1000}, "messages": [_user({"text": "Hello"})]}
    tools: JsonObject = {"toolConfig": {"tools": [{"toolSpec": SPEC}]}}
    file = {"name": "a", "format": "pdf", "source": {"bytes": base64.b64decode(PDF)}}
    image = {"format": "png", "source": {"bytes": base64.b64decode(PIXEL)}}
    schema = {"jsonSchema": {"name": "city", "schema": json.dumps(SCHEMA)}}
    match scenario:
        case "tool-forced":
            choice = {"tool": {"name": "weather"}}
            return {**plain, "toolConfig": {**tools["toolConfig"], "toolChoice": choice}}
        case "tool-result":
            return {**plain, **tools, "messages": _results({"text": "18 degrees"}, "success")}
        case "tool-failed":
            return {**plain, **tools, "messages": _results({"text": "no such city"}, "error")}
        case "image":
            return {**plain, "messages": [_user({"image": image}, {"text": "Look"})]}
        case "pdf":
            return {**plain, "messages": [_user({"document": file}, {"text": "Look"})]}
        case "structured":
            return {**plain, "outputConfig": {"textFormat": {"type": "json_schema", "structure": schema}}}
        case "long":
            return {**plain, "system": [{"text": LONG}]}
        case _:
            return {**plain, **tools} if scenario.startswith("tool") else plain


def _user(*blocks: JsonObject) -> JsonObject:
    return {"role": "user", "content": list(blocks)}


def _results(content: JsonObject, status: str) -> list[JsonObject]:
    result = {"toolUseId": "tooluse_01", "content": [content], "status": status}
    return [
        _user({"text": "Hello"}),
        {"role": "assistant", "content": [{"text": "Let me see."}, {"toolUse": CALL}]},
        _user({"toolResult": result}, {"text": "And?"}),
    ]


def converse(url: str, key: str, model: str, scenario: Scenario) -> JsonObject:
    """The SDK `boto3`, with the caller's key as its bearer token."""
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name="eu-west-1")
    config = Config(retries={"total_max_attempts": 1})
    client = session.client("bedrock-runtime", endpoint_url=url, config=config)

    def authorise(request: Any, **rest: Any) -> None:
        request.headers["authorization"] = f"Bearer {key}"

    client.meta.events.register("before-send.*", authorise)
    try:
        if scenario.is_streamed:
            with closing(client.converse_stream(modelId=model, **asked(scenario.name))["stream"]) as stream:
                return _streamed(stream, scenario)
        answer = client.converse(modelId=model, **asked(scenario.name))
    except EventStreamError:
        return {"error": "broken"}
    except ClientError as error:
        return {"error": _kind(error)}
    finally:
        client.close()
    assert answer["usage"]["outputTokens"] == 7
    blocks = answer["output"]["message"]["content"]
    texts = [block["text"] for block in blocks if "text" in block]
    calls = [[block["toolUse"]["name"], block["toolUse"]["input"]] for block in blocks if "toolUse" in block]
    return {"text": "".join(texts), "calls": calls, "stop": _stop(answer["stopReason"])}


def _streamed(stream: Any, scenario: Scenario) -> JsonObject:
    text, stop, used = "", "", 0
    calls: dict[int, list[str]] = {}
    for event in stream:
        match event:
            case {"contentBlockStart": {"contentBlockIndex": index, "start": {"toolUse": call}}}:
                calls[index] = [call["name"], ""]
            case {"contentBlockDelta": {"contentBlockIndex": index, "delta": {"toolUse": call}}}:
                calls[index][1] += call["input"]
            case {"contentBlockDelta": {"delta": {"text": piece}}}:
                text += piece
                if scenario.said.breaks == "hangs":
                    return {"left": True}
            case {"messageStop": {"stopReason": reason}}:
                stop = _stop(reason)
            case {"metadata": {"usage": usage}}:
                used = usage["outputTokens"]
    assert used == 7
    return {"text": text, "calls": [[name, json.loads(said)] for name, said in calls.values()], "stop": stop}


def _stop(reason: str) -> str:
    return {"end_turn": "end", "tool_use": "tools"}.get(reason, reason)


def _kind(error: ClientError) -> str:
    answer = error.response["ResponseMetadata"]
    if answer["HTTPStatusCode"] == 429:
        assert answer["HTTPHeaders"]["retry-after"] == "0"
    return {
        "ThrottlingException": "limit",
        "ValidationException": "invalid",
        "ServiceUnavailableException": "overloaded",
        "ModelErrorException": "upstream",
    }[error.response["Error"]["Code"]]
