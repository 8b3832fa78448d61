"""How fast instruments answer: decisions by the size of the slice, and analyses by the number of norms.

    python bench/instruments/run.py [--quick]

The budgets: a decision in under 1 ms at the 99th percentile with 200 norms in the slice; any conflict among
5,000 norms, and a readable diff, in under 1 s each. It also puts 100,000 random requests to Cedar and to the
compiled closure, and 2,000 to Cedar and to Z3: all must agree, in answers and in reasons.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench.instruments import synthetic  # noqa: E402
from tests.property.instruments import agreement, random_worlds  # noqa: E402

from offramp.core.instants import parse_instant  # noqa: E402
from offramp.instruments import Enforcer, Instruments, Question, Source, load  # noqa: E402
from offramp.instruments.analyses import (  # noqa: E402
    Budget,
    Limits,
    Profile,
    Wordings,
    conflicts,
    diff,
    hollow,
    readings,
)
from offramp.instruments.replay import Replay  # noqa: E402
from offramp.instruments.slices import cut  # noqa: E402
from offramp.instruments.timeline import Moment  # noqa: E402

AT = parse_instant("2036-01-01")
REQUESTS = 2000
NORMS, DECISION = 200, 1e-3
"""The budget of a decision: CPU seconds at the 99th percentile, with so many norms in the slice."""
PATTERNS = 8
"""So many sets of facts that requests give."""
REPEATS = 3
"""Machines are noisy: each request is put to so many engines, none of which has seen it."""


def decisions(norms: int, *, is_alike: bool = True, missing: float = 0) -> float:
    """One vendor, one action, so many norms in the slice; no request twice. The 99th percentile, CPU seconds.

    Facts are missing as applications leave them out: some always, others now and then.
    """
    question = Question(("contractor",), ("dow_component",), "vendor-0", "use", {})
    words, size = _sliced(norms, question, is_alike=is_alike)
    random = Random(norms)
    enforcers = [Enforcer(words) for _ in range(REPEATS)]
    closure = Replay(words).closure(question, AT)
    drawn = [random_worlds.facts(random, words, junk=0, missing=0) for _ in range(REQUESTS)]
    kept = [[name for name in sorted(drawn[0]) if random.random() >= missing] for _ in range(PATTERNS)]
    asked = [
        replace(question, facts={**{name: facts[name] for name in random.choice(kept)}, "persons": number})
        for number, facts in enumerate(drawn)
    ]
    for enforcer in enforcers:
        for one in asked[: PATTERNS * 8]:
            enforcer.decide(one, AT)
    asked = asked[PATTERNS * 8 :]
    closure.decide(asked[0].facts)
    times = []
    for one in asked:
        best = 1.0
        for enforcer in enforcers:
            started = time.thread_time()
            enforcer.decide(one, AT)
            best = min(best, time.thread_time() - started)
        times.append(best)
    fast = _each(lambda: [closure.decide(one.facts) for one in asked])
    again = _each(lambda: [closure.decide(one.facts) for one in asked])
    remembered = _each(lambda: [enforcers[0].decide(asked[-1], AT) for _ in asked])
    times.sort()
    middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
    what = f"{'alike' if is_alike else 'none alike'}, {missing:.0%} of the facts missing"
    print(
        f"{size:4} norms in the slice ({what}): Cedar p50 {middle * 1e6:4.0f} us, p99 {late * 1e6:4.0f} us "
        f"({late / DECISION:4.2f} of the budget), {1 / middle:,.0f}/s | remembered {remembered * 1e6:4.1f} us"
        f" | closure {fast * 1e6:5.1f} us, where the same norms applied before {again * 1e6:4.1f} us, "
        f"{1 / again:8,.0f}/s ({middle / again:4.1f} x)"
    )
    return late


def _sliced(norms: int, question: Question, *, is_alike: bool) -> tuple[Instruments, int]:
    """Instruments of which at least so many norms are in the slice, and how many are."""
    count = norms * 7
    while True:
        words = synthetic.instruments(count, vendors=1, is_alike=is_alike)
        size = len({one.norm.id for one in cut(words, question, Moment(AT)).candidates})
        if size >= norms:
            return words, size
        count += count * (norms - size) // norms + 8


def _each(work: Callable[[], object]) -> float:
    """CPU seconds for each of the requests."""
    started = time.thread_time()
    work()
    return (time.thread_time() - started) / REQUESTS


def budget_of_decisions() -> None:
    """Says whether a decision meets its budget with 200 norms in the slice, at worst."""
    for norms in (10, 50):
        decisions(norms)
    worst = max(
        decisions(NORMS, is_alike=is_alike, missing=missing)
        for is_alike in (True, False)
        for missing in (0, 0.3)
    )
    verdict = "within" if worst < DECISION else "OVER"
    print(
        f"a decision that is not remembered, {NORMS} norms in the slice: p99 {worst * 1e3:.2f} ms at worst, "
        f"{verdict} the budget of {DECISION * 1e3:.0f} ms"
    )


def timed(work: Callable[[], object]) -> float:
    """CPU seconds of one run."""
    started = time.process_time()
    work()
    return time.process_time() - started


def budget() -> Budget:
    """Long enough for anything here."""
    return Budget(600, time.monotonic)


def analyses(count: int) -> None:
    """Every analysis on so many norms over twenty vendors, each with all its preparation."""
    started = time.process_time()
    words = synthetic.instruments(count)
    loading = time.process_time() - started
    changed = _one_word(count)
    first = timed(
        lambda: conflicts(
            words, profile=Profile(), budget=budget(), limits=Limits(described=1, is_first_only=True)
        )
    )
    none = timed(
        lambda: conflicts(
            words,
            profile=Profile(vendor="vendor-0"),
            budget=budget(),
            limits=Limits(described=0),
        )
    )
    both = Wordings(old=words, new=changed)
    compared = timed(lambda: diff(both, profile=Profile(), budget=budget(), most=1))
    whole = timed(lambda: diff(both, profile=Profile(), budget=budget()))
    hollowed = timed(lambda: hollow(words, profile=Profile(vendor="vendor-0"), budget=budget()))
    disputed = timed(
        lambda: readings(words, profile=Profile(user=("contractor",), vendor="vendor-0"), budget=budget())
    )
    print(
        f"{count:6} norms: load {loading:6.2f} s | any conflict {first:6.2f} s ({first:4.2f} of the budget)"
        f" | all of one vendor {none:6.2f} s | diff of one word {compared:6.2f} s ({compared:4.2f} of the"
        f" budget; all its regions {whole:6.2f} s) | "
        f"hollow, one vendor {hollowed:6.2f} s | readings, one party {disputed:6.2f} s"
    )


def _one_word(count: int) -> Instruments:
    """The same document, the first condition turned round by one word."""
    text = synthetic.document(count)
    start = text.index("when: '") + len("when: '")
    end = text.index("'", start)
    edited = f"{text[:start]}!({text[start:end]}){text[end:]}"
    return load([Source("synthetic.yaml", edited)])


def main() -> None:
    """Run everything; `--quick` asks a tenth."""
    is_quick = "--quick" in sys.argv
    synthetic.instruments(8)
    timed(lambda: conflicts(synthetic.instruments(8), profile=Profile(), budget=budget()))
    budget_of_decisions()
    for count in (10, 100, 1000) if is_quick else (10, 100, 1000, 5000):
        analyses(count)
    share = 10 if is_quick else 1
    took = timed(lambda: agreement.closure_agrees(Random(1), worlds=200 // share, askers=10, requests=50))
    print(f"{100_000 // share:,} requests: Cedar and the closure agree ({took:.0f} s)")
    took = timed(lambda: agreement.solver_agrees(Random(2), worlds=100 // share, questions=20))
    print(f"{2_000 // share:,} requests: Cedar and Z3 agree ({took:.0f} s)")


if __name__ == "__main__":
    main()
