"""The rule both APIs share: every tool call is answered in the next turn, and nothing else is."""

from collections.abc import Sequence

from offramp.dialects.reading import Reading
from offramp.dialects.turns import Speaker, ToolResult, ToolUse, Turn


def check_pairing(turns: Sequence[Turn], pointers: Sequence[str], reading: Reading) -> None:
    """Reports a call without a result, a result without a call, and an id used twice.

    `pointers` gives each turn's place in the body.
    """
    open_calls: tuple[str, ...] = ()
    opened_at = ""
    for turn, pointer in zip(turns, pointers, strict=True):
        results = [part.tool_use_id for part in turn.parts if isinstance(part, ToolResult)]
        for result in results:
            if result not in open_calls:
                reading.invalid(pointer, f"tool result `{result}` answers no tool call of the turn before it")
        if len(set(results)) != len(results):
            reading.invalid(pointer, "a tool call is answered twice")
        _report_open(set(open_calls) - set(results), opened_at, reading)
        calls = tuple(part.id for part in turn.parts if isinstance(part, ToolUse))
        if len(set(calls)) != len(calls):
            reading.invalid(pointer, "two tool calls of one turn have the same id")
        open_calls, opened_at = calls, pointer
    _report_open(set(open_calls), opened_at, reading)


def _report_open(calls: set[str], pointer: str, reading: Reading) -> None:
    for call in sorted(calls):
        reading.invalid(pointer, f"tool call `{call}` has no result in the turn after it")


def merge_speakers(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Neighbouring turns of one speaker become one, as APIs that alternate speakers want them."""
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1].speaker is turn.speaker:
            merged[-1] = Turn(turn.speaker, merged[-1].parts + turn.parts)
        else:
            merged.append(turn)
    return tuple(merged)


def speaker_runs(turns: Sequence[Turn], pointers: Sequence[str]) -> tuple[tuple[Turn, ...], tuple[str, ...]]:
    """`merge_speakers`, and the pointer at which each merged turn begins. System turns do not count."""
    spoken = [
        (turn, at) for turn, at in zip(turns, pointers, strict=True) if turn.speaker is not Speaker.SYSTEM
    ]
    merged = merge_speakers([turn for turn, _ in spoken])
    starts: list[str] = []
    last: Speaker | None = None
    for turn, at in spoken:
        if turn.speaker is not last:
            starts.append(at)
        last = turn.speaker
    return merged, tuple(starts)
