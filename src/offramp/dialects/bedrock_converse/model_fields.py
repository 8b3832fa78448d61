"""Fields of one model's own that callers pass through the Converse API: those with a meaning are read.

Any other is refused: what it does is known to that model alone.
"""

from typing import Any, Final

from offramp.dialects.loss import Effect, Loss, Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Effort, Reasoning

_OWN: Final = "additionalModelRequestFields"

MODEL_LOSSES: Final = (
    Loss(f"{_OWN}.anthropic_beta", "features of one vendor's models are not carried", Effect.CONTROL),
    Loss(f"{_OWN}.reasoning_config", "a way of reasoning that no target can be asked for", Effect.CONTROL),
    Loss(f"{_OWN}.thinking", "a way of reasoning that no target can be asked for", Effect.CONTROL),
)
MODEL_REFUSAL: Final = Refusal(
    _OWN,
    "a field of one model that another does not know",
    "leave the field out, or send this route to an upstream of this API",
)

_READ: Final = frozenset({"anthropic_beta", "output_config", "reasoning_config", "thinking", "top_k"})


def read_model_fields(fields: Fields, reading: Reading) -> tuple[int | None, Reasoning | None]:
    """`top_k` and how much the model shall reason, by the names the vendors' own bodies have."""
    own = fields.fields(_OWN)
    if own is None:
        return None, None
    for name, value in (fields.json_object(_OWN) or {}).items():
        if name not in _READ and value is not None:
            said = f"`{name[:64]}` cannot be carried: {MODEL_REFUSAL.reason}"
            reading.unsupported(own.at(name), said, MODEL_REFUSAL.help)
            own.skip(name)
    with own:
        reasoning: Reasoning | None = None
        config = own.fields("output_config")
        if config is not None:
            with config:
                reasoning = read_effort(config, reading)
        for name in ("reasoning_config", "thinking"):
            value = own.raw(name)
            found = _thinking(value)
            if found is None and value is not None:
                own.leave(name)
            reasoning = found or reasoning
        return own.integer("top_k", 0), reasoning


def read_effort(config: Fields, reading: Reading) -> Reasoning | None:
    """`effort`, in the words every API shares."""
    said = config.text("effort")
    if said is None:
        return None
    if said not in tuple(Effort):
        reading.invalid(config.at("effort"), f"`effort` must be one of {', '.join(Effort)}")
        return None
    return Reasoning(effort=Effort(said))


def _thinking(value: Any) -> Reasoning | None:
    match value:
        case {"type": "enabled", "budget_tokens": int(budget), **rest} if not rest and budget > 0:
            return Reasoning(budget=budget)
        case {"type": "adaptive", **rest} if not rest:
            return Reasoning(is_adaptive=True)
        case {"type": "disabled", **rest} if not rest:
            return Reasoning(effort=Effort.NONE)
    return None
