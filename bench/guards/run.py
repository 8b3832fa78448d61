"""What red lines cost on a request: guards on against off, as CPU, on the gateway of `bench/gateway`.

    python bench/guards/run.py [ROUNDS]

Four gateways with one worker each take turns, and the median round counts: one whose instruments ask for no
guard; one where a clause reads purpose and persons, and this use is none it counts; one where each request
names ten known persons; one where each names ten that nobody named before, so that each count is made durable
first. Linux only.
"""

import asyncio
import itertools
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "gateway"))

from answers import ask
from callers import call
from processes import INSTRUMENTS, Place, gateway, provider, use

CALLERS, EACH = 32, 16
CLAUSE = """\
  - id: clause-9
    kind: clause
    title: a clause
    issuer: an issuer
    basis: text
    source: {document: Terms}
    from: 2020-01-01
    norms:
      - {id: few, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: context.purpose == "surveillance" && context.persons >= 10000000, quote: not about so many}
"""
REGISTERED = ", registration: {purposes: [office, surveillance]}"
NUMBERS = itertools.count()


def nobody() -> str:
    """No header."""
    return ""


def known() -> str:
    """Ten persons, always the same."""
    return _named(range(10))


def new() -> str:
    """Ten persons nobody named before."""
    return _named(itertools.islice(NUMBERS, 10))


def _named(numbers: object) -> str:
    subjects = ",".join(f"person-{number}@example.org" for number in numbers)  # type: ignore[attr-defined]
    return f"offramp-purpose: surveillance\r\nofframp-subjects: {subjects}\r\n"


CASES: tuple[tuple[str, str, Callable[[], str]], ...] = (
    ("no instrument asks", "", nobody),
    ("asked, a use no clause counts", CLAUSE, nobody),
    ("ten known persons", CLAUSE, known),
    ("ten new persons", CLAUSE, new),
)


def cost(place: Place, header: Callable[[], str]) -> float:
    """CPU seconds of worker and writer for 1,000 requests."""
    before = use(place)
    asked = ask("openai-chat", is_stream=False)
    asyncio.run(call(place.port, asked, place.key, callers=CALLERS, each=EACH, header=header))
    after = use(place)
    spent = after.worker - before.worker + after.writer - before.writer
    return spent / (CALLERS * EACH / 1000)


def main(rounds: int) -> None:
    """Print every figure."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        url = stack.enter_context(provider())
        places = [
            stack.enter_context(
                gateway(url, Path(folder) / str(number), REGISTERED, instruments=INSTRUMENTS + clause)
            )
            for number, (_, clause, _) in enumerate(CASES)
        ]
        costs: list[list[float]] = [[] for _ in CASES]
        for turn in range(rounds + 1):
            for number, (_, _, header) in enumerate(CASES):
                spent = cost(places[number], header)
                if turn:
                    costs[number].append(spent)
        off = median(costs[0])
        print(f"{rounds} rounds, {CALLERS} callers; CPU seconds per 1,000 JSON requests, worker and writer")
        for (name, _, _), each in zip(CASES, costs, strict=True):
            print(f"{name:32} {median(each):6.2f}  {median(each) / off:5.2f} x off")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
