"""What recording costs on a request: the same gateway with every exchange recorded and with none, in one run.

    python bench/gateway/recording.py [ROUNDS]

CPU seconds per 1,000 requests of worker and writer, which answer, and of the whole gateway, with the process
that scrubs and seals beside them; the rounds alternate, the median counts. Linux only: it reads /proc.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from callers import call
from processes import Place, family_cpu_seconds, gateway, provider, use
from run import CALLERS, CASES, Case, warm

RECORDED = ", recording: {share: 1, keep: 30 days}"
SETTLED_SECONDS = 3.0
"""What is still to be sealed after a round is counted with it."""


def cost(place: Place, case: Case) -> tuple[float, float]:
    """One round: of those that answer, and of all."""
    before, all_before = use(place), family_cpu_seconds(place.process)
    asyncio.run(call(place.port, case.ask, place.key, callers=CALLERS, each=case.each))
    after = use(place)
    time.sleep(SETTLED_SECONDS)
    thousands = CALLERS * case.each / 1000
    answering = after.worker - before.worker + after.writer - before.writer
    return answering / thousands, (family_cpu_seconds(place.process) - all_before) / thousands


def main(rounds: int) -> None:
    """Print every figure."""
    with (
        tempfile.TemporaryDirectory() as folder,
        provider() as url,
        gateway(url, Path(folder) / "without") as without,
        gateway(url, Path(folder) / "with", RECORDED) as recorded,
    ):
        warm(without)
        warm(recorded)
        print(f"{'CPU seconds per 1,000':27} {'without':>15} {'recorded':>15} {'ratio':>13}")
        print(f"{'':27} {'answers':>8}{'all':>7} {'answers':>8}{'all':>7} {'answers':>7}{'all':>6}")
        for case in CASES[:4]:
            found = [(*cost(without, case), *cost(recorded, case)) for _ in range(rounds)]
            off, all_off, on, all_on = (median(one) for one in zip(*found, strict=True))
            print(
                f"{case.name:27} {off:8.2f}{all_off:7.2f} {on:8.2f}{all_on:7.2f} "
                f"{on / off:7.2f}{all_on / all_off:6.2f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
