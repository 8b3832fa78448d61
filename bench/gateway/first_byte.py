"""How much later the first byte of a stream comes, request by request beside the floor.

    python bench/gateway/first_byte.py [PAIRS]

One caller asks the floor and the gateway in turn, so that both meet the same neighbours. The difference
within a pair is what counts; its median holds on a busy machine better than a median of each. A piece that
waits for an acknowledgement (Nagle's algorithm, 40 ms) would stand out among the gaps of a paced stream.
Linux only.
"""

import asyncio
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median, quantiles

from answers import ask
from callers import Caller, Timing, call
from processes import Place, floor, gateway, provider
from run import free_port

STREAM = ask("openai-chat", is_stream=True)
PACED = ask("openai-chat", is_stream=True, is_paced=True)


async def pairs(bare: Place, ours: Place, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds to the first byte: of the floor, and of the gateway just after it."""
    timings = (Timing(), Timing())
    callers = []
    loop = asyncio.get_running_loop()
    for place, timing in zip((bare, ours), timings, strict=True):
        request = (
            f"POST {STREAM.path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
            f"authorization: Bearer {place.key}\r\ncontent-length: {len(STREAM.body)}\r\n\r\n"
        ).encode() + STREAM.body
        _, caller = await loop.create_connection(
            lambda request=request, timing=timing: Caller(lambda: request, True, timing),  # type: ignore[misc]
            "127.0.0.1",
            place.port,
        )
        callers.append(caller)
    for _ in range(count):
        for caller in callers:
            caller.ask(1)
            await caller.done
    for caller in callers:
        caller.close()
    return tuple([seconds * 1e3 for seconds in timing.first] for timing in timings)  # type: ignore[return-value]


async def gaps(place: Place) -> list[float]:
    """Milliseconds between what arrives of one paced stream, after its first piece."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    head = (
        f"POST {PACED.path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
        f"connection: close\r\nauthorization: Bearer {place.key}\r\n"
        f"content-length: {len(PACED.body)}\r\n\r\n"
    )
    writer.write(head.encode() + PACED.body)
    at = []
    while await reader.read(65536):
        at.append(time.perf_counter())
    writer.close()
    return [(later - earlier) * 1e3 for earlier, later in pairwise(at[1:])]


def main(count: int) -> None:
    """Print every figure."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{count} pairs, one caller, {os.cpu_count()} cores, load {load}\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        provider() as url,
        floor(url, free_port()) as bare,
        gateway(url, Path(folder) / "place") as ours,
    ):
        for place in (bare, ours):
            asyncio.run(call(place.port, STREAM, place.key, callers=4, each=20))
        of_floor, of_ours = asyncio.run(pairs(bare, ours, count))
        added = [own - other for other, own in zip(of_floor, of_ours, strict=True)]
        print(f"{'milliseconds to the first byte':32} {'p10':>6} {'p25':>6} {'p50':>6} {'p75':>6}")
        for name, values in (("floor", of_floor), ("gateway", of_ours), ("added, within a pair", added)):
            cut = quantiles(values, n=20)
            print(f"{name:32} {cut[1]:6.2f} {cut[4]:6.2f} {median(values):6.2f} {cut[14]:6.2f}")
        for name, place in (("floor", bare), ("gateway", ours)):
            found = [gap for _ in range(3) for gap in asyncio.run(gaps(place))]
            late = sum(gap >= 30 for gap in found)
            print(f"{name}: {late} of {len(found)} gaps in paced streams are of 30 ms or more", end="")
            print(f"; the median is {median(found):.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
