"""Which calls are consequential, and the role a clause asks for them."""

import pytest

from offramp.control import consequential_tool_calls as tool_calls
from offramp.control import guards, human_role
from offramp.core.ids import InstrumentId, NormId
from offramp.core.verdicts import CitedNorm, Decision, HumanRole, Outcome, ReadingOutcome

TOOLS = tool_calls.Tools(
    consequential={"open_valve": {"force": True}, "pay": {"force": False}}, others=frozenset({"look_up"})
)


def test_only_registered_names_are_trusted() -> None:
    assert TOOLS.facts_of("open_valve") == ({"force": True},)
    assert TOOLS.facts_of("look_up") == ()
    for name in ("open_valve ", "Open_Valve", "look-up", "anything"):
        assert len(TOOLS.facts_of(name)) == 2


@pytest.mark.parametrize(
    ("name", "like"),
    [("\u043epen_valve", "open_valve"), ("OPEN-VALVE", "open_valve"), ("\uff4cook_up", "look_up"), ("x", "")],
)
def test_look_alikes_are_named(name: str, like: str) -> None:
    assert tool_calls.resembled(TOOLS, name) == like


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('open_valve(site="north")', True),
        ('{"name": "open_valve", "arguments": {"site": 1}}', True),
        ("I would call OPEN_VALVE { }", True),
        ("We should not open_valve today.", False),
        ("reopen_valve(1)", False),
        (
            "open_valve, whenever the pressure falls and somebody has looked at it twice and agreed (soon)",
            False,
        ),
    ],
)
def test_calls_written_as_text_are_seen(text: str, found: bool) -> None:
    assert tool_calls.calls_in_text(TOOLS.consequential, text) == (("open_valve",) if found else ())


def judge_from(enough: HumanRole | None) -> human_role.Judge:
    """Instruments that let a call go from the role `enough` on."""
    norm = CitedNorm(id=NormId("c.n"), instrument=InstrumentId("c"), effect="prohibit", quote="q", source="s")

    def judge(role: HumanRole) -> tuple[Decision, Outcome]:
        lets = enough is not None and role.rank >= enough.rank
        outcome = Outcome.PERMIT if lets else Outcome.FORBID
        reading = ReadingOutcome(choice={}, outcome=outcome, norms=() if lets else (norm,))
        return Decision(outcome=outcome, readings=(reading,), instruments=(InstrumentId("c"),)), outcome

    return judge


@pytest.mark.parametrize("role", list(HumanRole))
def test_the_least_role_that_lets_it_go_is_asked(role: HumanRole) -> None:
    asked = human_role.role_asked(judge_from(role))
    assert asked.role is role
    assert [norm.id for norm in asked.norms] == ([] if role is HumanRole.NONE else ["c.n"])


def test_nobody_lets_go_what_no_role_is_enough_for() -> None:
    asked = human_role.role_asked(judge_from(None))
    assert asked.role is None
    assert asked.outcome is Outcome.FORBID
    assert asked.norms
    worst = human_role.strictest([human_role.role_asked(judge_from(HumanRole.DECIDES)), asked])
    assert worst.role is None


def matter(called: str, asks: HumanRole, seen: HumanRole) -> guards.Matter:
    asked = human_role.role_asked(judge_from(asks))
    return guards.Matter(
        caller=guards.Registered(
            application="desk",
            is_registered=True,
            tools=("open_valve", "pay", "look_up"),
            consequential=("open_valve", "pay"),
        ),
        vendor="example-a",
        stated=guards.Stated(declared={"human": "decides"}, observed={"human": str(seen)}),
        clauses=human_role.clauses_of(asked),
        calls=tool_calls.named([called]),
    )


@pytest.mark.parametrize("seen", list(HumanRole))
@pytest.mark.parametrize("asks", list(HumanRole))
def test_what_was_declared_of_a_person_does_not_let_a_call_go(asks: HumanRole, seen: HumanRole) -> None:
    said = human_role.HUMAN_ROLE.judge(matter("open_valve", asks, seen))
    assert said.verdict is (guards.Verdict.PASS if seen.rank >= asks.rank else guards.Verdict.HOLD)


@pytest.mark.parametrize(
    ("called", "verdict"),
    [("open_valve", "hold"), ("look_up", "pass"), ("0pen_valve", "hold"), ("else", "hold")],
)
def test_calls_with_consequences_do_not_go_by_themselves(called: str, verdict: str) -> None:
    said = tool_calls.CONSEQUENTIAL_TOOL_CALLS.judge(matter(called, HumanRole.DECIDES, HumanRole.NONE))
    assert said.verdict.value == verdict
    assert bool(said.reason) is (verdict == "hold")
