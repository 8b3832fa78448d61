"""The vectors of spec/instruments.md: documents as data, questions, and what must be answered."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.instants import format_instant, parse_instant
from offramp.instruments import Question, Source, decide, load
from offramp.instruments.business_days import named_calendar
from offramp.instruments.deadlines import deadlines
from offramp.instruments.periods import end_of, parse_period

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "spec" / "vectors" / "instruments.json").read_text(encoding="utf-8")
)


def sources(documents: list[Any]) -> list[Source]:
    return [Source(f"{number}.json", json.dumps(one)) for number, one in enumerate(documents)]


@pytest.mark.parametrize("case", VECTORS["answers"], ids=lambda case: case["name"])
def test_answers(case: dict[str, Any]) -> None:
    instruments = load(sources(case["documents"]))
    for asked in case["asked"]:
        question = Question(tuple(asked["user"]), (), asked["vendor"], asked["action"], asked["facts"])
        decision = decide(
            instruments,
            question,
            at=parse_instant(asked["at"]),
            known=parse_instant(asked["known"]) if "known" in asked else None,
            readings=asked.get("readings", {}),
            notice=asked.get("notice", "announced"),
        )
        assert decision.outcome.value == asked["outcome"], asked
        found = {
            "under": [[dict(one.choice), one.outcome.value] for one in decision.readings],
            "cites": sorted({norm.id for one in decision.readings for norm in one.norms}),
            "stayed": [norm.id for norm in decision.stayed],
            "beside": [norm.id for norm in decision.beside],
            "missing": list(decision.missing_facts),
        }
        for name, value in found.items():
            assert asked.get(name, value) == value, asked


@pytest.mark.parametrize("case", VECTORS["deadlines"], ids=lambda case: json.dumps(case["due"]))
def test_deadlines(case: dict[str, Any]) -> None:
    instruments = load(sources(case["documents"]))
    norm = instruments.norms[case["norm"]]
    assert [format_instant(at) for at in deadlines(instruments, norm, norm.forms[0])] == case["due"]


@pytest.mark.parametrize("case", VECTORS["periods"], ids=lambda case: f"{case['period']}, {case['calendar']}")
def test_periods(case: dict[str, Any]) -> None:
    period = parse_period(case["period"])
    assert period is not None
    calendar = named_calendar(case["calendar"])
    end = end_of(period, parse_instant(case["start"]), ZoneInfo(case["zone"]), calendar)
    assert format_instant(end) == case["end"]


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(OfframpError) as caught:
        load(sources(case["documents"]))
    found = caught.value.problems if isinstance(caught.value, Problems) else (caught.value,)
    assert [one.code for one in found] == case["codes"]
