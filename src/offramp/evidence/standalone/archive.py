"""The zip file of a pack: one file for given members, and no other bytes."""

import re
import struct
import zlib

from offramp.evidence.standalone.notes import Wrong

PART = r"[a-z0-9][a-z0-9._-]{0,99}"
NAME = re.compile(rf"{PART}(/{PART}){{0,7}}", re.ASCII)
MOST_MEMBERS = 65_000


def read_archive(archive: bytes) -> list[tuple[str, bytes]]:
    """The members, once the file is exactly what they make."""
    members: list[tuple[str, bytes]] = []
    at = 0
    while archive[at : at + 4] == b"PK\x03\x04" and at + 30 <= len(archive):
        size, name_length = struct.unpack_from("<IH", archive, at + 22)
        start = at + 30 + name_length
        if start + size > len(archive) or len(members) == MOST_MEMBERS:
            raise Wrong("the file is not an intact pack: it is cut off or has too many members")
        members.append((archive[at + 30 : start].decode("ascii", "replace"), archive[start : start + size]))
        at = start + size
    names = [name for name, _ in members]
    if not members:
        raise Wrong("the file is not an intact pack: it is not a pack")
    for name in names:
        if not NAME.fullmatch(name):
            raise Wrong(f"the file is not an intact pack: `{name}` is not a name for a member")
    if len(set(names)) != len(names):
        raise Wrong("the file is not an intact pack: two members have the same name")
    if write_archive(members) != archive:
        raise Wrong("the file is not an intact pack: its bytes are not those of a pack with these members")
    return members


def write_archive(members: list[tuple[str, bytes]]) -> bytes:
    """The one file with these members."""
    local, central = bytearray(), bytearray()
    for name, content in members:
        fields = (20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0)
        end = struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, len(local))
        central += b"PK\x01\x02" + struct.pack("<6H3I2H", 3 << 8 | 20, *fields) + end + name.encode()
        local += b"PK\x03\x04" + struct.pack("<5H3I2H", *fields) + name.encode() + content
    count = len(members)
    return bytes(
        local
        + central
        + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(central), len(local), 0)
    )
