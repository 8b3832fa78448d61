"""Tools for upstreams that have none: tool calls compiled to one JSON schema that the upstream enforces.

`constrain` turns a request with tools into one without, `interpret` and `StreamInterpreter` turn the JSON
answer back into tool calls. A forced choice gives a valid call or an error, never prose passed off as one.
"""

from offramp.dialects.tool_schema.check import satisfies
from offramp.dialects.tool_schema.constrain import constrain
from offramp.dialects.tool_schema.interpret import interpret
from offramp.dialects.tool_schema.stream import StreamInterpreter

__all__ = ["StreamInterpreter", "constrain", "interpret", "satisfies"]
