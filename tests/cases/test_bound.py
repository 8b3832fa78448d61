"""Runs the `bound` blocks of `instruments/*.md`: all that binds a party on a day, with expected answers.

One question a line, `at | user | vendor`, options after another `|` (`known DATE`, `served`), then `->` and
any of `binds a, b`, `free of a` (not in force: not yet, expired, superseded, or another party's; an
instrument's id means all its norms), `stayed a`, `unserved a`, `contested a` (it says different things under
different readings), `due NORM INSTANT`. A vendor of `any` asks about every vendor.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from offramp.core.instants import format_instant, parse_instant
from offramp.instruments import Binding, Instruments, Source, State, binds, load

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAMES = re.compile(r"^(binds|free of|stayed|unserved|contested|due) |[0-9-]+T[0-9:]+Z$")
CASES = [
    case
    for case in sorted((Path(__file__).parent / "instruments").glob("*.md"))
    if "```bound" in case.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path) -> None:
    blocks = BLOCK.findall(case.read_text(encoding="utf-8"))
    sources = [Source(f"{case.stem}.yaml", body) for kind, body in blocks if kind == "yaml"]
    for kind, body in blocks:
        if kind == "folder":
            sources += [
                Source(str(path), path.read_text()) for path in sorted((ROOT / body.strip()).glob("*.yaml"))
            ]
    instruments = load(sources)
    lines = [line for kind, body in blocks if kind == "bound" for line in body.strip().splitlines()]
    assert lines
    for line in lines:
        check(instruments, line)


def check(instruments: Instruments, line: str) -> None:
    asked, _, expected = line.partition("->")
    at, user, vendor, *options = (part.strip() for part in asked.split("|"))
    known, notice = None, "announced"
    for option in " ".join(options).split(","):
        name, _, value = option.strip().partition(" ")
        if name == "known":
            known = parse_instant(value)
        elif name == "served":
            notice = "served"
    users, _, chain = user.partition(" via ")
    found = binds(
        instruments,
        user=tuple(users.split("+")),
        via=tuple(chain.split("+")) if chain else (),
        vendor=None if vendor == "any" else vendor,
        at=parse_instant(at),
        known=known,
        notice=notice,
    )
    every = {*instruments.norms, *instruments.instruments}
    for claim in expected.split(";"):
        named = set(re.findall(r"[a-z0-9-]+(?:\.[a-z0-9-]+)?", NAMES.sub("", claim.strip())))
        assert named <= every, f"{line}\n  no such norm: {named - every}"
        assert holds(found, claim.strip()), (
            f"{line}\n  {claim}\n  found {sorted({one.norm for one in found})}"
        )


def holds(found: Sequence[Binding], claim: str) -> bool:
    """Whether what was found agrees with one claim of a line."""
    for kind, state in (
        ("binds ", State.IN_FORCE),
        ("stayed ", State.STAYED),
        ("unserved ", State.NOT_SERVED),
    ):
        if claim.startswith(kind):
            return names(claim, kind) <= {one.norm for one in found if one.standing.state is state}
    live = [one for one in found if one.standing.is_live]
    if claim.startswith("free of "):
        return not names(claim, "free of ") & {name for one in live for name in (one.norm, one.instrument)}
    if claim.startswith("contested "):
        return all(
            any(one.norm == name and one.readings for one in live) for name in names(claim, "contested ")
        )
    if claim.startswith("due "):
        name, instant = claim.removeprefix("due ").split()
        deadlines = {format_instant(one.deadline_at) for one in live if one.norm == name and one.deadline_at}
        return deadlines == {instant}
    raise AssertionError(f"the case claims something unknown: {claim}")


def names(claim: str, kind: str) -> set[str]:
    """The norms a claim lists."""
    return {name.strip() for name in claim.removeprefix(kind).split(",")}
