"""What the vendors' tables say of a model, as far as a request is made to fit it."""

from functools import lru_cache

from offramp.dialects import shaping, turns
from offramp.vendors.models import Model, model_of


@lru_cache(maxsize=4096)
def capabilities_of(vendor: str, name: str) -> shaping.Capabilities:
    """What is known of the model `vendor` is asked for by `name`; nothing where no table has it."""
    model = model_of(vendor, name)
    return shaping.UNKNOWN if model is None else _capabilities(model)


def _capabilities(model: Model) -> shaping.Capabilities:
    return shaping.Capabilities(
        output=model.output,
        tools=model.tools,
        forced_tools=model.forced_tools,
        vision=model.vision,
        pdf=model.pdf,
        json_schema=model.json_schema,
        prefill=model.prefill,
        knobs=None if model.knobs is None else frozenset(model.knobs),
        temperature_max=model.temperature_max,
        reasoning=model.reasoning,
        efforts=tuple(turns.Effort(effort) for effort in model.efforts or ()),
        budget=model.budget,
        takes_reasoning_back=model.takes_reasoning_back or False,
        limits_reasoning=model.newer_limit or False,
    )
