"""How each API asks for each scenario, as its official SDKs take it: the same for Python and Node.

An API joins by one more entry in `ASKED`.
"""

import json
from collections.abc import Callable
from typing import Any

from tests.sdk.scenarios import LONG, PDF, PIXEL, SCHEMA

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
JsonObject = dict[str, Any]


def messages(scenario: str) -> JsonObject:
    """Arguments of `messages.create`."""
    asked: JsonObject = {"max_tokens": 1000, "messages": [{"role": "user", "content": "Hello"}]}
    tools = [{"name": "weather", "description": "Says the weather.", "input_schema": WEATHER}]
    call = {"type": "tool_use", "id": "toolu_01", "name": "weather", "input": {"city": "Oslo"}}

    def results(**more: Any) -> JsonObject:
        result = {"type": "tool_result", "tool_use_id": "toolu_01", **more}
        turns = [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": [{"type": "text", "text": "Let me see."}, call]},
            {"role": "user", "content": [result, {"type": "text", "text": "And?"}]},
        ]
        return {**asked, "tools": tools, "messages": turns}

    def user(*blocks: JsonObject) -> JsonObject:
        content = [*blocks, {"type": "text", "text": "Look"}]
        return {**asked, "messages": [{"role": "user", "content": content}]}

    def by_value(media_type: str, data: str) -> JsonObject:
        return {"type": "base64", "media_type": media_type, "data": data}

    special: dict[str, Callable[[], JsonObject]] = {
        "tool-forced": lambda: {
            **asked,
            "tools": tools,
            "tool_choice": {"type": "tool", "name": "weather", "disable_parallel_tool_use": True},
        },
        "tool-result": lambda: results(content=[{"type": "text", "text": "18 degrees"}]),
        "tool-failed": lambda: results(content="no such city", is_error=True),
        "image": lambda: user({"type": "image", "source": by_value("image/png", PIXEL)}),
        "pdf": lambda: user(
            {"type": "document", "title": "a.pdf", "source": by_value("application/pdf", PDF)}
        ),
        "structured": lambda: {
            **asked,
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        },
        "long": lambda: {**asked, "system": LONG},
    }
    if scenario in special:
        return special[scenario]()
    return {**asked, "tools": tools} if scenario.startswith("tool") else asked


def chat(scenario: str) -> JsonObject:
    """Arguments of `chat.completions.create`."""
    asked: JsonObject = {"messages": [{"role": "user", "content": "Hello"}], "max_completion_tokens": 1000}
    function = {"name": "weather", "description": "Says the weather.", "parameters": WEATHER}
    tools = [{"type": "function", "function": function}]
    call = {
        "id": "call_01",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
    }

    def results(text: str) -> JsonObject:
        turns = [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Let me see.", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_01", "content": text},
            {"role": "user", "content": "And?"},
        ]
        return {**asked, "tools": tools, "messages": turns}

    def user(part: JsonObject) -> JsonObject:
        return {**asked, "messages": [{"role": "user", "content": [part, {"type": "text", "text": "Look"}]}]}

    special: dict[str, Callable[[], JsonObject]] = {
        "tool-forced": lambda: {
            **asked,
            "tools": tools,
            "tool_choice": {"type": "function", "function": {"name": "weather"}},
            "parallel_tool_calls": False,
        },
        "tool-result": lambda: results("18 degrees"),
        "tool-failed": lambda: results("no such city"),
        "image": lambda: user({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}),
        "pdf": lambda: user(
            {
                "type": "file",
                "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
            }
        ),
        "structured": lambda: {
            **asked,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "city", "strict": True, "schema": SCHEMA},
            },
        },
        "long": lambda: {
            **asked,
            "messages": [{"role": "system", "content": LONG}, {"role": "user", "content": "Hello"}],
        },
    }
    if scenario in special:
        return special[scenario]()
    return {**asked, "tools": tools} if scenario.startswith("tool") else asked


def responses(scenario: str) -> JsonObject:
    """Arguments of `responses.create`."""
    asked: JsonObject = {"input": "Hello", "max_output_tokens": 1000, "store": False}
    tools = [
        {
            "type": "function",
            "name": "weather",
            "description": "Says the weather.",
            "parameters": WEATHER,
            "strict": False,
        }
    ]
    call = {
        "type": "function_call",
        "call_id": "call_01",
        "name": "weather",
        "arguments": '{"city": "Oslo"}',
    }

    def results(text: str) -> JsonObject:
        items = [
            {"role": "user", "content": "Hello"},
            call,
            {"type": "function_call_output", "call_id": "call_01", "output": text},
            {"role": "user", "content": "And?"},
        ]
        return {**asked, "tools": tools, "input": items}

    def user(part: JsonObject) -> JsonObject:
        content = [part, {"type": "input_text", "text": "Look"}]
        return {**asked, "input": [{"role": "user", "content": content}]}

    special: dict[str, Callable[[], JsonObject]] = {
        "tool-forced": lambda: {
            **asked,
            "tools": tools,
            "tool_choice": {"type": "function", "name": "weather"},
            "parallel_tool_calls": False,
        },
        "tool-result": lambda: results("18 degrees"),
        "tool-failed": lambda: results("no such city"),
        "image": lambda: user(
            {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{PIXEL}"}
        ),
        "pdf": lambda: user(
            {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}
        ),
        "structured": lambda: {
            **asked,
            "text": {"format": {"type": "json_schema", "name": "city", "strict": True, "schema": SCHEMA}},
        },
        "long": lambda: {**asked, "instructions": LONG},
    }
    if scenario in special:
        return special[scenario]()
    return {**asked, "tools": tools} if scenario.startswith("tool") else asked


def generate(scenario: str) -> JsonObject:
    """Arguments of `models.generate_content`, spelt as Node and the API spell them."""
    config: JsonObject = {"maxOutputTokens": 1000}
    contents: list[JsonObject] = [{"role": "user", "parts": [{"text": "Hello"}]}]
    function = {"name": "weather", "description": "Says the weather.", "parametersJsonSchema": WEATHER}
    tooled = {**config, "tools": [{"functionDeclarations": [function]}]}

    def results(response: JsonObject) -> JsonObject:
        call = {"functionCall": {"name": "weather", "args": {"city": "Oslo"}}, "thoughtSignature": "c2ln"}
        answer = {"functionResponse": {"name": "weather", "response": response}}
        turns = [
            *contents,
            {"role": "model", "parts": [{"text": "Let me see."}, call]},
            {"role": "user", "parts": [answer, {"text": "And?"}]},
        ]
        return {"contents": turns, "config": tooled}

    def user(media_type: str, data: str) -> JsonObject:
        part = {"inlineData": {"mimeType": media_type, "data": data}}
        return {"contents": [{"role": "user", "parts": [part, {"text": "Look"}]}], "config": config}

    forced = {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["weather"]}}
    special: dict[str, Callable[[], JsonObject]] = {
        "tool-forced": lambda: {"contents": contents, "config": {**tooled, "toolConfig": forced}},
        "tool-result": lambda: results({"output": "18 degrees"}),
        "tool-failed": lambda: results({"error": "no such city"}),
        "image": lambda: user("image/png", PIXEL),
        "pdf": lambda: user("application/pdf", PDF),
        "structured": lambda: {
            "contents": contents,
            "config": {
                **config,
                "responseMimeType": "application/json",
                "responseJsonSchema": SCHEMA,
            },
        },
        "long": lambda: {"contents": contents, "config": {**config, "systemInstruction": LONG}},
    }
    if scenario in special:
        return special[scenario]()
    return {"contents": contents, "config": tooled if scenario.startswith("tool") else config}


def converse(scenario: str) -> JsonObject:
    """Arguments of `converse`; bytes are base64 here, and made bytes by the client."""
    asked: JsonObject = {
        "messages": [{"role": "user", "content": [{"text": "Hello"}]}],
        "inferenceConfig": {"maxTokens": 1000},
    }
    spec = {"name": "weather", "description": "Says the weather.", "inputSchema": {"json": WEATHER}}
    tools: JsonObject = {"tools": [{"toolSpec": spec}]}
    call = {"toolUse": {"toolUseId": "tooluse_01", "name": "weather", "input": {"city": "Oslo"}}}

    def results(text: str, status: str) -> JsonObject:
        result = {"toolUseId": "tooluse_01", "content": [{"text": text}], "status": status}
        turns = [
            {"role": "user", "content": [{"text": "Hello"}]},
            {"role": "assistant", "content": [{"text": "Let me see."}, call]},
            {"role": "user", "content": [{"toolResult": result}, {"text": "And?"}]},
        ]
        return {**asked, "toolConfig": tools, "messages": turns}

    def user(block: JsonObject) -> JsonObject:
        return {**asked, "messages": [{"role": "user", "content": [block, {"text": "Look"}]}]}

    written = {"schema": json.dumps(SCHEMA), "name": "city"}
    shape = {"type": "json_schema", "structure": {"jsonSchema": written}}
    special: dict[str, Callable[[], JsonObject]] = {
        "tool-forced": lambda: {
            **asked,
            "toolConfig": {**tools, "toolChoice": {"tool": {"name": "weather"}}},
        },
        "tool-result": lambda: results("18 degrees", "success"),
        "tool-failed": lambda: results("no such city", "error"),
        "image": lambda: user({"image": {"format": "png", "source": {"bytes": PIXEL}}}),
        "pdf": lambda: user({"document": {"format": "pdf", "name": "a", "source": {"bytes": PDF}}}),
        "structured": lambda: {**asked, "outputConfig": {"textFormat": shape}},
        "long": lambda: {**asked, "system": [{"text": LONG}]},
    }
    if scenario in special:
        return special[scenario]()
    return {**asked, "toolConfig": tools} if scenario.startswith("tool") else asked


def invoke(scenario: str) -> JsonObject:
    """The body of `invoke_model`: that of Messages, with its version."""
    return {"anthropic_version": "bedrock-2023-05-31", **messages(scenario)}


ASKED: dict[str, Callable[[str], JsonObject]] = {
    "anthropic-messages": messages,
    "bedrock-converse": converse,
    "bedrock-invoke": invoke,
    "gemini-generate": generate,
    "openai-chat": chat,
    "openai-responses": responses,
}
"""Slug of a face to how it asks."""
