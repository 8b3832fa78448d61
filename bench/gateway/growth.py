"""Whether the gateway grows: memory and open files of each process after 10,000, 50,000 and 100,000 requests.

    python bench/gateway/growth.py [REQUESTS]

One worker, callers' keys, instruments, limits and the ledger; three of four requests get a JSON answer, one a
stream. Every answer is checked. Linux only: it reads /proc.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from answers import ask
from callers import call
from limits import LIMITS
from processes import Place, gateway, memory_mb, provider

CALLERS = 16
ROUND = 25
"""Requests of each caller between two looks at how far it is."""
MARKS = (0.01, 0.1, 0.5, 1.0)


def main(requests: int) -> None:
    """Print a line for each mark."""
    with (
        tempfile.TemporaryDirectory() as folder,
        provider() as url,
        gateway(url, Path(folder) / "place", LIMITS) as place,
    ):
        print(f"{'requests':>9}  {'worker':>16} {'writer':>16} {'main':>16} {'ledger':>9}")
        print(f"{'':>9}  {'MB':>9} {'files':>6} {'MB':>9} {'files':>6} {'MB':>9} {'files':>6} {'MB':>9}")
        whole, streamed = ask("openai-chat", is_stream=False), ask("anthropic-messages", is_stream=True)
        done, marks = 0, [round(requests * mark) for mark in MARKS]
        while marks:
            for asked in (whole, whole, whole, streamed):
                asyncio.run(call(place.port, asked, place.key, callers=CALLERS, each=ROUND))
                done += CALLERS * ROUND
            if done >= marks[0]:
                marks = [mark for mark in marks if mark > done]
                print(line(done, place, Path(folder) / "place" / ".offramp" / "state.db"), flush=True)


def line(done: int, place: Place, ledger: Path) -> str:
    """What the processes hold now."""
    told = "".join(
        f" {memory_mb(pid):9.1f} {sum(1 for _ in Path(f'/proc/{pid}/fd').iterdir()):6}"
        for pid in (place.worker, place.writer, place.process)
    )
    return f"{done:9,} {told} {ledger.stat().st_size / 1e6:9.1f}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
