"""The process that scrubs exchanges and keeps them, so that no caller waits for either.

It reads messages from its standard input and answers each on its standard output, in order. It ends when the
input does: with the worker that began it.
"""

import base64
import binascii
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.recordings.exchanges.scrubbing import Scrubber
from offramp.recordings.exchanges.streams import data_of, events_of, with_data
from offramp.recordings.exchanges.taken import Frames, Part, Taken, Told, framed
from offramp.recordings.shelf import Recordings

SCHEMA: Final = "offramp/exchange/v1"
SCRUB_SECONDS: Final = 20
"""A pattern that takes longer is given up with its exchange: nothing is kept unscrubbed."""
READ_BYTES: Final = 1 << 20
_WRAPPED: Final = "bytes"
"""The member in which some frames hold their event, encoded once more."""


class TooSlow(Exception):
    """Scrubbing took too long."""


def main(state: Path) -> None:
    """Keep what comes until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # Whoever stops the gateway stops everything at once: what was taken is still kept.
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, give_up)
    shelf, frames, decoder = Recordings(state), Frames(), msgspec.msgpack.Decoder(Taken)
    target = sys.stdout.buffer
    while data := os.read(sys.stdin.fileno(), READ_BYTES):
        for message in frames.feed(data):
            target.write(framed(kept(shelf, decoder.decode(message))))
            target.flush()


def kept(shelf: Recordings, taken: Taken, seconds: int = SCRUB_SECONDS) -> Told:
    """The exchange is scrubbed and on disk, or `code` says why not."""
    try:
        signal.alarm(seconds)
        try:
            scrubber = Scrubber(taken.rules)
            text = json.dumps(document(taken, scrubber), ensure_ascii=False).encode("utf-8", "replace")
        finally:
            signal.alarm(0)
        made = shelf.keep(taken.kind, taken.application, text, at=taken.at)
    except TooSlow:
        return Told(number=taken.number, code="scrub-too-slow")
    except OfframpError as error:
        return Told(number=taken.number, code=error.code)
    except (ValueError, RecursionError):
        return Told(number=taken.number, code="exchange-unreadable")
    return Told(
        number=taken.number,
        id=made.id,
        window=str(made.window),
        bytes=made.bytes,
        digest=made.digest,
        scrubbed=dict(scrubber.counts),
    )


def document(taken: Taken, scrubber: Scrubber) -> JsonObject:
    """The exchange as it is kept."""
    request = scrubber.body(taken.request.decode("utf-8", "replace"))
    answer = _answer(taken, scrubber)
    return {
        "schema": SCHEMA,
        **taken.facts,
        "request": request,
        "answer": answer,
        "scrubbed": dict(sorted(scrubber.counts.items())),
    }


def _answer(taken: Taken, scrubber: Scrubber) -> JsonObject:
    if not taken.is_stream:
        data = b"".join(part.data for part in taken.parts)
        return {"form": "whole", "text": scrubber.body(data.decode("utf-8", "replace"))}
    if any(part.headers is not None for part in taken.parts):
        return {"form": "frames", "events": _frames(taken.parts, scrubber)}
    events = events_of(taken.parts)
    datas = [data_of(event) for event in events]
    scrubbed = scrubber.events(datas)
    return {
        "form": "events",
        "events": [
            [event.at, event.text if was == now else with_data(event, now)]
            for event, was, now in zip(events, datas, scrubbed, strict=True)
        ],
    }


def _frames(parts: Sequence[Part], scrubber: Scrubber) -> list[list[Any]]:
    opened = [_opened(part.data) for part in parts]
    scrubbed = scrubber.events([text for text, _ in opened])
    return [
        [part.at, dict(part.headers or {}), _closed(text, wrapper)]
        for part, text, (_, wrapper) in zip(parts, scrubbed, opened, strict=True)
    ]


def _opened(payload: bytes) -> tuple[str, Mapping[str, Any] | None]:
    """What a frame says, and the object it was wrapped in where it was."""
    text = payload.decode("utf-8", "replace")
    try:
        value = json.loads(text)
        if isinstance(value, dict) and isinstance(value.get(_WRAPPED), str):
            return base64.b64decode(value[_WRAPPED], validate=True).decode(), value
    except (ValueError, binascii.Error, RecursionError):
        pass
    return text, None


def _closed(text: str, wrapper: Mapping[str, Any] | None) -> str:
    if wrapper is None:
        return text
    return json.dumps({**wrapper, _WRAPPED: base64.b64encode(text.encode()).decode()})


def give_up(_signal: int, _frame: FrameType | None) -> None:
    """What an alarm does while something is scrubbed."""
    raise TooSlow


if __name__ == "__main__":
    main(Path(os.fsdecode(sys.argv[1])))
