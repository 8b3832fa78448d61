"""Puts one random question to several engines and compares what they say."""

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.property.instruments import random_worlds

from offramp.core.instants import Instant
from offramp.core.verdicts import FactValue, Outcome
from offramp.instruments import Instruments, Question, Source, decide, load
from offramp.instruments.formulas import Formula, at_least, every, flag, negation, one_of
from offramp.instruments.replay import Replay
from offramp.instruments.slices import cut, readable
from offramp.instruments.solver import Budget, Engine, Kind, Value
from offramp.instruments.timeline import Moment
from offramp.instruments.vocabulary import party_closure
from offramp.instruments.worlds.side import Side, Verdicts
from offramp.instruments.worlds.space import OTHER, OTHER_VENDOR, Profile, World, ticks

EXAMPLE = Path(__file__).parents[3] / "examples" / "us-2026"
OUTCOMES = (Outcome.FORBID, Outcome.HOLD, Outcome.UNKNOWN, Outcome.PERMIT)


def example() -> Instruments:
    """The bundled public record."""
    return load([Source(path.name, path.read_text()) for path in sorted(EXAMPLE.glob("*.yaml"))])


def _sets(random: Random, count: int) -> Iterator[Instruments]:
    """Random sets of instruments, the public record first."""
    yield example()
    for _ in range(count - 1):
        yield random_worlds.instruments(random)


def closure_agrees(random: Random, *, worlds: int, askers: int, requests: int) -> int:
    """How many requests got one answer from both; the first that did not is raised."""
    count = 0
    for words in _sets(random, worlds):
        notice = random.choice(("announced", "announced", "served"))
        replay = Replay(words, notice=notice)
        for _ in range(askers):
            asker = random_worlds.question(random, words, {})
            at = random_worlds.moment(random, words)
            piece = cut(words, asker, Moment(at, None, notice == "served"))
            for _ in range(requests):
                facts = random_worlds.facts(random, words)
                closure = replay.closure(asker, at)
                assert closure.apply(facts) == piece.apply(facts), (asker, at, facts)
                count += 1
            question = Question(asker.user, asker.via, asker.vendor, asker.action, facts)
            said = decide(words, question, at=at, notice=notice)
            assert replay.decide(question, at) == said, (question, at)
    return count


def solver_agrees(random: Random, *, worlds: int, questions: int) -> int:
    """How many questions got one answer from the solver and Cedar; the first that did not is raised."""
    count = 0
    for words in _sets(random, worlds):
        is_served = random.random() < 0.3
        world = World((words,), Profile(is_partial=True, is_served=is_served))
        side = Side(world, words)
        verdicts = side.verdicts(side.prohibitions)
        engine = Engine(world.attributes, Budget(600, time.monotonic))
        for _ in range(questions):
            facts = random_worlds.facts(random, words)
            question = random_worlds.question(random, words, facts)
            at = random_worlds.moment(random, words)
            _check(random, words, world, verdicts, engine, question, at, is_served)
            count += 1
    return count


def _check(
    random: Random,
    words: Instruments,
    world: World,
    verdicts: Verdicts,
    engine: Engine,
    question: Question,
    at: Instant,
    is_served: bool,
) -> None:
    readings = {
        name: random.choice([option.key for option in one.options]) for name, one in words.questions.items()
    }
    notice = "served" if is_served else "announced"
    moment = Moment(at, None, is_served)
    fixed = cut(words, question, moment).settled
    chosen = {name: fixed[name][0] if name in fixed else option for name, option in readings.items()}
    said = decide(words, question, at=at, readings=chosen, notice=notice)
    solver = engine.solver(world.axioms(), *_point(words, world, question, at, readings))
    found = [outcome for outcome in OUTCOMES if solver.can(verdicts.outcome(outcome))]
    assert found == [said.outcome], (question, at, readings, found, said)


def _point(
    words: Instruments, world: World, question: Question, at: Instant, readings: dict[str, str]
) -> list[Formula]:
    """Everything a world has, fixed to one question."""
    usable, misfits = readable(question.facts, frozenset(words.vocabulary.facts), words.vocabulary)
    chain = party_closure(question.via, words.vocabulary)
    fixed = []
    for name in list(world.attributes):
        kind, _, rest = name.partition(":")
        value: Value | None
        match kind:
            case "user":
                value = question.user[0]
            case "via":
                value = rest in chain
            case "vendor":
                value = question.vendor if question.vendor in world.attributes[name].values else OTHER_VENDOR
            case "action":
                value = question.action
            case "time":
                value = ticks(at)
            case "reading":
                value = readings[rest]
            case "given":
                value = rest in usable
            case "misfit":
                value = rest in misfits
            case _:
                value = _fact(world, name, usable.get(rest))
        if value is not None:
            fixed.append(_is(world, name, value))
    return fixed


def _fact(world: World, name: str, value: FactValue | None) -> Value | None:
    attribute = world.attributes[name]
    if attribute.kind is Kind.CHOICE and value is not None:
        return value if value in attribute.values else OTHER
    return value


def _is(world: World, name: str, value: Value) -> Formula:
    match world.attributes[name].kind:
        case Kind.FLAG:
            return flag(name) if value else negation(flag(name))
        case Kind.CHOICE:
            return one_of(name, frozenset({str(value)}))
        case Kind.NUMBER:
            return every(at_least(name, int(value)), negation(at_least(name, int(value) + 1)))
