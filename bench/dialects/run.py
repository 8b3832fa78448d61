"""CPU of translating between APIs, next to passing bytes: for 1,000 requests and 1,000 pieces of a stream.

python bench/dialects/run.py [--rounds N]

No network and no process beside this one: a request's body to an upstream's body, its answer to the caller's
answer, and a stream of 1,000 pieces of text, for every pair of APIs. What is printed first are ratios to the
same work where both sides speak the same API and bytes pass; milliseconds hang on the machine.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import orjson

from offramp.dialects import DIALECTS, shaping
from offramp.dialects.turns import (
    Reply,
    ReplyEnded,
    ReplyStarted,
    Request,
    Speaker,
    StopReason,
    Text,
    TextDelta,
    Tool,
    ToolResult,
    ToolUse,
    Turn,
    Usage,
)
from offramp.gateway.model_name import rename_model
from offramp.gateway.relay import PassRelay, TurnsRelay

REQUESTS = 200
PIECES = 1000
PACKET = 20
"""Pieces that arrive together."""
SEALER = shaping.Sealer([b"k" * 32])

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ASKED = Request(
    model="m",
    max_tokens=1000,
    system=("Be brief. " * 20,),
    tools=tuple(Tool(f"tool_{number}", "Does something useful.", SCHEMA) for number in range(8)),
    turns=(
        Turn(Speaker.USER, (Text("What is the weather in Oslo? " * 10),)),
        Turn(Speaker.ASSISTANT, (Text("Let me see."), ToolUse("call_1", "tool_1", {"city": "Oslo"}))),
        Turn(Speaker.USER, (ToolResult("call_1", (Text("18 degrees " * 20),)), Text("And tomorrow?"))),
    ),
)
ANSWERED = Reply(
    id="1",
    model="m",
    parts=(Text("It will be sunny. " * 20), ToolUse("call_2", "tool_2", {"city": "Oslo"})),
    stop_reason=StopReason.TOOL_USE,
    usage=Usage(input=100, output=50),
)


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    rounds = parser.parse_args(arguments).rounds
    slugs = sorted(DIALECTS)
    print("CPU ms per 1,000, and times the cost of passing bytes between two sides of one API\n")
    print(f"{'caller':20} {'upstream':20} {'requests':>18} {'pieces of text':>18}")
    for face in slugs:
        passed = (best(rounds, whole_passed, face), best(rounds, stream_passed, face))
        for upstream in slugs:
            if face == upstream:
                row = passed
            else:
                row = (
                    best(rounds, whole_translated, face, upstream),
                    best(rounds, stream_translated, face, upstream),
                )
            cells = (f"{ms:9.2f} ({ms / base:5.1f} x)" for ms, base in zip(row, passed, strict=True))
            print(f"{face:20} {upstream:20} {' '.join(f'{cell:>18}' for cell in cells)}")
    return 0


def best(rounds: int, work: Callable[..., float], *names: str) -> float:
    """Milliseconds of CPU for 1,000, in the best round."""
    return min(work(*names) for _ in range(rounds))


def whole_passed(slug: str) -> float:
    """A request and its answer where bytes pass: read as JSON once, the model's name changed."""
    dialect = DIALECTS[slug]
    request = orjson.dumps(dialect.encode_request(ASKED).body)
    answer = orjson.dumps(dialect.encode_reply(ANSWERED).body)

    def once() -> None:
        orjson.loads(request)
        if dialect.has_model_in_body:
            rename_model(request, "another")
        body = orjson.loads(answer)
        dialect.decode_usage(body)
        if dialect.model_member:
            rename_model(answer, "another", dialect.model_member)

    return clocked(once, REQUESTS)


def whole_translated(face: str, upstream: str) -> float:
    """A request and its answer through turns, as the gateway does it."""
    here, there = DIALECTS[face], DIALECTS[upstream]
    request = orjson.dumps(here.encode_request(ASKED).body)
    answer = orjson.dumps(there.encode_reply(ANSWERED).body)
    way = shaping.Way(face=face, slug=upstream, target="example")

    def once() -> None:
        asked = here.decode_request(orjson.loads(request)).value
        sent, _ = shaping.unsealed(asked, SEALER, way)
        sent, _ = shaping.fit(sent)
        orjson.dumps(there.encode_request(sent).body)
        reply = there.decode_reply(orjson.loads(answer)).value
        for shaper in shaping.shapers_for(asked, SEALER, "example"):
            reply = shaper.whole(reply)
        orjson.dumps(here.encode_reply(reply).body)

    return clocked(once, REQUESTS)


def packets(slug: str) -> list[bytes]:
    """A stream of `PIECES` pieces of text as it arrives."""
    encoder = DIALECTS[slug].stream_encoder(wants_usage=True)
    events = [encoder.encode(ReplyStarted("1", "m"))]
    events += [encoder.encode(TextDelta(0, f"word{number % 10} ")) for number in range(PIECES)]
    events.append(encoder.encode(ReplyEnded(StopReason.END, "", Usage(input=10, output=PIECES))))
    return [b"".join(events[at : at + PACKET]) for at in range(0, len(events), PACKET)]


def stream_passed(slug: str) -> float:
    """A stream where bytes pass."""
    arriving = packets(slug)

    def once() -> None:
        relay = PassRelay(DIALECTS[slug], "another")
        for packet in arriving:
            relay.feed(packet)
        relay.close()
        assert relay.has_ended

    return clocked(once, 10) / PIECES


def stream_translated(face: str, upstream: str) -> float:
    """A stream through events."""
    arriving = packets(upstream)
    request = Request(model="m", turns=(), wants_stream=True, wants_stream_usage=True)

    def once() -> None:
        shapers = shaping.shapers_for(request, SEALER, "example")
        source, target = DIALECTS[upstream], DIALECTS[face]
        relay = TurnsRelay(source, target, request, "m", "req_1", shapers, is_constrained=False)
        for packet in arriving:
            relay.feed(packet)
        relay.close()
        assert relay.has_ended

    return clocked(once, 10) / PIECES


def clocked(once: Callable[[], None], times: int) -> float:
    """Milliseconds of CPU that doing `once` 1,000 times takes."""
    once()
    start = time.process_time()
    for _ in range(times):
        once()
    return (time.process_time() - start) / times * 1_000_000


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
