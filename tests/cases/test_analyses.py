"""Runs `analyses/*.md`: what a comparison, a search for conflicts, a safeguard's test or a dispute must give.

Documents stand in `yaml` blocks, read for every question; `yaml old` and `yaml new` are the two wordings of a
comparison. An `asked` block has one question a line: the analysis and its options, then `->` and the answers
that must be given, `;` between them. An answer is `verdict norms`, and after `when` conditions that must all
stand in its region, `,` between them. Nothing else may be found; undecided answers fail the case.
"""

import re
import time
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.instruments import Instruments, Source, analyses, load

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "analyses").glob("*.md"))
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path) -> None:
    blocks = BLOCK.findall(case.read_text(encoding="utf-8"))
    sides: dict[str, list[Source]] = {"": [], "old": [], "new": []}
    for kind, side, body in blocks:
        if kind == "yaml":
            sides[side.strip()].append(Source(f"{case.stem}.yaml", body))
        elif kind == "folder":
            paths = sorted((ROOT / body.strip()).glob("*.yaml"))
            sides[side.strip()] += [Source(str(path), path.read_text()) for path in paths]
    lines = [line for kind, _, body in blocks if kind == "asked" for line in body.strip().splitlines()]
    assert lines, "a case asks something"
    for line in lines:
        check(sides, line)


def check(sides: dict[str, list[Source]], line: str) -> None:
    question, _, answers = line.partition("->")
    name, *options = question.split()
    both = sides[""]
    old = load([*both, *sides["old"]])
    new = load([*both, *sides["new"]])
    analysis = asked(name, old, new, options)
    assert analysis.is_decided, line
    found = [
        one for one in analysis.results if one.verdict != "no difference" or one.region or not one.is_found
    ]
    for answer in filter(None, (part.strip() for part in answers.split(";"))):
        said, _, when = answer.partition(" when ")
        wanted = {part.strip() for part in when.split(",") if part.strip()}
        match = [
            one
            for one in found
            if said in (one.verdict, f"{one.verdict} {' '.join(one.norms)}", one.says)
            and wanted <= set(one.region)
        ]
        seen = "\n".join(f"{one.verdict} {' '.join(one.norms)} when {one.region}" for one in found)
        assert match, f"{line}\nno answer `{answer}` among\n{seen}"
        found.remove(match[0])
    assert not found, f"{line}\nfound besides: {[(one.verdict, one.says, one.region) for one in found]}"


def asked(name: str, old: Instruments, new: Instruments, options: list[str]) -> analyses.Analysis:
    pairs = [option.partition("=") for option in options]
    given = {flag: value for flag, _, value in pairs if flag in ("user", "via", "vendor", "action", "at")}
    profile = analyses.Profile(
        user=tuple(given["user"].split("+")) if "user" in given else None,
        via=tuple(part for part in given["via"].split("+") if part != "none") if "via" in given else None,
        vendor=given.get("vendor"),
        action=given.get("action"),
        at=parse_instant(given["at"]) if "at" in given else None,
        readings={
            flag.removeprefix("reading:"): value for flag, _, value in pairs if flag.startswith("reading:")
        },
    )
    names = tuple(value for flag, _, value in pairs if flag == "norm")
    suppose = tuple(value for flag, _, value in pairs if flag == "suppose")
    decides = {
        flag.removeprefix("decides:"): value for flag, _, value in pairs if flag.startswith("decides:")
    }
    old, new = analyses.supposed([old, new], suppose)
    budget = analyses.Budget(120, time.monotonic)
    if "any-vendor" in options:
        old, new = analyses.vendor_blind(old), analyses.vendor_blind(new)
    match name:
        case "diff":
            return analyses.diff(analyses.Wordings(old=old, new=new), profile=profile, budget=budget)
        case "conflicts":
            return analyses.conflicts(old, profile=profile, budget=budget)
        case "hollow":
            weighed = analyses.Weighed(names=names, deciders=decides)
            return analyses.hollow(old, profile=profile, budget=budget, weighed=weighed)
        case "readings":
            return analyses.readings(old, profile=profile, budget=budget)
    raise AssertionError(f"no analysis `{name}`")
