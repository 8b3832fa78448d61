"""The one file that members make: read by its local headers, and made again to the byte."""

import re
import struct
import zlib

from offramp.evidence.standalone.primitives import Wrong

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}(/[a-z0-9][a-z0-9._-]{0,99})?", re.ASCII)


def read_archive(archive: bytes) -> list[tuple[str, bytes]]:
    """The members, once the file is exactly what they make."""
    members = []
    at = 0
    while archive[at : at + 4] == b"PK\x03\x04" and at + 30 <= len(archive):
        size, name_length = struct.unpack_from("<IH", archive, at + 22)
        start = at + 30 + name_length
        if start + size > len(archive):
            raise Wrong("the file is cut off")
        members.append((archive[at + 30 : start].decode("ascii", "replace"), archive[start : start + size]))
        at = start + size
    names = [name for name, _ in members]
    if not members or len(set(names)) != len(names) or not all(NAME.fullmatch(name) for name in names):
        raise Wrong("the file is not a pack")
    if len(members) > 10_000 or write_archive(members) != archive:
        raise Wrong("the file is not an intact pack")
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
