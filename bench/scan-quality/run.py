"""How much of what reading found `offramp scan` finds, and how much it reports that is no use.

    python bench/scan-quality/run.py [CHECKOUTS] [--list] [--peers FOLDER [--only NAMES] [--no-scan]]

CHECKOUTS is a folder with one checkout a repository of `corpus.csv`, named `owner+name`, `owner-name`,
`owner/name` or `name`, each at the commit that stands there. Nothing is fetched; what is missing is listed
with its commit, and a file that is not the one that was read is left out. `--list` prints every miss and
every wrong finding of the parts that may be tuned to, never of the part `held-out`. `--peers` runs other
tools beside: a folder with one virtual environment a line of `peers.txt`, each named as the package.

    for line in $(cat bench/scan-quality/peers.txt); do
        python -m venv PEERS/${line%%=*} && PEERS/${line%%=*}/bin/pip install $line
    done
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from corpus import HELD_OUT, PARTS, Label, Repository, corpus, rows
from languages import by_language
from scoring import Found, Tally, Verdicts, score
from tables import headline, kinds, macro, share, sums, table

MENTION = "mention"
WITHOUT_TESTS = ("code", "notebook")


def scan(root: Path) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """What `offramp scan` calls a use in a checkout, and the vendors it looked for."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "offramp",
            "scan",
            str(root),
            "--format",
            "json",
            "--exit-zero",
            "--no-record",
        ],
        capture_output=True,
        check=False,
    )
    if not done.stdout:
        raise SystemExit(f"offramp scan {root} failed:\n{done.stderr.decode()}")
    document = json.loads(done.stdout)
    same = {row["alias"]: row["vendor"] for row in rows("vendors.csv")}
    found = tuple(
        Found(one["path"], one["line"], same.get(one["vendor"], one["vendor"]), one["kind"])
        for one in document["findings"]
        if one["kind"] != MENTION
    )
    return found, tuple(same.get(slug, slug) for slug in document["vendors"])


def report(repositories: tuple[Repository, ...], is_listing: bool) -> dict[str, Tally]:
    """Scan, score and print; the tallies by name."""
    everything: dict[str, Verdicts] = {}
    reported: dict[str, tuple[Found, ...]] = {}
    named: dict[str, list[Tally]] = {}
    began = time.perf_counter()
    for repo in repositories:
        found, vendors = scan(repo.root)
        reported[repo.name] = found
        everything[repo.name] = score(repo, found, by_vendor=True)
        rows_of = {
            "": everything[repo.name],
            ", vendors with a profile": score(
                repo, found, by_vendor=True, wanted=partial(is_of, frozenset(vendors))
            ),
            ", without tests and fixtures": score(repo, found, by_vendor=True, wanted=is_deployed),
        }
        for part in (repo.part, "all"):
            for name, verdicts in rows_of.items():
                named.setdefault(part + name, []).append(verdicts.tally)
    totals = {name: sums(named[name]) for name in sorted(named)}
    print(f"\n## offramp scan ({time.perf_counter() - began:.0f} s for {len(everything)} repositories)\n")
    print(headline(totals))
    print("\nmeans over repositories (line recall, strict precision):")
    for part in PARTS:
        print(f"- {part}: {', '.join(macro(named.get(part, ())))}")
    there = [part for part in PARTS if part in totals]
    print(f"\n### by kind\n\n{kinds({part: totals[part] for part in there})}")
    for part in there:
        of_part = [repo for repo in repositories if repo.part == part]
        print(f"\n### by language of the file, {part}\n\n{by_language(of_part, reported)}")
    print(f"\n### by repository\n\n{by_repository(repositories, everything)}")
    if is_listing:
        listing(repositories, everything)
    return totals


def is_of(vendors: frozenset[str], label: Label) -> bool:
    """Whether the scanner has a profile of the label's vendor."""
    return label.vendor in vendors


def is_deployed(label: Label) -> bool:
    """Whether the place is neither test nor fixture."""
    return label.context in WITHOUT_TESTS


def by_repository(repositories: Iterable[Repository], everything: dict[str, Verdicts]) -> str:
    """One row a repository."""
    return table(
        ("repository", "part", "lines", "line recall", "strict precision", "in clean"),
        (
            (
                repo.name,
                repo.part,
                one.all_lines,
                share(one.all_lines_hit, one.all_lines),
                share(one.right.total(), one.right.total() + one.wrong.total()),
                one.in_clean,
            )
            for repo in repositories
            for one in (everything[repo.name].tally,)
        ),
    )


def listing(repositories: Iterable[Repository], everything: dict[str, Verdicts]) -> None:
    """Every miss and every wrong finding of the parts that may be tuned to."""
    for repo in repositories:
        if repo.part == HELD_OUT:
            continue
        for label in everything[repo.name].missed:
            print(f"miss\t{repo.name}\t{shown(label)}")
        for one in everything[repo.name].wrong:
            print(f"wrong\t{repo.name}\t{shown(one)}")


def shown(one: Label | Found) -> str:
    """Place, vendor and kind."""
    return f"{one.path}:{one.line}\t{one.vendor}\t{one.kind}"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkouts", nargs="?", type=Path)
    parser.add_argument("--peers", type=Path, help="folder of virtual environments, one a line of peers.txt")
    parser.add_argument("--no-scan", action="store_true", help="run the peers alone")
    parser.add_argument(
        "--keep", type=Path, help="folder for the peers' findings, read again on the next run"
    )
    parser.add_argument("--only", help="comma-separated names of peers to run")
    parser.add_argument("--limit", type=int, default=300, help="seconds for one peer on one repository")
    parser.add_argument(
        "--list", action="store_true", help="list misses and wrong findings, none of the part held out"
    )
    return parser.parse_args()


def main() -> None:
    """Say what is missing, measure what is there."""
    asked = arguments()
    if asked.checkouts is None:
        print("scan quality: nothing measured, no folder of checkouts given; see the head of this file")
        return
    repositories, missing = corpus(asked.checkouts)
    for name, commit in missing:
        print(f"missing: {name} at {commit}")
    for repo in repositories:
        if repo.changed:
            print(f"changed: {repo.name}: {repo.changed} files are not those of {repo.commit}; left out")
    if not repositories:
        raise SystemExit("none of the repositories is there")
    if not asked.no_scan:
        report(repositories, asked.list)
    if asked.peers:
        from peers import beside

        print(beside(repositories, asked.peers.absolute(), asked.limit, asked.only, asked.keep))


if __name__ == "__main__":
    main()
