"""How a successor compared with what it replaces: on how many cases, by which measures, with which result."""

from collections.abc import Sequence

import msgspec

from offramp.core.errors import OfframpError
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, Subject

SLUG = "trial"
METHOD = (
    "both were given the same cases; the measures are those of the result named, as the person reports them"
)
GAPS = (
    "cases that were not among those compared",
    "what a measure does not measure: that a score is equal does not show that answers are",
)


class Measure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One measure and what came out."""

    name: str
    before: str
    after: str


class Trial(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison."""

    baseline: str
    candidate: str
    cases: int
    measures: tuple[Measure, ...]
    conclusion: str
    """In the words of the person who states it."""


def trial(
    compared: tuple[str, str],
    cases: int,
    measures: Sequence[tuple[str, str, str]],
    conclusion: str,
    results: Sequence[Subject],
    head: Head,
) -> Statement:
    """The statement. `compared` is the baseline and the candidate; its subjects are the files of results."""
    if not results or cases < 1 or not measures:
        raise OfframpError(
            "trial-empty",
            "a trial has a file of results, at least one case and at least one measure",
            help="give --document FILE, --cases NUMBER and --measure NAME=BEFORE:AFTER",
        )
    baseline, candidate = compared
    claim = Trial(
        **head.said(scope=f"{candidate} against {baseline}, {cases} cases", method=METHOD, gaps=GAPS),
        baseline=baseline,
        candidate=candidate,
        cases=cases,
        measures=tuple(Measure(name=name, before=was, after=now) for name, was, now in measures),
        conclusion=conclusion,
    )
    return Statement(slug=SLUG, subjects=tuple(results), claim=claim)
