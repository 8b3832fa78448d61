"""A streamed answer (server-sent events) as its events, each with the time its last byte was there."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from offramp.recordings.exchanges.taken import Part

_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Event(NamedTuple):
    """One event as it was written."""

    at: int
    text: str


def events_of(parts: Sequence[Part]) -> list[Event]:
    """The events, however the parts cut them; what stands after the last one is one too."""
    whole = b"".join(part.data for part in parts)
    ends = []
    total = 0
    for part in parts:
        total += len(part.data)
        ends.append((total, part.at))
    return [Event(_at(ends, end), whole[begin:end].decode("utf-8", "replace")) for begin, end in _cuts(whole)]


def data_of(event: Event) -> str:
    """What an event says: its data lines."""
    lines = (line.rstrip("\r\n") for line in _LINE.findall(event.text))
    return "\n".join(line[5:].removeprefix(" ") for line in lines if line.startswith("data:"))


def with_data(event: Event, data: str) -> str:
    """The event with other data, in one line."""
    lines, is_in = [], False
    for line in _LINE.findall(event.text):
        if not line.startswith("data:"):
            lines.append(line)
        elif not is_in:
            is_in = True
            lines.append(f"data: {data}" + line[len(line.rstrip("\r\n")) :])
    return "".join(lines)


def _cuts(whole: bytes) -> Iterator[tuple[int, int]]:
    begin = 0
    for found in _END.finditer(whole):
        yield begin, found.end()
        begin = found.end()
    if begin < len(whole):
        yield begin, len(whole)


def _at(ends: Sequence[tuple[int, int]], place: int) -> int:
    return next(at for end, at in ends if end >= place)
