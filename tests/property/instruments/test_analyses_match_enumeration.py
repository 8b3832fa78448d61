"""Law: on small worlds an analysis finds what trying every point finds, and its regions hold exactly that."""

import time
from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from tests.property.instruments import enumeration, random_worlds
from tests.property.instruments.enumeration import SMALL, Oracle, Space, Spot, claims, deciding

from offramp.core.verdicts import Outcome
from offramp.instruments import Instruments
from offramp.instruments.analyses import (
    Analysis,
    Budget,
    Limits,
    Profile,
    Wordings,
    conflicts,
    diff,
    hollow,
    readings,
)
from offramp.instruments.formulas import holds
from offramp.instruments.model import Effect
from offramp.instruments.worlds.regions import formula_of

USERS = ("contractor", "dow_component", "example-a", "anyone")
CHAINS = ((), ("contractor",))
PROFILE = Profile(vendor="example-a", action="use")
FREE_USER = replace(PROFILE, via=())


def budget() -> Budget:
    return Budget(300, time.monotonic)


def small(seed: int, most: int = 3) -> Instruments:
    return random_worlds.instruments(Random(seed), most, SMALL)


def covered(
    words: Instruments, analysis: Analysis, spots: Iterable[Spot], verdict: str, *norms: str
) -> set[Spot]:
    """The points in the regions of answers with this verdict, about these norms."""
    areas = [
        formula_of(one.area)
        for one in analysis.results
        if one.verdict == verdict and one.area is not None and (not norms or one.norms == norms)
    ]
    found = set()
    for spot in spots:
        point = spot.point(words)
        if any(holds(area, point) for area in areas):
            found.add(spot)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_diff_covers_every_point_that_differs_and_no_other(seed: int) -> None:
    old, new = small(seed), small(seed + 1000)
    analysis = diff(Wordings(old=old, new=new), profile=replace(PROFILE, via=()), budget=budget())
    assert analysis.is_decided
    times = [Space(side, USERS, ((),)) for side in (old, new)]
    spots = [*times[0].spots, *times[1].spots]
    expected: dict[str, set[Spot]] = {"newly allowed": set(), "newly forbidden": set(), "newly held": set()}
    before, after = Oracle(old), Oracle(new)
    for spot in spots:
        was, now = before.asked(spot).outcome, after.asked(spot).outcome
        if now is Outcome.PERMIT and was is not Outcome.PERMIT:
            expected["newly allowed"].add(spot)
        elif now is Outcome.FORBID and was is not Outcome.FORBID:
            expected["newly forbidden"].add(spot)
        elif now is Outcome.HOLD and was is Outcome.PERMIT:
            expected["newly held"].add(spot)
    for verdict, points in expected.items():
        assert covered(old, analysis, spots, verdict) == points, verdict


@pytest.mark.parametrize("seed", range(4))
def test_conflicts_are_found_where_enumeration_finds_them(seed: int) -> None:
    words = small(seed)
    analysis = conflicts(words, profile=PROFILE, budget=budget(), limits=Limits(described=1000, regions=1000))
    assert analysis.is_decided
    spots = [spot for spot in Space(words, USERS, CHAINS).spots if spot.user != "example-a"]
    expected: dict[tuple[str, str], set[Spot]] = {}
    oracle = Oracle(words)
    for spot in spots:
        user, serving = oracle.asked(spot), oracle.served(spot, ("example-a",))
        bites = {name for decision in (user, serving) for name in deciding(decision) if _forbids(words, name)}
        for claim in claims(user) | claims(serving):
            for name in bites:
                expected.setdefault((claim, name), set()).add(spot)
    found = {one.norms for one in analysis.results if one.verdict == "conflict"}
    assert expected.keys() <= found
    for claimed, forbidding in found:
        pair = (str(claimed), str(forbidding))
        assert covered(words, analysis, spots, "conflict", *pair) == expected.get(pair, set()), pair


def _forbids(words: Instruments, name: str) -> bool:
    norm = next(one for one in words.norms.values() if one.id == name)
    return all(form.outcome is Outcome.FORBID for form in norm.forms)


@pytest.mark.parametrize("seed", range(4))
def test_hollow_verdicts_are_those_of_enumeration(seed: int) -> None:
    words = small(seed)
    analysis = hollow(words, profile=FREE_USER, budget=budget())
    assert analysis.is_decided
    parties = tuple(words.vocabulary.party_kinds) + tuple(words.vocabulary.parties)
    spots = Space(words, parties, ((),)).spots
    for norm in words.norms.values():
        if norm.effect is Effect.PROHIBIT:
            found = {one.verdict for one in analysis.results if one.norms[0] == norm.id}
            assert found == _verdicts(words, norm.id, spots), norm.id


def _verdicts(words: Instruments, name: str, spots: tuple[Spot, ...]) -> set[str]:
    oracle, without = Oracle(words), Oracle(_without(words, name))
    bites = {spot: name in deciding(oracle.asked(spot)) for spot in spots}
    if not any(bites.values()):
        return {"never binds"}
    found = set()
    if all(
        oracle.asked(spot).outcome is without.asked(spot).outcome
        for spot, is_bitten in bites.items()
        if is_bitten
    ):
        found.add("redundant")
    flipped = {spot: _flipped(spot) for spot in spots}
    survivors = [
        spot
        for spot, is_bitten in bites.items()
        if is_bitten and (spot.user != "dow_component" or bites[flipped[spot]])
    ]
    hangs = any(bites[spot] != bites[flipped[spot]] for spot in spots)
    if not survivors:
        found.add("illusory")
    elif hangs:
        found.add("unverifiable")
    return found or {"effective"}


def _flipped(spot: Spot) -> Spot:
    facts = dict(spot.facts)
    facts["granted"] = not facts["granted"]
    return replace(spot, facts=tuple(sorted(facts.items())))


def _without(words: Instruments, name: str) -> Instruments:
    return replace(words, norms={key: norm for key, norm in words.norms.items() if key != name})


@pytest.mark.parametrize("seed", range(4))
def test_a_reading_matters_where_enumeration_says_so(seed: int) -> None:
    words = small(seed)
    analysis = readings(words, profile=FREE_USER, budget=budget(), most=1000)
    assert analysis.is_decided
    spots = Space(words, USERS, ((),)).spots
    oracle = Oracle(words)
    for name, (one, other) in enumeration.READINGS.items():
        expected = {
            spot for spot in spots if _under(oracle, spot, name, one) is not _under(oracle, spot, name, other)
        }
        areas = [
            formula_of(each.area)
            for each in analysis.results
            if each.area is not None and each.shown.keys() == {f"{name}={one}", f"{name}={other}"}
        ]
        found = {spot for spot in spots if any(holds(area, spot.point(words)) for area in areas)}
        assert found == expected, name


def _under(oracle: Oracle, spot: Spot, question: str, option: str) -> Outcome:
    ruled = dict(spot.readings) | {question: option}
    return oracle.asked(replace(spot, readings=tuple(ruled.items()))).outcome
