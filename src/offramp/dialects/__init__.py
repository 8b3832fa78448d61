"""Vendor wire formats, to and from neutral turns. Pure: bytes and values in, bytes and values out.

A hub, not pairs: every API is a folder of `wire, decode, encode, stream, errors`. Nothing is dropped
without a `Loss`. The neutral values are in `turns`, what a dialect provides in `interface`.
"""

from offramp.dialects.faces import DIALECTS, face_for, faces

__all__ = ["DIALECTS", "face_for", "faces"]
