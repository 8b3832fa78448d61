"""What the gateway itself sees to because the upstream might not. Nothing here knows a wire format.

Requests are made to fit: `unsealed` opens or takes out earlier reasoning, `fit` keeps to what one model can
do, `constrain` puts tools in words and a schema. Answers pass through shapers, one file for each promise:
every one works on a whole reply and on its stream alike, and lists what it had to leave out.
"""

from offramp.dialects.capabilities import CONTINUED, GO_ON, UNKNOWN, Capabilities, fit
from offramp.dialects.shaping import call_seals, whose
from offramp.dialects.shaping.interface import Shaper
from offramp.dialects.shaping.schema import ASKED_AGAIN, NOT_SATISFIED
from offramp.dialects.shaping.seals import SEAL_MARKS, Sealer, Way, unsealed, without_seals
from offramp.dialects.shaping.shapers import shapers_for
from offramp.dialects.tool_schema import StreamInterpreter, constrain, interpret

__all__ = [
    "ASKED_AGAIN",
    "CONTINUED",
    "GO_ON",
    "NOT_SATISFIED",
    "SEAL_MARKS",
    "UNKNOWN",
    "Capabilities",
    "Sealer",
    "Shaper",
    "StreamInterpreter",
    "Way",
    "call_seals",
    "constrain",
    "fit",
    "interpret",
    "shapers_for",
    "unsealed",
    "whose",
    "without_seals",
]
