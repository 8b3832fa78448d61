"""Deterministic zip files: the same members give the same bytes, and no other bytes are accepted. Pure.

Members are stored, not compressed: what a compressor emits differs between its versions, and stored data
cannot grow when it is read. Names are plain, times are 1980-01-01, and there is no place left for anything
else, so `unpack` accepts a file only if `pack` would make exactly that file.
"""

import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

MAX_ARCHIVE_BYTES = 1 << 30
MAX_MEMBERS = 65_000
_PART = r"[a-z0-9][a-z0-9._-]{0,99}"
NAME = re.compile(rf"{_PART}(/{_PART}){{0,7}}", re.ASCII)

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20
_MADE_ON_UNIX = 3 << 8 | _VERSION
_FIRST_DAY = 1 << 5 | 1
_REGULAR_FILE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Member:
    """One file in the archive."""

    name: str
    content: bytes


def pack(members: Sequence[Member]) -> bytes:
    """The zip file of these members, in this order. Raises `ValueError` for what it cannot hold."""
    _check(members)
    local = bytearray()
    central = bytearray()
    for member in members:
        name, size, offset = member.name.encode(), len(member.content), len(local)
        crc = zlib.crc32(member.content)
        fields = (_VERSION, 0, 0, 0, _FIRST_DAY, crc, size, size, len(name), 0)
        local += _LOCAL.pack(b"PK\x03\x04", *fields) + name + member.content
        central += _CENTRAL.pack(
            b"PK\x01\x02", _MADE_ON_UNIX, *fields, 0, 0, 0, _REGULAR_FILE, offset
        ) + name  # fmt: skip
    count = len(members)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(central), len(local), 0)
    return bytes(local + central + end)


def unpack(archive: bytes) -> tuple[Member, ...]:
    """The members of a file that `pack` made. Raises `ValueError` for any other bytes."""
    members: list[Member] = []
    position = 0
    while archive[position : position + 4] == b"PK\x03\x04":
        if len(members) == MAX_MEMBERS or position + _LOCAL.size > len(archive):
            raise ValueError("it is cut off or has too many members")
        size, name_length = _LOCAL.unpack_from(archive, position)[8:10]
        start = position + _LOCAL.size + name_length
        if start + size > len(archive):
            raise ValueError("it is cut off")
        name = archive[position + _LOCAL.size : start].decode("ascii", "replace")
        members.append(Member(name, archive[start : start + size]))
        position = start + size
    if not members:
        raise ValueError("it is not a pack")
    # INVARIANT: every byte is accounted for, because the whole file is made again from what was read.
    if pack(members) != archive:
        raise ValueError("its bytes are not those of a pack with these members")
    return tuple(members)


def _check(members: Sequence[Member]) -> None:
    for member in members:
        if not NAME.fullmatch(member.name):
            raise ValueError(f"`{member.name}` is not a name for a member")
    if len({member.name for member in members}) != len(members):
        raise ValueError("two members have the same name")
    if len(members) > MAX_MEMBERS:
        raise ValueError(f"it has more than {MAX_MEMBERS} members")
    if sum(len(member.content) for member in members) > MAX_ARCHIVE_BYTES:
        raise ValueError(f"it holds more than {MAX_ARCHIVE_BYTES} bytes")
