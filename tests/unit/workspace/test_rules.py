"""Weights, needs, schedules, bands and what becomes of requests under way, as `offramp.yaml` says them."""

from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from offramp.core.errors import OfframpError, Problems
from offramp.core.ids import RouteName
from offramp.core.instants import parse_instant
from offramp.workspace import Route, json_schema, load
from offramp.workspace.rules import InFlight, Measure, OnBrokenStream, OnLeave

HEAD = """\
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [contractor]}
in_flight: cut
upstreams:
  a: {vendor: example-a, dialect: openai-chat, local: small}
  b: {vendor: example-b, dialect: openai-chat, local: small}
routes:
  r:
"""
WHOLE = """\
    targets:
      - {upstream: a, model: m, weight: 60, facts: {tools: true, vision: false, context: 32768}}
      - {upstream: b, model: n, weight: 40, facts: {input_price: 0.5, output_price: 1.5}}
    needs: {tools: true, context: 16000}
    schedule:
      by: R. Okafor
      steps: [{at: 2026-03-10, share: 10}, {at: "2026-03-20T09:00Z", share: 50, after: trial-7}]
    bands: {window_minutes: 5, errors: 5, refusals: {most: 3, again: 1}, cost: 2.5, on_leave: step-back}
    in_flight: finish
    on_broken_stream: continue
    hedge_after_seconds: 1.5
"""
PAIR = "    targets: [{upstream: a, model: m}, {upstream: b, model: n}]\n"


def route_of(folder: Path, text: str) -> Route:
    (folder / "offramp.yaml").write_text(HEAD + text)
    return load(folder).routes[RouteName("r")]


def test_everything_is_read(tmp_path: Path) -> None:
    route = route_of(tmp_path, WHOLE)
    rules = route.rules
    assert load(tmp_path).in_flight is InFlight.CUT
    assert [target.weight for target in route.targets] == [60, 40]
    first, second = (target.facts for target in route.targets)
    assert first is not None
    assert second is not None
    assert first.capabilities == {"tools": True, "vision": False}
    assert (second.input_price, second.output_price) == (0.5, 1.5)
    assert (rules.needs.capabilities, rules.needs.context) == (("tools",), 16000)
    assert rules.schedule is not None
    assert [(step.at, step.share, step.after) for step in rules.schedule.steps] == [
        (parse_instant("2026-03-10T00:00Z"), 10, ""),
        (parse_instant("2026-03-20T09:00Z"), 50, "trial-7"),
    ]
    assert rules.bands is not None
    assert rules.bands.on_leave is OnLeave.STEP_BACK
    edges = {measure: (band.most, band.again) for measure, band in rules.bands.edges.items()}
    assert edges == {Measure.ERRORS: (5, 4), Measure.REFUSALS: (3, 1), Measure.COST: (2.5, 2)}
    assert (rules.in_flight, rules.hedge_after_seconds) == (InFlight.FINISH, 1.5)
    assert rules.on_broken_stream is OnBrokenStream.CONTINUE
    jsonschema_rs.validator_for(json_schema()).validate(read())


def read() -> object:
    """The same with numbers and dates as the schema knows them."""

    class Plain(yaml.SafeLoader):
        pass

    Plain.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in found if "timestamp" not in tag]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    return yaml.load(HEAD + WHOLE, Plain)


def test_a_route_that_says_nothing_has_nothing(tmp_path: Path) -> None:
    rules = route_of(tmp_path, PAIR).rules
    assert (rules.needs.is_empty, rules.schedule, rules.bands, rules.in_flight) == (True, None, None, None)
    assert not rules.continues


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (
            "    targets: [{upstream: a, model: m, weight: 1}, {upstream: b, model: n}]\n",
            "weights-incomplete",
        ),
        ("    targets: [{upstream: a, model: m, weight: 0}]\n", "weights-incomplete"),
        (PAIR + "    needs: {tools: false}\n", "need-is-none"),
        (PAIR + "    needs: {taste: true}\n", "key-unknown"),
        (PAIR + "    schedule: {steps: []}\n", "setting-missing"),
        (
            PAIR + "    schedule: {by: x, steps: [{at: 2026-03-10, share: 1}, {at: 2026-03-10, share: 2}]}\n",
            "schedule-disordered",
        ),
        (PAIR + "    schedule: {by: x, steps: [{at: soon, share: 1}]}\n", "instant-unreadable"),
        (PAIR + "    bands: {window_minutes: 5}\n", "bands-empty"),
        (PAIR + "    bands: {errors: {most: 1, again: 2}}\n", "band-inverted"),
        (PAIR + "    bands: {errors: few}\n", "setting-value"),
        (PAIR + "    hedge_after_seconds: -1\n", "setting-value"),
        (
            "    targets: [{upstream: a, model: m}]\n    bands: {errors: 5}\n",
            "route-without-successor",
        ),
    ],
)
def test_what_is_wrong_is_said_where_it_stands(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(OfframpError) as raised:
        route_of(tmp_path, text)
    error = raised.value
    problems = error.problems if isinstance(error, Problems) else (error,)
    assert code in [problem.code for problem in problems]
    assert all(problem.where is not None and problem.where.line > 7 for problem in problems)
