"""A real local model behind both faces."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from offramp.core.errors import OfframpError
from offramp.upstream import find_weights, pull

SLUG = "smollm2-135m"
pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def local(launch: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    import os

    try:
        pull(find_weights(SLUG))
    except OfframpError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no weights: {error.message}")
    running = launch(tmp_path_factory.mktemp("local"), "--to", f"local={SLUG}", "--open", "--workers", "1")
    yield running
    assert running.stop() == 0


def test_the_messages_sdk_is_answered_and_streamed_to(local: Any) -> None:
    with anthropic.Anthropic(base_url=local.url, api_key="any", max_retries=0) as client:
        turns: Any = [{"role": "user", "content": "Say hello."}]
        raw = client.messages.with_raw_response.create(model="x", max_tokens=8, messages=turns)
        assert raw.parse().content[0].text  # type: ignore[union-attr]
        assert raw.headers["offramp-served-by"] == f"provider/{SLUG}"
        assert "/" not in raw.parse().model
        with client.messages.stream(model="x", max_tokens=8, messages=turns) as stream:
            assert 1 <= stream.get_final_message().usage.output_tokens <= 8


def test_a_forced_tool_is_called(local: Any) -> None:
    tool: Any = {
        "type": "function",
        "function": {
            "name": "note",
            "description": "Write a note.",
            "parameters": {
                "type": "object",
                "properties": {"done": {"type": "boolean"}},
                "required": ["done"],
            },
        },
    }
    with openai.OpenAI(base_url=f"{local.url}/v1", api_key="any", max_retries=0) as client:
        answer = client.chat.completions.create(
            model="x",
            max_tokens=48,
            temperature=0,
            tools=[tool],
            tool_choice={"type": "function", "function": {"name": "note"}},
            messages=[{"role": "user", "content": "Note that it is done."}],
        )
    calls = answer.choices[0].message.tool_calls
    assert calls is not None
    assert calls[0].type == "function"
    assert calls[0].function.name == "note"
