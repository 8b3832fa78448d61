"""Edits of the conversation that callers leave to the Messages API (`context_management`), made here instead.

Old tool results and old reasoning are cleared as the API would clear them, so that another model does not see
more than the caller meant to pay for. When to clear hangs on a count of tokens, which is estimated here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from offramp.dialects.loss import Effect, Loss
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.token_estimate import estimate_tokens
from offramp.dialects.turns import Part, Request, Speaker, Text, Thinking, ToolResult, ToolUse, Turn

CLEARED: Final = "[cleared]"
"""Stands where a tool's result stood."""

_APPLIED: Final = Loss(
    "context_management",
    "applied by the gateway, by an estimate of tokens; the answer does not tell what was cleared",
    Effect.METADATA,
)
_NOT_APPLIED: Final = Loss(
    "context_management.edits.type",
    "an edit only this vendor can make; the target sees the whole conversation",
    Effect.COST,
)

CLEARING_LOSSES: Final = (_APPLIED, _NOT_APPLIED)

_TOOL_USES: Final = "clear_tool_uses_"
_THINKING: Final = "clear_thinking_"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolEdit:
    """Clear the results of old tool calls. The defaults are the API's own."""

    trigger_tokens: int | None = 100_000
    trigger_uses: int | None = None
    keep: int = 3
    at_least: int = 0
    excluded: frozenset[str] = frozenset()
    clears_inputs: bool = False


@dataclass(frozen=True, slots=True)
class ThinkingEdit:
    """Clear reasoning but for that of the last `keep` turns of the model; None keeps all."""

    keep: int | None = 1


Edit = ToolEdit | ThinkingEdit


def read_edits(fields: Fields, reading: Reading) -> tuple[Edit, ...]:
    """The edits of `context_management` that can be made here; the others are declared."""
    management = fields.fields("context_management")
    if management is None:
        return ()
    edits: list[Edit] = []
    with management:
        for item in management.each("edits"):
            with item:
                kind = item.needed_text("type")
                if kind.startswith(_TOOL_USES):
                    edits.append(_tool_edit(item))
                elif kind.startswith(_THINKING):
                    edits.append(_thinking_edit(item))
                else:
                    item.skip_all()
                    reading.lose(_NOT_APPLIED)
    return tuple(edits)


def cleared(request: Request, edits: Sequence[Edit], reading: Reading) -> Request:
    """`request` with the edits made."""
    for edit in edits:
        edited = (
            _without_thoughts(request, edit)
            if isinstance(edit, ThinkingEdit)
            else _without_results(request, edit)
        )
        if edited is not request:
            reading.lose(_APPLIED)
        request = edited
    return request


def _tool_edit(item: Fields) -> ToolEdit:
    trigger_kind, trigger = _amount(item, "trigger")
    _, keep = _amount(item, "keep")
    _, at_least = _amount(item, "clear_at_least")
    inputs = item.raw("clear_tool_inputs")
    by_uses = trigger_kind == "tool_uses"
    return ToolEdit(
        trigger_tokens=None if by_uses else 100_000 if trigger is None else trigger,
        trigger_uses=trigger if by_uses else None,
        keep=3 if keep is None else keep,
        at_least=at_least or 0,
        excluded=frozenset(item.texts("exclude_tools")),
        clears_inputs=bool(inputs),
    )


def _thinking_edit(item: Fields) -> ThinkingEdit:
    if isinstance(item.raw("keep"), str):
        return ThinkingEdit(None)
    kind, keep = _amount(item, "keep")
    return ThinkingEdit(None if kind == "all" else 1 if keep is None else keep)


def _amount(item: Fields, name: str) -> tuple[str, int | None]:
    amount = item.fields(name)
    if amount is None:
        return "", None
    with amount:
        return amount.text("type") or "", amount.integer("value", 0)


def _without_thoughts(request: Request, edit: ThinkingEdit) -> Request:
    if edit.keep is None:
        return request
    said = [number for number, turn in enumerate(request.turns) if turn.speaker is Speaker.ASSISTANT]
    old = set(said[: max(0, len(said) - edit.keep)])
    turns = tuple(
        Turn(turn.speaker, tuple(part for part in turn.parts if not isinstance(part, Thinking)))
        if number in old
        else turn
        for number, turn in enumerate(request.turns)
    )
    return request if turns == request.turns else replace(request, turns=turns)


def _without_results(request: Request, edit: ToolEdit) -> Request:
    calls = [part for turn in request.turns for part in turn.parts if isinstance(part, ToolUse)]
    if edit.trigger_uses is not None and len(calls) <= edit.trigger_uses:
        return request
    before = estimate_tokens(request)
    if edit.trigger_tokens is not None and before <= edit.trigger_tokens:
        return request
    clearable = [call.id for call in calls if call.name not in edit.excluded]
    old = frozenset(clearable[: max(0, len(clearable) - edit.keep)])
    turns = tuple(
        Turn(turn.speaker, tuple(_cleared(part, old, edit) for part in turn.parts)) for turn in request.turns
    )
    if turns == request.turns:
        return request
    edited = replace(request, turns=turns)
    return edited if before - estimate_tokens(edited) >= edit.at_least else request


def _cleared(part: Part, old: frozenset[str], edit: ToolEdit) -> Part:
    if isinstance(part, ToolResult) and part.tool_use_id in old:
        return replace(part, content=(Text(CLEARED),))
    if edit.clears_inputs and isinstance(part, ToolUse) and part.id in old:
        return replace(part, arguments={})
    return part
