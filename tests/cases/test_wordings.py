"""Runs `wordings/*.md`: what one sample wording allows and forbids that another does not.

A `compared` block: `old -> new` (files of `examples/wordings`, each read with `shared.yaml`),
`following q=o, …` for readings, then `newly allowed:` and `newly forbidden:` lines. A line is a region,
`fact=a/b, fact!=a, fact>=n, fact<n, question=option`; the lines of one kind together are *all* of it,
`nothing` where there is none. `same under q=o` names a reading under which nothing differs.

Checked twice. The engine that decides at run time is asked about every combination of the values that can
matter; `offramp terms diff` must report the same kinds of change, with examples that lie in those regions.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.core.verdicts import FactValue, Outcome
from offramp.instruments import Instruments, Question, Source, decide, load

FOLDER = Path(__file__).parents[2] / "examples" / "wordings"
CASES = sorted((Path(__file__).parent / "wordings").glob("*.md"))
BLOCK = re.compile(r"^```compared\n(.*?)^```", re.MULTILINE | re.DOTALL)
CONDITION = re.compile(r"(\w+)(>=|!=|=|<)(\S+)\Z")
DAY = parse_instant("2026-02-27")
VALUES: Mapping[str, tuple[FactValue, ...]] = {
    "lawful": (True, False),
    "purpose": ("office", "surveillance"),
    "us_persons": (0, 9999, 10000),
    "force": (True, False),
    "human": ("none", "responsible", "supervises", "decides"),
    "deployment": ("cloud", "edge"),
    "safeguard_set_aside": (True, False),
}
KINDS = {
    "newly allowed": (Outcome.FORBID, Outcome.PERMIT),
    "newly forbidden": (Outcome.PERMIT, Outcome.FORBID),
}
Point = Mapping[str, FactValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One block."""

    old: str
    new: str
    following: Mapping[str, str]
    same_under: tuple[str, ...]
    regions: Mapping[str, tuple[str, ...]]


def read_block(body: str) -> Comparison:
    """The comparison a block describes."""
    first, *lines = body.strip().splitlines()
    old, new = (name.strip() for name in first.split("->"))
    following: dict[str, str] = {}
    same_under = []
    regions: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for line in lines:
        if line.startswith("following "):
            pairs = line.removeprefix("following ").split(",")
            following = dict(pair.strip().split("=") for pair in pairs)
        elif line.startswith("same under "):
            same_under.append(line.removeprefix("same under "))
        else:
            kind, _, region = line.partition(": ")
            regions[kind] += [region] if region != "nothing" else []
    return Comparison(
        old=old,
        new=new,
        following=following,
        same_under=tuple(same_under),
        regions={kind: tuple(listed) for kind, listed in regions.items()},
    )


def lies_in(point: Point, region: str) -> bool:
    """Whether a point meets every condition of a region."""
    for condition in region.split(","):
        match = CONDITION.match(condition.strip())
        assert match, condition
        name, sign, values = match.groups()
        value = point[name]
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        holds = {
            "=": shown in values.split("/"),
            "!=": shown not in values.split("/"),
            ">=": sign == ">=" and int(value) >= int(values),
            "<": sign == "<" and int(value) < int(values),
        }
        if not holds[sign]:
            return False
    return True


def readable(wording: str) -> Instruments:
    """A wording and what is read with it."""
    paths = (FOLDER / "shared.yaml", FOLDER / f"{wording}.yaml")
    return load([Source(path.name, path.read_text(encoding="utf-8")) for path in paths])


def worlds(*sides: Instruments) -> Iterator[tuple[Point, dict[str, str]]]:
    """Every combination of values a condition of either side can tell apart, under every reading."""
    read = {
        name
        for side in sides
        for norm in side.norms.values()
        for form in norm.forms
        if form.condition
        for name in form.condition.facts
    }
    assert read <= VALUES.keys()
    questions = {name: one for side in sides for name, one in side.questions.items()}
    options = [[option.key for option in one.options] for one in questions.values()]
    names = sorted(read)
    for values in product(*(VALUES[name] for name in names)):
        for chosen in product(*options):
            yield dict(zip(names, values, strict=True)), dict(zip(questions, chosen, strict=True))


BLOCKS = [
    pytest.param(read_block(body), id=f"{case.stem}-{number}")
    for case in CASES
    for number, body in enumerate(BLOCK.findall(case.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("one", BLOCKS)
def test_every_combination_agrees(one: Comparison) -> None:
    old, new = readable(one.old), readable(one.new)
    for facts, chosen in worlds(old, new):
        if any(chosen.get(question) != option for question, option in one.following.items()):
            continue
        question = Question(("dow_component",), (), "any-vendor", "use", facts)
        before, after = (
            decide(
                side,
                question,
                at=DAY,
                readings={name: option for name, option in chosen.items() if name in side.questions},
            ).outcome
            for side in (old, new)
        )
        point = {**VALUES_AT_REST, **facts, **chosen}
        for kind, change in KINDS.items():
            listed = any(lies_in(point, region) for region in one.regions[kind])
            assert ((before, after) == change) is listed, (kind, point, before, after)


VALUES_AT_REST: Point = {name: values[0] for name, values in VALUES.items()}


@pytest.mark.parametrize("one", BLOCKS)
def test_the_solver_finds_the_same(one: Comparison) -> None:
    readings = [word for pair in one.following.items() for word in ("--reading", "=".join(pair))]
    files = [str(FOLDER / f"{name}.yaml") for name in (one.old, one.new, "shared")]
    command = ["terms", "diff", files[0], files[1], "--with", files[2], *readings, "--format", "json"]
    done = subprocess.run(
        [sys.executable, "-m", "offramp", *command], capture_output=True, text=True, check=False
    )
    found = json.loads(done.stdout)
    assert found["decided"]
    expected = {kind for kind, listed in one.regions.items() if listed}
    assert {result["verdict"] for result in found["results"]} - {"no difference"} == expected
    assert done.returncode == (1 if expected else 0), done.stderr
    for kind, listed in one.regions.items():
        points = [
            {**VALUES_AT_REST, **result["witness"]["facts"], **one.following, **result["witness"]["readings"]}
            for result in found["results"]
            if result["verdict"] == kind
        ]
        assert all(any(lies_in(point, region) for region in listed) for point in points), (kind, points)
    same = [result for result in found["results"] if result["verdict"] == "no difference"]
    for reading in one.same_under:
        assert any(reading.replace("=", " = ") in " ".join(result["region"]) for result in same), reading
