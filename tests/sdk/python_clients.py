"""The official Python SDKs, each brought to say what it saw in the words of `scenarios.expected`.

An SDK joins by one more entry in `CLIENTS`.
"""

import json
from collections.abc import Callable
from typing import Any

import anthropic
import openai
from google import genai
from google.genai import errors as generate_errors
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


def generate(url: str, key: str, model: str, scenario: Scenario) -> Outcome:
    """The SDK `google-genai`."""
    client = genai.Client(api_key=key, http_options={"base_url": url})
    asked = {"model": model, **ASKED["gemini-generate"](scenario.name)}
    answers = []
    try:
        if not scenario.is_streamed:
            answers.append(client.models.generate_content(**asked))
        else:
            for piece in client.models.generate_content_stream(**asked):
                answers.append(piece)
                if scenario.said.breaks == "hangs" and piece.text:
                    return {"left": True}
    except generate_errors.APIError as error:
        return {"error": _status_kind(error, scenario)}
    finally:
        client.close()
    last = answers[-1]
    assert {answer.model_version for answer in answers} == {model}
    assert last.usage_metadata is not None
    assert last.usage_metadata.candidates_token_count == 7
    calls = [[call.name, call.args] for answer in answers for call in answer.function_calls or ()]
    reason = last.candidates[0].finish_reason if last.candidates else None
    texts = "".join(part.text or "" for answer in answers for part in answer.parts or ())
    stop = ("tools" if calls else "end") if reason == "STOP" else reason
    return {"text": texts, "calls": calls, "stop": stop}


def _status_kind(error: Any, scenario: Scenario) -> str:
    if scenario.said.breaks:
        return "broken"
    if error.code == 429:
        assert error.details["error"]["details"][0]["retryDelay"] == "0s"
    return {400: "invalid", 429: "limit", 503: "overloaded"}.get(error.code, "upstream")


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
    "gemini-generate": generate,
    "openai-chat": chat,
}
"""Slug of a face to its Python SDK."""
