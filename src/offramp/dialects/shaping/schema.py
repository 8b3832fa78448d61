"""Whether an answer satisfies the schema its caller asked for."""

from collections.abc import Sequence
from typing import Final

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Effect, Loss
from offramp.dialects.tool_arguments import parsed_json
from offramp.dialects.tool_schema import satisfies
from offramp.dialects.turns import Event, Reply, ReplyEnded, StopReason, Text, TextDelta, ToolStarted, ToolUse

NOT_SATISFIED: Final = Loss(
    "response_schema", "the answer does not satisfy the schema that was asked for", Effect.CONTENT
)
NOT_JUDGED: Final = Loss(
    "response_schema", "the answer is too long to be compared with its schema", Effect.METADATA
)

ASKED_AGAIN: Final = Loss(
    "response_schema", "the first answer did not satisfy it, and the model was asked again", Effect.COST
)

MAX_JUDGED: Final = 1024 * 1024
"""Characters of a streamed answer that are kept to judge it."""


class SchemaCheck:
    """Declares an answer that does not satisfy `schema`. One that calls tools or is cut is let be."""

    sees_text = True

    def __init__(self, schema: JsonObject) -> None:
        self.losses: list[Loss] = []
        self._schema = schema
        self._texts: list[str] = []
        self._size = 0
        self._has_call = False

    def feed(self, event: Event) -> Sequence[Event]:
        """Everything, unchanged."""
        match event:
            case TextDelta():
                self._size += len(event.text)
                if self._size <= MAX_JUDGED:
                    self._texts.append(event.text)
                else:
                    self._texts.clear()
            case ToolStarted():
                self._has_call = True
            case ReplyEnded():
                self._judge("".join(self._texts), event.stop_reason)
        return (event,)

    def whole(self, reply: Reply) -> Reply:
        """The reply, unchanged."""
        self._has_call = any(isinstance(part, ToolUse) for part in reply.parts)
        text = "".join(part.text for part in reply.parts if isinstance(part, Text))
        self._judge(text, reply.stop_reason)
        return reply

    def _judge(self, text: str, reason: StopReason) -> None:
        if self._has_call or reason not in (StopReason.END, StopReason.STOP_SEQUENCE):
            return
        if self._size > MAX_JUDGED:
            self.losses.append(NOT_JUDGED)
        elif not satisfies(parsed_json(text), self._schema) or not text.strip():
            self.losses.append(NOT_SATISFIED)
