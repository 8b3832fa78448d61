"""Our gateway beside others, one at a time against one provider, in one run. Linux only: it reads /proc.

    python bench/gateway/compare.py            about ten minutes once everything is installed
    python bench/gateway/compare.py --quick    a third of it
    python bench/gateway/compare.py --only nginx,rolter

CPU seconds come first: they hold on a busy machine, rates and latencies do not. They count user and kernel
time of all processes of a gateway: ours has one worker, callers' keys, instruments, counters, its ledger and
its writer process. The rounds go round all gateways; the median round counts. Every answer is checked.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles

from answers import Ask, ask
from callers import AnswerWrong, Timing, call
from peers import KEY, PEERS, Absent, Peer, install
from processes import family, family_cpu_seconds, family_memory_mb, gateway, provider, stop
from run import free_port

CALLERS = 32
START_SECONDS = 120.0
OURS = "offramp"


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of traffic."""

    name: str
    ask: Ask
    each: int
    """How often each caller asks in a round."""
    is_translated: bool = False


CASES = (
    Case("JSON", ask("openai-chat", is_stream=False), 24),
    Case("burst", ask("openai-chat", is_stream=True), 8),
    Case("paced", ask("openai-chat", is_stream=True, is_paced=True), 3),
    Case("JSON, translated", ask("anthropic-messages", is_stream=False), 24, is_translated=True),
    Case("burst, translated", ask("anthropic-messages", is_stream=True), 8, is_translated=True),
)


@dataclass(slots=True)
class Running:
    """A gateway that answers."""

    name: str
    port: int
    pid: int
    key: str
    started_seconds: float
    headers: dict[str, str] = field(default_factory=dict)
    share: float = 1.0
    stream_callers: int = CALLERS
    translates: bool = True
    costs: dict[str, list[float]] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)

    def round(self, case: Case) -> None:
        """One round of `case`; an answer that is not the provider's ends it for this gateway."""
        if case.name in self.wrong or (case.is_translated and not self.translates):
            return
        callers = self.stream_callers if case.ask.is_stream else CALLERS
        each = max(2, round(CALLERS * case.each * self.share / callers))
        before = family_cpu_seconds(self.pid)
        try:
            self.ask(case.ask, callers, each)
        except (AnswerWrong, OSError, TimeoutError) as error:
            self.wrong[case.name] = str(error)[:300] or type(error).__name__
            return
        spent = family_cpu_seconds(self.pid) - before
        self.costs.setdefault(case.name, []).append(spent / (callers * each / 1000))

    def ask(self, asked: Ask, callers: int, each: int) -> Timing:
        """Ask it. Raises where an answer is wrong."""
        timing = call(self.port, asked, self.key, callers=callers, each=each, headers=self.headers)
        return asyncio.run(timing)


@contextmanager
def started(peer: Peer, cache: Path, work: Path, url: str) -> Iterator[Running]:
    """A peer runs and answers. Raises `Absent`."""
    installed = install(peer, cache)
    work.mkdir(parents=True)
    port = free_port()
    way = peer.start(installed, work, url, port)
    began = time.monotonic()
    with (work / "log").open("wb") as log:
        process = subprocess.Popen(
            way.argv,
            env={**os.environ, **way.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=work,
        )
    running = Running(
        peer.name,
        port,
        process.pid,
        f"sk-{KEY}" if peer.name == "litellm" else KEY,
        0.0,
        dict(way.headers),
        peer.share,
        peer.stream_callers,
        peer.translates,
    )
    try:
        _wait(running, process, work / "log")
        running.started_seconds = time.monotonic() - began
        yield running
    finally:
        stop(process)


def _wait(running: Running, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    said = ""
    while time.monotonic() < deadline and process.poll() is None:
        try:
            running.ask(CASES[0].ask, 1, 1)
        except (AnswerWrong, OSError) as error:
            said = str(error)
            time.sleep(0.05)
        else:
            return
    last = log.read_text(errors="replace").strip().splitlines()[-1:] or [""]
    raise Absent(f"it did not answer: {said[-200:]!r} {last[0][-200:]!r}")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="our gateway beside others")
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    parser.add_argument("--only", default="", help="names of peers, with commas between")
    parser.add_argument("--cache", type=Path, default=_cache(), help="where peers are installed")
    options = parser.parse_args()
    rounds = 3 if options.quick else 9
    chosen = [peer for peer in PEERS if not options.only or peer.name in options.only.split(",")]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{rounds} rounds, {CALLERS} callers, {os.cpu_count()} cores, load {load}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = stack.enter_context(provider())
        ours = stack.enter_context(gateway(url, Path(folder) / "ours"))
        runners = [Running(OURS, ours.port, ours.process, ours.key, ours.started_seconds)]
        for peer in chosen:
            try:
                work = Path(folder) / peer.name
                runners.append(stack.enter_context(started(peer, options.cache, work, url)))
            except Absent as absent:
                print(f"absent: {peer.name} ({peer.source}): {absent}", flush=True)
        for case in CASES:
            for number in range(rounds + 1):
                for one in runners:
                    one.round(case)
                    if not number and case.name in one.costs:
                        # The first round warms up.
                        one.costs[case.name].clear()
        _show_costs(runners)
        _show_latencies(runners, 60 if options.quick else 200)
        for one in runners:
            for name, why in one.wrong.items():
                print(f"not measured: {one.name}, {name}: {why.splitlines()[0][:150]}")


def _show_costs(runners: list[Running]) -> None:
    names = [case.name for case in CASES]
    print(
        f"\n{'CPU s / 1,000':10}"
        + "".join(f"{name:>18}" for name in names)
        + f"{'MB':>8}{'start s':>9}{'':>4}"
    )
    for one in runners:
        line = f"{one.name:13}"
        for name in names:
            line += f"{median(one.costs[name]):18.3f}" if one.costs.get(name) else f"{'-':>18}"
        memory = family_memory_mb(one.pid)
        print(f"{line}{memory:8.0f}{one.started_seconds:9.1f}  {len(family(one.pid))} processes", flush=True)
    ours = runners[0]
    for one in runners[1:]:
        line = f"{one.name + ' / us':13}"
        for name in names:
            has_both = one.costs.get(name) and ours.costs.get(name)
            line += (
                f"{median(one.costs[name]) / median(ours.costs[name]):17.1f}x" if has_both else f"{'-':>18}"
            )
        print(line)


def _show_latencies(runners: list[Running], count: int) -> None:
    print("\nmilliseconds for one caller, the provider's own time included")
    heads = ("JSON p50", "JSON p99", "first p50", "first p99", "end p50", "end p99")
    print(f"{'':13}" + "".join(f"{name:>11}" for name in heads))
    for one in runners:
        told = []
        for case, parts in ((CASES[0], ("whole",)), (CASES[1], ("first", "whole"))):
            if case.name in one.wrong:
                told += [float("nan")] * 2 * len(parts)
                continue
            timing = one.ask(case.ask, 1, max(20, int(count * min(1.0, one.share * 3))))
            for part in parts:
                values = getattr(timing, part)
                told += [median(values) * 1e3, quantiles(values, n=100)[98] * 1e3]
        print(f"{one.name:13}" + "".join(f"{value:11.2f}" for value in told), flush=True)


def _cache() -> Path:
    root = os.environ.get("OFFRAMP_CACHE") or Path.home() / ".cache" / "offramp"
    return Path(root) / "bench-gateway"


if __name__ == "__main__":
    sys.exit(main())
