"""How much a Messages API model shall reason, both ways. What it reasoned is in `blocks`."""

from typing import Final

from offramp.dialects.anthropic_messages import wire
from offramp.dialects.efforts import NEAREST_EFFORT, nearest
from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import (
    Effort,
    Reasoning,
    Request,
    Speaker,
    Thinking,
    ToolMode,
    ToolUse,
)

EFFORTS: Final = (Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.XHIGH, Effort.MAX)
LEAST_BUDGET: Final = 1024

_FORCED: Final = Loss(
    "reasoning", "this API does not reason before a tool call it was forced to", Effect.CONTROL
)
_NO_ROOM: Final = Loss(
    "reasoning.budget",
    f"the token limit leaves no room for {LEAST_BUDGET} tokens of reasoning",
    Effect.CONTROL,
)
_LESS_ROOM: Final = Loss("reasoning.budget", "lowered to fit below the token limit", Effect.CONTROL)
_NO_THOUGHTS: Final = Loss(
    "reasoning",
    "this API goes on reasoning after a tool call only where its own earlier reasoning is sent back",
    Effect.CONTROL,
)
_SAMPLING: Final = Loss(
    "temperature", "this API takes no temperature, top_k or low top_p while it reasons", Effect.SAMPLING
)

REASONING_LOSSES: Final = (NEAREST_EFFORT, _FORCED, _NO_ROOM, _LESS_ROOM, _NO_THOUGHTS, _SAMPLING)


def read_reasoning(fields: Fields, effort: Effort | None, reading: Reading) -> Reasoning | None:
    """`thinking`, with the effort `output_config` names."""
    said = Reasoning(effort=effort, is_shown=False) if effort else None
    thinking = fields.fields("thinking")
    if thinking is None:
        return said
    with thinking:
        match thinking.needed_text("type"):
            case "disabled":
                return said
            case "enabled":
                budget = thinking.integer("budget_tokens", LEAST_BUDGET)
                if budget is None and not thinking.has("budget_tokens"):
                    reading.invalid(thinking.at("budget_tokens"), "`budget_tokens` is required")
                return Reasoning(effort=effort, budget=budget, is_shown=_is_shown(thinking))
            case "adaptive":
                return Reasoning(effort=effort, is_adaptive=True, is_shown=_is_shown(thinking))
        thinking.skip_all()
    fields.leave("thinking")
    return said


def _is_shown(thinking: Fields) -> bool:
    return thinking.text("display") != "omitted"


def read_effort(config: Fields, reading: Reading) -> Effort | None:
    """`output_config.effort`."""
    said = config.text("effort")
    if said is None:
        return None
    if said not in EFFORTS:
        reading.invalid(config.at("effort"), f"`effort` must be one of {', '.join(EFFORTS)}")
        return None
    return Effort(said)


def write_reasoning(body: wire.MessagesRequest, request: Request, losses: LossLog) -> None:
    """`thinking` and the effort, as far as the rest of the request allows; sampling knobs make way."""
    asked = request.reasoning
    if asked is None:
        return
    if asked.effort is Effort.NONE:
        body["thinking"] = {"type": "disabled"}
        return
    if asked.effort is not None:
        level = nearest(asked.effort, EFFORTS)
        if level is not asked.effort:
            losses.add(NEAREST_EFFORT)
        body["output_config"] = {**body.get("output_config", {}), "effort": str(level)}
    thinking = _thinking(asked, request, body["max_tokens"], losses)
    if thinking is None:
        return
    body["thinking"] = thinking
    kept = body.get("temperature", 1) == 1 and body.get("top_p", 1) >= _LEAST_TOP_P and "top_k" not in body
    if not kept:
        losses.add(_SAMPLING)
        for knob in ("temperature", "top_p", "top_k"):
            body.pop(knob, None)  # type: ignore[misc]


_LEAST_TOP_P: Final = 0.95


def _thinking(asked: Reasoning, request: Request, limit: int, losses: LossLog) -> wire.Thinking | None:
    if request.tools and request.tool_choice.mode in (ToolMode.ANY, ToolMode.NAMED):
        losses.add(_FORCED)
        return None
    if asked.budget is None:
        return {"type": "adaptive"}
    if _lacks_thoughts(request):
        losses.add(_NO_THOUGHTS)
        return None
    if limit <= LEAST_BUDGET:
        losses.add(_NO_ROOM)
        return None
    if asked.budget >= limit:
        losses.add(_LESS_ROOM)
    return {"type": "enabled", "budget_tokens": min(max(asked.budget, LEAST_BUDGET), limit - 1)}


def _lacks_thoughts(request: Request) -> bool:
    """The model's last turn calls tools, and what it thought before is not here."""
    said = [turn for turn in request.turns if turn.speaker is Speaker.ASSISTANT]
    if not said:
        return False
    parts = said[-1].parts
    has_calls = any(isinstance(part, ToolUse) for part in parts)
    return has_calls and not any(isinstance(part, Thinking) and part.signature for part in parts)
