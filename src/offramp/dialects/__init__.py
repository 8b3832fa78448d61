"""Vendor wire formats, to and from neutral turns. Pure: bytes and values in, bytes and values out.

A hub, not pairs: every API is a folder of `wire, decode, encode, stream, errors`. Nothing is dropped
without a `Loss`. The values themselves (`turns.Request`, `turns.Reply`, the events) come with `turns`;
what the gateway sees to because an upstream might not comes with `shaping`,
what some APIs have beside conversations with `offers`.
"""

from offramp.dialects import offers, shaping, turns
from offramp.dialects.faces import DIALECTS, Face, face_for, faces
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.interface import Dialect, Head, Operation
from offramp.dialects.loss import Loss
from offramp.dialects.turns import Failure, FailureKind

__all__ = [
    "DIALECTS",
    "Dialect",
    "Face",
    "Failure",
    "FailureKind",
    "Head",
    "Loss",
    "Operation",
    "ReplyInvalid",
    "face_for",
    "faces",
    "offers",
    "shaping",
    "turns",
]
