"""Levels of reasoning and budgets of tokens, each in terms of the other: approximations, always declared."""

from collections.abc import Sequence
from typing import Final

from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import Effort

BUDGET_AS_EFFORT: Final = Loss(
    "reasoning.budget", "a budget of tokens for reasoning became a level of effort", Effect.CONTROL
)
EFFORT_AS_BUDGET: Final = Loss(
    "reasoning.effort", "a level of effort became a budget of tokens for reasoning", Effect.CONTROL
)
NEAREST_EFFORT: Final = Loss(
    "reasoning.effort", "the nearest level of effort the target knows was asked for", Effect.CONTROL
)
OWN_REASONING: Final = Loss(
    "reasoning", "the model's own default decides how much it reasons", Effect.CONTROL
)

_ORDER: Final = tuple(Effort)
_BUDGETS: Final = {
    Effort.MINIMAL: 1024,
    Effort.LOW: 4096,
    Effort.MEDIUM: 10_000,
    Effort.HIGH: 24_000,
    Effort.XHIGH: 32_000,
    Effort.MAX: 64_000,
}
"""A convention of this product: no vendor says what a level costs."""


def budget_of(effort: Effort) -> int:
    """About as many tokens as `effort` stands for; 0 for none."""
    return _BUDGETS.get(effort, 0)


def effort_of(budget: int) -> Effort:
    """The highest level whose budget `budget` reaches."""
    return max(
        (level for level, tokens in _BUDGETS.items() if tokens <= budget),
        key=_ORDER.index,
        default=Effort.NONE,
    )


def nearest(effort: Effort, known: Sequence[Effort]) -> Effort:
    """`effort` where `known` has it, else the level closest to it, the lower of two.

    Only who asks for no reasoning gets none, unless the target knows nothing else.
    """
    if effort in known:
        return effort
    levels: list[Effort] = [level for level in known if level is not Effort.NONE]
    levels.extend(() if levels else known)
    wanted = _ORDER.index(effort)
    return min(levels, key=lambda level: (abs(_ORDER.index(level) - wanted), _ORDER.index(level)))
