"""Reading DER (X.690), as much as a time stamp is made of."""

from datetime import UTC, datetime
from typing import NamedTuple

from offramp.evidence.standalone.notes import Wrong


class Piece(NamedTuple):
    """One tag with what it holds."""

    tag: int
    content: bytes
    whole: bytes


def pieces(content: bytes) -> list[Piece]:
    """Everything that stands one after another in these bytes."""
    found = []
    at = 0
    while at < len(content):
        start = at
        if at + 2 > len(content) or content[at] & 0x1F == 0x1F:
            raise Wrong("the time stamp is broken DER")
        tag, length = content[at], content[at + 1]
        at += 2
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(content[at : at + count], "big")
            if not 1 <= count <= 4 or at + count > len(content):
                raise Wrong("the time stamp is broken DER")
            at += count
        if at + length > len(content):
            raise Wrong("the time stamp is broken DER")
        found.append(Piece(tag, content[at : at + length], content[start : at + length]))
        at += length
    return found


def inside(piece: Piece, tag: int, least: int = 1) -> list[Piece]:
    """What a piece of this tag holds: at least so many pieces."""
    held = pieces(piece.content) if piece.tag == tag else []
    if len(held) < least:
        raise Wrong("the time stamp is not built like one")
    return held


def object_id(piece: Piece) -> str:
    """The dotted name of an object identifier."""
    if piece.tag != 0x06 or not piece.content or piece.content[-1] & 0x80:
        raise Wrong("the time stamp is not built like one")
    numbers, number = [], 0
    for byte in piece.content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def general_time(piece: Piece) -> datetime:
    """The moment a GeneralizedTime names."""
    if piece.tag != 0x18:
        raise Wrong("the time stamp has no time")
    text = piece.content.decode("ascii", "replace").removesuffix("Z")
    whole, _, fraction = text.partition(".")
    try:
        moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
    except ValueError:
        raise Wrong("the time stamp has no time") from None
