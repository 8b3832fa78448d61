"""Streamed answers in JSON back into tool calls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from offramp.dialects.tool_schema.constrain import callable_tools, is_forced
from offramp.dialects.tool_schema.interpret import no_call, read_call
from offramp.dialects.turns import (
    Event,
    Failure,
    ReplyEnded,
    ReplyStarted,
    Request,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
)

_OPENINGS: Final = ("{", "```{", "```json{", "<tool_call>{")
"""How a lone call begins, white space apart."""

MAX_HELD: Final = 1024 * 1024
"""Characters of text that are held back at most; an answer that grows longer is let through as text."""


class StreamInterpreter:
    """Events that answer `constrain(request)` into events that answer `request`.

    Text is held back while it may still be a call: to the end where a call is forced, else until it no longer
    looks like one.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._tools = callable_tools(request)
        self._is_forced = is_forced(request)
        self._is_holding = bool(self._tools)
        self._is_over = False
        self._held: list[TextDelta] = []
        self._size = 0
        self._last_index = -1
        self._reply_id = ""

    def feed(self, event: Event) -> Sequence[Event]:
        """The events to pass on now."""
        if self._is_over:
            return ()
        match event:
            case ReplyStarted():
                self._reply_id = event.id
                return (event,)
            case TextDelta() if self._is_holding:
                return self._hold(event)
            case ReplyEnded():
                return self._end(event)
            case Failure():
                return (*self._release(), event) if not self._is_forced else (event,)
            case TextDelta() | ThinkingDelta() | ToolStarted() | ToolDelta():
                self._last_index = max(self._last_index, event.index)
                return (event,)

    def _hold(self, event: TextDelta) -> Sequence[Event]:
        self._last_index = max(self._last_index, event.index)
        self._held.append(event)
        self._size += len(event.text)
        if self._is_forced:
            if self._size <= MAX_HELD:
                return ()
            self._is_over = True
            return (no_call(StopReason.END, self._request).failure,)
        return () if self._size <= MAX_HELD and self._may_be_call() else self._release()

    def _may_be_call(self) -> bool:
        if self._size > 64:
            return True
        start = "".join("".join(delta.text for delta in self._held).split())
        return any(start.startswith(opening) or opening.startswith(start) for opening in _OPENINGS)

    def _release(self) -> Sequence[Event]:
        held, self._held = self._held, []
        self._is_holding = False
        return held

    def _end(self, event: ReplyEnded) -> Sequence[Event]:
        if not self._is_holding or event.stop_reason is StopReason.REFUSAL:
            return (*self._release(), event)
        text = "".join(delta.text for delta in self._held)
        call = read_call(text, self._tools, self._reply_id)
        if call is None:
            if self._is_forced:
                return (no_call(event.stop_reason, self._request).failure,)
            return (*self._release(), event)
        index = self._last_index + 1
        return (
            ToolStarted(index, call.id, call.name),
            ToolDelta(index, msgspec.json.encode(dict(call.arguments)).decode()),
            replace(event, stop_reason=StopReason.TOOL_USE, stop_sequence=""),
        )
