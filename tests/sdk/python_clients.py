"""The official Python SDKs, each brought to say what it saw in the words of `scenarios.expected`.

An SDK joins by one more entry in `CLIENTS`.
"""

import json
from collections.abc import Callable
from typing import Any

import anthropic
import openai
from tests.sdk.asking import ASKED
from tests.sdk.scenarios import Scenario

Outcome = dict[str, Any]


def messages(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `anthropic`."""
    client = anthropic.Anthropic(base_url=url, api_key=key, max_retries=0)
    asked = {"model": model, **ASKED["anthropic-messages"](scenario.name)}
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
    finally:
        client.close()
    texts = [block.text for block in answer.content if block.type == "text"]
    calls = [[block.name, block.input] for block in answer.content if block.type == "tool_use"]
    assert answer.model == model
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
    "openai-chat": chat,
}
"""Slug of a face to its Python SDK."""
