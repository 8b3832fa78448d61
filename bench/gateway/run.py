"""What the gateway costs on a request, beside the same server and client with nothing between them.

    python bench/gateway/run.py [ROUNDS]

CPU seconds per 1,000 requests come first: they hold on a busy machine, rates and latencies do not. Provider,
floor and gateway each run in processes of their own on loopback; the gateway has one worker, callers' keys,
instruments and its ledger. The rounds alternate between floor and gateway, and the median round counts. Every
answer is checked: status, and every piece of the text. Linux only: it reads /proc.
"""

import asyncio
import os
import socket
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from answers import Ask, ask
from callers import call
from processes import Place, Use, floor, gateway, memory_mb, provider, use

CALLERS = 32


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of traffic."""

    name: str
    ask: Ask
    each: int
    """How often each caller asks in a round."""
    budget: float
    """CPU seconds per 1,000."""
    has_floor: bool = True


CASES = (
    Case("JSON, same API", ask("openai-chat", is_stream=False), 16, 0.30),
    Case("JSON, translated", ask("anthropic-messages", is_stream=False), 16, 0.30, has_floor=False),
    Case("burst streams, same API", ask("openai-chat", is_stream=True), 6, 0.6),
    Case("burst streams, translated", ask("anthropic-messages", is_stream=True), 6, 0.6, has_floor=False),
    Case("paced streams, same API", ask("openai-chat", is_stream=True, is_paced=True), 2, 3.0),
    Case(
        "paced streams, translated",
        ask("anthropic-messages", is_stream=True, is_paced=True),
        2,
        3.0,
        has_floor=False,
    ),
)


@dataclass(slots=True)
class Costs:
    """CPU seconds per 1,000 of each round."""

    worker: list[float] = field(default_factory=list)
    writer: list[float] = field(default_factory=list)


def cost(place: Place, case: Case, costs: Costs) -> None:
    """One round."""
    before = use(place)
    asyncio.run(call(place.port, case.ask, place.key, callers=CALLERS, each=case.each))
    after = use(place)
    thousands = CALLERS * case.each / 1000
    costs.worker.append((after.worker - before.worker) / thousands)
    costs.writer.append((after.writer - before.writer) / thousands)


def warm(place: Place) -> None:
    """Connections are open and everything is imported."""
    for case in CASES[:4] if place.key else (CASES[0], CASES[2]):
        asyncio.run(call(place.port, case.ask, place.key, callers=CALLERS, each=2))


def latencies(bare: Place, ours: Place, case: Case, count: int) -> tuple[float, float, float, float]:
    """Milliseconds at one caller, p50: to the first byte and to the last, of the floor and of the gateway."""
    found = []
    for place in (bare, ours):
        timing = asyncio.run(call(place.port, case.ask, place.key, callers=1, each=count))
        found += [median(timing.first) * 1e3, median(timing.whole) * 1e3]
    return found[0], found[1], found[2], found[3]


def free_port() -> int:
    """A port nobody listens at just now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def main(rounds: int) -> None:
    """Print every figure."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{rounds} rounds, {CALLERS} callers, {os.cpu_count()} cores, load {load}\n")
    with (
        tempfile.TemporaryDirectory() as folder,
        provider() as url,
        floor(url, free_port()) as bare,
        gateway(url, Path(folder) / "place") as ours,
    ):
        warm(bare)
        warm(ours)
        print(f"{'CPU seconds per 1,000':27} {'floor':>7} {'worker':>7} {'writer':>7} {'sum':>7}", end="")
        print(f" {'x floor':>8} {'budget':>7} {'of it':>6}")
        for case in CASES:
            floor_costs, own = Costs(), Costs()
            for _ in range(rounds):
                if case.has_floor:
                    cost(bare, case, floor_costs)
                cost(ours, case, own)
            show(case, floor_costs, own)
        show_latencies(bare, ours)
        print(
            f"\nmemory of the worker {memory_mb(ours.worker):.0f} MB (floor {memory_mb(bare.worker):.0f}),",
            end="",
        )
        print(f" of the writer {memory_mb(ours.writer):.0f} MB; started in {ours.started_seconds:.1f} s")


def show(case: Case, bare: Costs, own: Costs) -> None:
    """One line of the table."""
    spent = Use(median(own.worker), median(own.writer))
    both = spent.worker + spent.writer
    beside = f"{median(bare.worker):7.2f}" if bare.worker else f"{'-':>7}"
    ratio = f"{both / median(bare.worker):8.1f}" if bare.worker else f"{'-':>8}"
    print(f"{case.name:27} {beside} {spent.worker:7.2f} {spent.writer:7.2f} {both:7.2f}", end="")
    print(f" {ratio} {case.budget:7.2f} {both / case.budget:5.1f}x", flush=True)


def show_latencies(bare: Place, ours: Place) -> None:
    """What is added for one caller alone. A JSON answer and the end of a stream wait for a flush to disk."""
    print(f"\n{'milliseconds, one caller, p50':34} {'floor':>7} {'gateway':>8} {'added':>7}")
    for case, count in ((CASES[0], 150), (CASES[2], 80)):
        floor_first, floor_whole, first, whole = latencies(bare, ours, case, count)
        if case.ask.is_stream:
            print(
                f"{case.name + ', first byte':34} {floor_first:7.2f} {first:8.2f} {first - floor_first:7.2f}"
            )
        print(f"{case.name + ', whole':34} {floor_whole:7.2f} {whole:8.2f} {whole - floor_whole:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
