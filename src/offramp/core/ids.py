"""Identifiers: `NewType`s, and the one way to make a new one."""

from typing import NewType

from offramp.core.digests import sha256_hex

VendorId = NewType("VendorId", str)
NormId = NewType("NormId", str)
InstrumentId = NewType("InstrumentId", str)
UpstreamId = NewType("UpstreamId", str)
RouteName = NewType("RouteName", str)
SystemId = NewType("SystemId", str)
ApplicationId = NewType("ApplicationId", str)
FindingId = NewType("FindingId", str)


def new_id(prefix: str) -> str:
    """`prefix` and a ULID: unique, and sorted by the time it was made."""
    # Few commands make one, and the package takes as long to import as all of core.
    from ulid import ULID

    return f"{prefix}_{ULID()}"


def finding_id(vendor: str, kind: str, path: str, matched: str, ordinal: int) -> FindingId:
    """Stable across edits above the finding: no line goes in, only the ordinal of the same match."""
    joined = "\x00".join((vendor, kind, path, matched, str(ordinal)))
    return FindingId("f_" + sha256_hex(joined.encode("utf-8", "surrogateescape"))[:16])
