"""The scan against ripgrep with the profiles' own literals: cold, warm, and what it takes in memory.

    .venv/bin/python bench/scan/run.py [--megabytes 300] [--rounds 3] [--clean DIR] [--dense DIR]

Makes two trees in a temporary folder, the same on every machine, unless folders are named. The programs read
the same files from a warm page cache, in turns: ripgrep with 300 of the literals that the scan looks for, and
with all of them. Processor seconds come first: other work on the machine moves the wall clock. Ratios above 1
mean that the scan is faster. Without ripgrep its part is left out.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import trees

LITERALS = 300
"""Those that the aim is stated for; ripgrep is asked for all of them besides."""
SHORTEST = 6
SCAN = (
    "import sys; from pathlib import Path; from offramp.inventory import Means, scan; "
    "from offramp.vendors import VENDORS; "
    "s = scan([Path(sys.argv[1])], VENDORS, means=Means(cache=Path(sys.argv[2]))); "
    "print(len(s.findings), s.coverage.files, s.coverage.bytes)"
)
COMPILE = (
    "import sys; from pathlib import Path; from offramp.inventory import Means, scan; "
    "from offramp.vendors import VENDORS; "
    "(Path(sys.argv[2]) / 'one').mkdir(parents=True); (Path(sys.argv[2]) / 'one' / 'a.py').touch(); "
    "scan([Path(sys.argv[2]) / 'one'], VENDORS, means=Means(cache=Path(sys.argv[2])))"
)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took."""

    wall: float
    cpu: float
    megabytes: int
    """The most memory one of its processes held."""
    output: str


def literals() -> list[str]:
    """Every literal that the profiles make the scan look for, but the shortest."""
    from offramp.inventory.knowledge import compile_knowledge
    from offramp.vendors import VENDORS, load_clouds

    signals = compile_knowledge(VENDORS, load_clouds(), tuple(VENDORS)).signals
    return sorted({one.text for one in signals if len(one.text) >= SHORTEST})


def write_words(folder: Path) -> dict[str, Path]:
    """Files of literals for ripgrep, by the name of their row: as many as the aim names, and all."""
    every = literals()
    step = max(1, len(every) // LITERALS)
    found = {}
    for texts in (every[::step][:LITERALS], every):
        path = folder / f"words-{len(texts)}"
        path.write_text("\n".join(texts) + "\n", encoding="utf-8")
        found[f"ripgrep, {len(texts)} literals"] = path
    return found


def run(command: list[str]) -> Run:
    """Run a command to its end; processor seconds and memory of it and its children."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, output)


def best(runs: list[Run]) -> Run:
    """The run that took the least of the processor."""
    return min(runs, key=lambda one: one.cpu)


def compare(name: str, root: Path, rounds: int, work: Path, finders: Mapping[str, list[str]]) -> None:
    """The programs in turns on one tree, and the ratios."""
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    cache = work / f"cache-{name}"
    run([sys.executable, "-c", COMPILE, "", str(cache)])
    cold: list[Run] = []
    warm: list[Run] = []
    others: dict[str, list[Run]] = {label: [] for label in finders}
    for _ in range(rounds):
        for kept in cache.glob("*.kept"):
            kept.unlink()
        for label, command in finders.items():
            others[label].append(run([*command, str(root)]))
        cold.append(run([sys.executable, "-c", SCAN, str(root), str(cache)]))
        warm.append(run([sys.executable, "-c", SCAN, str(root), str(cache)]))
    walk = best([run([sys.executable, "-c", WALK, str(root)]) for _ in range(rounds)])
    findings, files, _ = best(cold).output.split()
    print(f"\n{name}: {files} files, {size / 1e6:.0f} MB, {findings} findings")
    rows = [(label, best(runs)) for label, runs in others.items()]
    rows += [("scan, cold", best(cold)), ("scan, warm", best(warm)), ("the walk alone", walk)]
    for label, one in rows:
        speed = size / 1e6 / one.cpu
        print(
            f"  {label:24} {one.cpu:7.2f} cpu s {one.wall:7.2f} s {speed:7.0f} MB/cpu s {one.megabytes:5} MB"
        )
    for label, runs in others.items():
        print(f"  cold / {label}: {best(runs).cpu / best(cold).cpu:.2f} by processor", end="")
        print(f", {min(one.wall for one in runs) / min(one.wall for one in cold):.2f} by the clock")
    print(f"  warm / walk: {walk.cpu / best(warm).cpu:.2f} by processor")


WALK = (
    "import sys; from pathlib import Path; from offramp.inventory import scan; "
    "from offramp.inventory.walk import walk; print(sum(1 for _ in walk(Path(sys.argv[1]))))"
)


def main() -> None:
    """Make the trees, or take the named ones, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--megabytes", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clean", type=Path)
    parser.add_argument("--dense", type=Path)
    given = parser.parse_args()
    finder = shutil.which("rg", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if finder is None:
        print("ripgrep is not installed: the comparison with it is left out")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        command = [] if finder is None else [finder, "--no-ignore", "--hidden", "-i", "-c", "-F", "-f"]
        words = {} if finder is None else write_words(work)
        finders = {label: [*command, str(path)] for label, path in words.items()}
        for name, make, own in (("clean", trees.clean, given.clean), ("dense", trees.dense, given.dense)):
            root = own or work / name
            if own is None:
                root.mkdir()
                make(root, given.megabytes)
            compare(name, root, given.rounds, work, finders)
            if own is None:
                shutil.rmtree(root)


if __name__ == "__main__":
    main()
