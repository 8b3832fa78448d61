"""What limits and budgets cost on a request: the same gateway with and without them, in one run.

    python bench/gateway/limits.py [ROUNDS]

CPU seconds per 1,000 requests of worker and writer; the rounds alternate, the median counts. The limited
caller has every limit there is. Linux only: it reads /proc.
"""

import sys
import tempfile
from pathlib import Path
from statistics import median

from processes import gateway, provider
from run import CASES, Costs, cost, warm

LIMITS = (
    ", limits: {requests_per_minute: 100000000, tokens_per_minute: 10000000000, requests_per_day: 100000000, "
    "tokens_per_day: 10000000000, concurrency: 1000}, "
    "budgets: {tokens_per_month: 100000000000, usd_per_month: 1000000, unknown_price: ignore}"
)


def main(rounds: int) -> None:
    """Print every figure."""
    with (
        tempfile.TemporaryDirectory() as folder,
        provider() as url,
        gateway(url, Path(folder) / "without") as without,
        gateway(url, Path(folder) / "with", LIMITS) as limited,
    ):
        warm(without)
        warm(limited)
        print(f"{'CPU seconds per 1,000':27} {'without':>15} {'with':>15} {'ratio':>6}")
        print(f"{'':27} {'worker':>8}{'writer':>7} {'worker':>8}{'writer':>7}")
        for case in CASES[:4]:
            off, on = Costs(), Costs()
            for _ in range(rounds):
                cost(without, case, off)
                cost(limited, case, on)
            found = [median(one) for one in (off.worker, off.writer, on.worker, on.writer)]
            ratio = (found[2] + found[3]) / (found[0] + found[1])
            print(
                f"{case.name:27} {found[0]:8.2f}{found[1]:7.2f} {found[2]:8.2f}{found[3]:7.2f} {ratio:6.2f}"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
