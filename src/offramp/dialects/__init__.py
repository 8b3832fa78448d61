"""Vendor wire formats, to and from neutral turns. Pure: bytes and values in, bytes and values out.

A hub, not pairs: every API is a folder of `wire, decode, encode, stream, errors`. Nothing is dropped
without a `Loss`. The values themselves (`turns.Request`, `turns.Reply`, the events) come with `turns`.
"""

from offramp.dialects import turns
from offramp.dialects.faces import DIALECTS, face_for, faces
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.interface import Dialect, Operation
from offramp.dialects.loss import Loss
from offramp.dialects.loss_table import loss_table
from offramp.dialects.token_estimate import estimated_count
from offramp.dialects.tool_schema.constrain import constrain
from offramp.dialects.tool_schema.interpret import interpret
from offramp.dialects.tool_schema.stream import StreamInterpreter
from offramp.dialects.turns import Failure, FailureKind

__all__ = [
    "DIALECTS",
    "Dialect",
    "Failure",
    "FailureKind",
    "Loss",
    "Operation",
    "ReplyInvalid",
    "StreamInterpreter",
    "constrain",
    "estimated_count",
    "face_for",
    "faces",
    "interpret",
    "loss_table",
    "turns",
]
