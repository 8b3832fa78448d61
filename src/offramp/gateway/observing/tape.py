"""What one caller was sent, with times, as long as there is room for it. Values only."""

import time
from dataclasses import dataclass, field
from typing import Final

from offramp.core.instants import Instant
from offramp.dialects import DIALECTS
from offramp.dialects.frames import STREAM_TYPE, FrameInvalid, FrameParser
from offramp.gateway.memory import Memory
from offramp.gateway.outgoing import Asked
from offramp.gateway.record import Ending, Record
from offramp.recordings.exchanges.taken import Part
from offramp.workspace import Application, Route
from offramp.workspace.observing import Recording, Shadow

ROOM_BYTES: Final = 32 * 1024 * 1024
"""For everything one worker has on tape, on its way to being kept, or waiting to be mirrored."""
MOST_BYTES: Final = 6 * 1024 * 1024
"""One exchange."""


class Room:
    """How many bytes may still be held."""

    def __init__(self, size: int = ROOM_BYTES) -> None:
        self.left = size

    def take(self, size: int) -> bool:
        """Whether there was room; then it is taken."""
        if size > self.left:
            return False
        self.left -= size
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is observed, and why."""

    application: Application
    route: Route
    recording: Recording
    conversation: str
    asked: Asked
    """With its whole conversation."""
    purpose: str
    at: Instant
    is_recorded: bool
    """For itself, and not only as the other half of a pair."""
    shadow: Shadow | None
    """Set where it is mirrored."""
    memory: Memory


@dataclass(slots=True)
class Tape:
    """The answer as it is sent. `code` says why there is none any more."""

    watched: Watched
    record: Record
    room: Room
    ending: Ending | None = None
    """What came of the request; None while nobody knows."""
    code: str = ""
    size: int = 0
    parts: list[tuple[int, bytes]] = field(default_factory=list)
    _started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        self._grow(len(self.watched.asked.body))

    def note(self, block: bytes) -> None:
        """`block` was sent."""
        if block and not self.code and self._grow(len(block)):
            self.parts.append((self.milliseconds(), block))

    def milliseconds(self) -> int:
        """Since the request was read."""
        return round((time.perf_counter() - self._started) * 1000)

    def give_back(self) -> None:
        """What it held may be used by others. Run twice, it changes nothing."""
        self.room.left += self.size
        self.size = 0
        self.parts = []

    def _grow(self, more: int) -> bool:
        if self.size + more > MOST_BYTES:
            self._lose("exchange-too-large")
        elif not self.room.take(more):
            self._lose("no-room")
        else:
            self.size += more
            return True
        return False

    def _lose(self, code: str) -> None:
        self.code = code
        self.give_back()


def parts_of(blocks: list[tuple[int, bytes]], dialect: str, *, is_stream: bool) -> list[Part]:
    """The blocks as the keeper takes them; a stream of binary frames by its frames."""
    if not is_stream or DIALECTS[dialect].stream_type != STREAM_TYPE:
        return [Part(at, data) for at, data in blocks]
    parser, parts = FrameParser(), []
    try:
        for at, data in blocks:
            parts += [Part(at, frame.payload, dict(frame.headers)) for frame in parser.feed(data)]
    except FrameInvalid:
        # What came before it is all that can be read.
        pass
    return parts
