"""One conversation partner for both desks: plain answers, streamed answers, and one tool loop.

The address and the key are the SDK's own business: it reads ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import anthropic
from anthropic.types import Message, MessageParam, ToolParam, ToolUseBlock

MODEL = os.environ.get("HARBOR_MODEL", "claude-sonnet-4-5")
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model said, and how it ended."""

    text: str
    model: str
    stop_reason: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Filed:
    """A tool call the desk carried out, and the words the model closed with."""

    tool: str
    arguments: dict[str, object]
    stop_reason: str
    """Why the model stopped when it made the call."""
    result: str
    closing: Answer


class Assistant:
    """A model with standing instructions."""

    def __init__(self, instructions: str, model: str = MODEL) -> None:
        self._client = anthropic.Anthropic(timeout=PATIENCE_SECONDS, max_retries=1)
        self._instructions = instructions
        self._model = model

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def ask(self, question: str, max_tokens: int = 32) -> Answer:
        """One question, one answer."""
        message = self._client.messages.create(
            model=self._model,
            max_tokens=max_tokens,
            system=self._instructions,
            messages=[{"role": "user", "content": question}],
        )
        return _answer(message)

    def stream(self, question: str, max_tokens: int = 32) -> Iterator[str | Answer]:
        """Pieces of text as they arrive, then the whole answer last."""
        with self._client.messages.stream(
            model=self._model,
            max_tokens=max_tokens,
            system=self._instructions,
            messages=[{"role": "user", "content": question}],
        ) as stream:
            yield from stream.text_stream
            yield _answer(stream.get_final_message())

    def file(self, request: str, tool: ToolParam, carry_out: Callable[[dict[str, object]], str]) -> Filed:
        """Have the model fill in `tool`, carry it out, and let the model close with a sentence."""
        history: list[MessageParam] = [{"role": "user", "content": request}]
        asked = self._client.messages.create(
            model=self._model,
            max_tokens=96,
            system=self._instructions,
            messages=history,
            tools=[tool],
            tool_choice={"type": "tool", "name": tool["name"]},
        )
        call = next((block for block in asked.content if isinstance(block, ToolUseBlock)), None)
        if call is None:
            raise LookupError(f"the model did not call {tool['name']}; it stopped with {asked.stop_reason}")
        arguments = dict(call.input)
        result = carry_out(arguments)
        history.append(
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": call.id, "name": call.name, "input": arguments}],
            }
        )
        history.append(
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": call.id, "content": result}],
            }
        )
        closed = self._client.messages.create(
            model=self._model,
            max_tokens=24,
            system=self._instructions,
            messages=history,
            tools=[tool],
            tool_choice={"type": "none"},
        )
        return Filed(
            tool=call.name,
            arguments=arguments,
            stop_reason=asked.stop_reason or "",
            result=result,
            closing=_answer(closed),
        )


def _answer(message: Message) -> Answer:
    text = "".join(block.text for block in message.content if block.type == "text")
    return Answer(
        text=text,
        model=message.model,
        stop_reason=message.stop_reason or "",
        input_tokens=message.usage.input_tokens,
        output_tokens=message.usage.output_tokens,
    )
