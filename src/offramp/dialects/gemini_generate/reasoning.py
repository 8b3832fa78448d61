"""How much a Gemini model shall reason, both ways. What it reasoned is in `parts`."""

from typing import Final

from offramp.dialects.efforts import NEAREST_EFFORT, nearest
from offramp.dialects.gemini_generate import wire
from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Effort, Reasoning, Request

LEVELS: Final = (Effort.MINIMAL, Effort.LOW, Effort.MEDIUM, Effort.HIGH, Effort.XHIGH)
OWN_CHOICE: Final = -1
"""As a budget: the model decides."""

_BOTH: Final = Loss(
    "reasoning.budget", "this API takes a level of effort or a budget, never both", Effect.CONTROL
)
REASONING_LOSSES: Final = (NEAREST_EFFORT, _BOTH)


def read_reasoning(config: Fields, reading: Reading) -> Reasoning | None:
    """`thinkingConfig`."""
    thinking = config.fields("thinkingConfig")
    if thinking is None:
        return None
    with thinking:
        is_shown = thinking.flag("includeThoughts") or False
        said = (thinking.text("thinkingLevel") or "").lower()
        effort = Effort(said) if said in LEVELS else None
        if said and effort is None and said != "thinking_level_unspecified":
            reading.invalid(
                thinking.at("thinkingLevel"),
                f"`thinkingLevel` must be one of {', '.join(level.upper() for level in LEVELS)}",
            )
        budget = thinking.integer("thinkingBudget", OWN_CHOICE)
    if budget == 0:
        return Reasoning(effort=Effort.NONE, is_shown=is_shown)
    if effort is None and budget in (None, OWN_CHOICE):
        return Reasoning(is_adaptive=True, is_shown=is_shown)
    return Reasoning(effort=effort, budget=None if budget == OWN_CHOICE else budget, is_shown=is_shown)


def write_reasoning(config: wire.GenerationConfig, request: Request, losses: LossLog) -> None:
    """`thinkingConfig`, where anything was asked."""
    asked = request.reasoning
    if asked is None:
        return
    thinking: wire.ThinkingConfig = {}
    if asked.effort is Effort.NONE:
        thinking["thinkingBudget"] = 0
    elif asked.effort is not None:
        level = nearest(asked.effort, LEVELS)
        if level is not asked.effort:
            losses.add(NEAREST_EFFORT)
        if asked.budget is not None:
            losses.add(_BOTH)
        thinking["thinkingLevel"] = level.upper()
    elif asked.budget is not None:
        thinking["thinkingBudget"] = asked.budget
    if asked.is_shown and asked.effort is not Effort.NONE:
        thinking["includeThoughts"] = True
    if thinking:
        config["thinkingConfig"] = thinking
