"""Identifiers: `NewType`s, and the one way to make a new one."""

import os
import time
from typing import Final, NewType

from offramp.core.digests import sha256_hex

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [one + other for one in _DIGITS for other in _DIGITS]
"""Two digits for each number of ten bits."""

_SHIFTS: Final = range(120, -1, -10)

VendorId = NewType("VendorId", str)
NormId = NewType("NormId", str)
InstrumentId = NewType("InstrumentId", str)
UpstreamId = NewType("UpstreamId", str)
RouteName = NewType("RouteName", str)
SystemId = NewType("SystemId", str)
ApplicationId = NewType("ApplicationId", str)
FindingId = NewType("FindingId", str)


def new_id(prefix: str) -> str:
    """`prefix` and a ULID (48 bits of milliseconds, 80 of chance): unique, sorted by the time it was made."""
    number = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10))
    digits = "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
    return f"{prefix}_{digits}"


def finding_id(vendor: str, kind: str, path: str, matched: str, ordinal: int) -> FindingId:
    """Stable across edits above the finding: no line goes in, only the ordinal of the same match."""
    joined = "\x00".join((vendor, kind, path, matched, str(ordinal)))
    return FindingId("f_" + sha256_hex(joined.encode("utf-8", "surrogateescape"))[:16])
