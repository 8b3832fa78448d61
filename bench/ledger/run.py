"""How fast the ledger takes entries, beside bare SQLite inserts of the same bytes in the same run.

    python bench/ledger/run.py [ENTRIES]

Prints CPU microseconds per entry first: they hold on a noisy machine, wall-clock rates do not. The budgets
are 40,000 entries a second in batches, and p99 under 25 ms for a caller that waits for durability.
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from offramp.core.instants import now
from offramp.evidence import AsyncLedger, Entry, EntryType, Handover, Ledger, verify
from offramp.evidence.body import encode
from offramp.evidence.frames import encode_request
from offramp.evidence.log import Pending, open_log
from offramp.evidence.pack import Contents
from offramp.evidence.reading import snapshot

WAITERS = 32
APPENDS_EACH = 60
WRITER = "import sys, pathlib; from offramp.evidence import run_writer; run_writer(pathlib.Path(sys.argv[1]))"


def entry(number: int) -> Entry:
    """A traffic entry of about 400 bytes."""
    return Entry(
        type=EntryType.TRAFFIC,
        at=now(),
        actor="permit-desk",
        cause="request",
        subject=f"req_{number:026d}",
        instruments=("order-1",),
        data={"route": "example", "upstream": "incumbent", "model": "model-a", "status": 200, "losses": []},
        digests={"request": "0" * 64, "response": "1" * 64},
    )


def measured(label: str, count: int, work: Callable[[], None], beside: float = 0.0) -> float:
    """Run, print and return the CPU microseconds per entry."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, (time.process_time() - cpu) / count * 1e6
    ratio = f"  {cpu / beside:5.2f} x bare" if beside else ""
    print(f"{label:44} {cpu:8.1f} us CPU  {count / wall:10,.0f} entries/s{ratio}")
    return cpu


def bare(path: Path, bodies: list[bytes], batch: int) -> None:
    """The same bytes into one table, with the same durability and no tree."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE entries (idx INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    for start in range(0, len(bodies), batch):
        connection.execute("BEGIN")
        rows = list(enumerate(bodies[start : start + batch], start))
        connection.executemany("INSERT INTO entries VALUES (?, ?)", rows)
        connection.execute("COMMIT")
    connection.close()


def direct(state: Path, bodies: list[bytes], batch: int) -> None:
    """What the writer process does with entries that callers encoded."""
    state.mkdir(mode=0o700)
    log = open_log(state)
    for start in range(0, len(bodies), batch):
        log.append([Pending(body) for body in bodies[start : start + batch]])
    log.close()


async def waiters(state: Path) -> tuple[float, list[float]]:
    """Rate and latencies of callers that each wait for durability."""
    ledger = await AsyncLedger.connect(state, wait_seconds=60)
    latencies: list[float] = []

    async def caller(name: int) -> None:
        for number in range(APPENDS_EACH):
            start = time.perf_counter()
            await ledger.append(entry(name * APPENDS_EACH + number))
            latencies.append(time.perf_counter() - start)

    await ledger.append(entry(0))
    start = time.perf_counter()
    await asyncio.gather(*map(caller, range(WAITERS)))
    rate = WAITERS * APPENDS_EACH / (time.perf_counter() - start)
    await ledger.close()
    return rate, sorted(latencies)


def main(count: int) -> None:
    """Print every figure."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{count:,} entries, {os.cpu_count()} cores, load {load}")
    entries = [entry(number) for number in range(count)]
    bodies = list(map(encode, entries))
    print(f"{sum(map(len, bodies)) // count} bytes an entry\n")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        measured("encode (in the caller)", count, lambda: [None for one in entries if not encode(one)])
        measured(
            "encode and frame (in the caller)",
            count,
            lambda: [None for one in entries if not encode_request(1, Pending(encode(one)))],
        )
        for batch in (10, 100, 1000):
            used = count if batch > 10 else count // 10
            part = bodies[:used]
            path = home / f"bare-{batch}.db"
            beside = measured(f"bare SQLite, {batch} a commit", used, lambda: bare(path, part, batch))  # noqa: B023
            state = home / f"direct-{batch}"
            measured(f"ledger, {batch} a commit", used, lambda: direct(state, part, batch), beside)  # noqa: B023
        with Ledger.open(home / "one") as ledger:
            measured(
                "ledger, one a commit", 500, lambda: [None for one in entries[:500] if not ledger.append(one)]
            )

        state = home / "waiters"
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(state)])
        try:
            rate, latencies = asyncio.run(waiters(state))
        finally:
            writer.terminate()
            writer.wait()
        p50, p99 = (latencies[int(len(latencies) * share)] * 1e3 for share in (0.5, 0.99))
        print(
            f"\n{WAITERS} callers waiting for durability: {rate:,.0f}/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        )

        state, output = home / "direct-1000", home / "pack.zip"
        with snapshot(state) as ledger_now:
            start = time.perf_counter()
            for index in range(0, count, max(1, count // 100)):
                ledger_now.inclusion(index)
            print(f"inclusion proof over {count:,} entries: {(time.perf_counter() - start) * 10:.2f} ms")
        measured("pack", count, lambda: Handover(state).pack(output, Contents(made_at=now())) and None)
        key = Handover(state).public_key()
        measured("verify a pack", count, lambda: verify(output, key) and None)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
