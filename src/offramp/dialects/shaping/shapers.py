"""Which promises an answer to one request needs kept."""

from offramp.dialects.shaping.forced_call import ForcedCall
from offramp.dialects.shaping.interface import Shaper
from offramp.dialects.shaping.one_call import OneCall
from offramp.dialects.shaping.schema import SchemaCheck
from offramp.dialects.shaping.seals import Sealer, Sealing
from offramp.dialects.shaping.stops import StopCutter
from offramp.dialects.shaping.thoughts import Unthinking
from offramp.dialects.turns import Request, ToolMode


def shapers_for(request: Request, sealer: Sealer | None = None, origin: str = "") -> tuple[Shaper, ...]:
    """The shapers an answer to `request` passes through, in order.

    With a `sealer` the answer comes from another API: reasoning in it is sealed as coming from `origin`.
    """
    shapers: list[Shaper] = []
    if request.stop:
        shapers.append(StopCutter(request.stop))
    choice = request.tool_choice
    if request.tools and choice.allows_parallel is False:
        shapers.append(OneCall())
    if request.tools and choice.mode in (ToolMode.ANY, ToolMode.NAMED):
        shapers.append(ForcedCall(choice.name))
    if request.response_schema is not None:
        shapers.append(SchemaCheck(request.response_schema))
    if sealer is not None:
        is_shown = request.reasoning is not None and request.reasoning.is_shown
        shapers.append(Sealing(sealer, origin) if is_shown else Unthinking())
    return tuple(shapers)
