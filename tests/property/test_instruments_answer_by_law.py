"""Laws of the instruments: neutrality between vendors, stays, irrelevant norms, and closed failures."""

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from offramp.core.instants import Instant, parse_instant
from offramp.core.verdicts import Decision, FactValue, Outcome
from offramp.instruments import Instruments, Question, Source, decide, load

HEAD = """schema: offramp.instruments/v1
readings:
  scope: {question: how far, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
instruments:
"""
CONDITIONS = (
    'context.under == "dow"',
    "context.existing_use",
    "!context.existing_use",
    "context.persons > 10",
    'context.force || context.under != "federal"',
    '["none", "responsible"].contains(context.human) && context.force',
    'context has human && context.human == "decides"',
    'context.via.contains("contractor")',
    'principal in Party::"supplier"',
)
COMMON = "title: t, issuer: i, basis: text, source: {document: d}"
VENDORS = ("example-a", "example-b", "example-c")
AT = parse_instant("2030-06-15")

conditions = st.sampled_from(CONDITIONS)
norms = st.tuples(
    st.sampled_from(VENDORS),
    st.sampled_from(("use", "commercial_activity", "procure")),
    st.sampled_from(("company", "contractor", "civil_agency", "anyone")),
    conditions,
    st.none() | conditions,
    st.sampled_from(("hold", "forbid", "permit")),
    st.sampled_from(("2030-01-01", "2030-06-15", "2030-09-01")),
)
facts = st.fixed_dictionaries(
    {},
    optional={
        "under": st.sampled_from(("none", "commercial", "federal", "dow")),
        "existing_use": st.booleans(),
        "persons": st.integers(0, 20),
        "force": st.booleans(),
        "human": st.sampled_from(("none", "responsible", "supervises", "decides")),
    },
)
users = st.sampled_from(("contractor", "supplier", "company", "civil_agency"))
Drawn = tuple[str, str, str, str, str | None, str, str]


def document(drawn: list[Drawn], extra: str = "") -> str:
    lines = [HEAD]
    for index, (vendor, action, kind, when, narrow, if_unknown, start) in enumerate(drawn):
        readings = f", readings: {{scope: {{narrow: {{when: '{narrow}'}}}}}}" if narrow else ""
        lines.append(
            f"  - {{id: order-{index}, kind: order, {COMMON}, from: {start}, norms: [{{id: stop, "
            f"effect: prohibit, binds: {{kinds: [{kind}]}}, vendor: {vendor}, action: {action}, "
            f"when: '{when}', if_unknown: {if_unknown}, quote: q{readings}}}]}}\n"
        )
    return "".join(lines) + extra


def loaded(text: str) -> Instruments:
    return load([Source("x.yaml", text)])


def answer(
    text: str, user: str, vendor: str, given_facts: dict[str, FactValue], at: Instant = AT
) -> Decision:
    return decide(loaded(text), Question((user,), (), vendor, "use", given_facts), at=at)


def without_digest(decision: Decision) -> tuple[object, ...]:
    return (decision.outcome, decision.readings, decision.stayed, decision.missing_facts, decision.beside)


@settings(max_examples=35, deadline=None)
@given(st.lists(norms, min_size=1, max_size=5), users, facts, st.permutations(VENDORS))
def test_permuting_vendor_names_permutes_answers_and_nothing_else(
    drawn: list[Drawn], user: str, given_facts: dict[str, FactValue], order: list[str]
) -> None:
    renamed = dict(zip(VENDORS, order, strict=True))
    before = document(drawn)
    after = re.sub("example-[abc]", lambda hit: renamed[hit[0]], before)
    for vendor in VENDORS:
        assert answer(before, user, vendor, given_facts) == answer(after, user, renamed[vendor], given_facts)


@settings(max_examples=25, deadline=None)
@given(st.lists(norms, min_size=1, max_size=4), users, facts, st.integers(0, 3))
def test_stay_then_lift_is_identity(
    drawn: list[Drawn], user: str, given_facts: dict[str, FactValue], which: int
) -> None:
    stay = (
        f"  - {{id: court, kind: stay, {COMMON}, issued: 2030-02-01, "
        f"stays: [{{of: order-{which % len(drawn)}, until: 2030-06-01}}]}}\n"
    )
    plain, stayed = document(drawn), document(drawn, stay)
    for vendor in VENDORS:
        assert answer(plain, user, vendor, given_facts) == answer(stayed, user, vendor, given_facts)


@settings(max_examples=25, deadline=None)
@given(st.lists(norms, min_size=1, max_size=4), users, facts)
def test_a_norm_that_cannot_apply_changes_nothing(
    drawn: list[Drawn], user: str, given_facts: dict[str, FactValue]
) -> None:
    aside = "".join(
        f"  - {{id: aside-{index}, kind: order, {COMMON}, {time}, "
        f"norms: [{{id: n, effect: prohibit, quote: q, {rest}}}]}}\n"
        for index, (time, rest) in enumerate(
            (
                ("from: 2030-01-01", "binds: {kinds: [anyone]}, vendor: another, action: use"),
                ("from: 2030-01-01", "binds: {kinds: [dow_component]}, vendor: any, action: use"),
                ("from: 2030-01-01", "binds: {kinds: [anyone]}, vendor: any, action: train"),
                ("from: 2031-01-01", "binds: {kinds: [anyone]}, vendor: any, action: use"),
                ("from: 2030-01-01", "binds: {kinds: [anyone]}, vendor: any, action: use, when: 'false'"),
                ("from: 2030-01-01, status: proposed", "binds: {kinds: [anyone]}, vendor: any, action: use"),
            )
        )
    )
    for vendor in VENDORS:
        plain = answer(document(drawn), user, vendor, given_facts)
        assert without_digest(plain) == without_digest(
            answer(document(drawn, aside), user, vendor, given_facts)
        )


junk = st.one_of(st.text(max_size=5), st.integers(), st.booleans())


@settings(max_examples=80, deadline=None)
@given(
    conditions,
    st.sampled_from(("hold", "forbid", "permit")),
    facts,
    st.dictionaries(
        st.sampled_from(("under", "existing_use", "persons", "force", "human")), junk, min_size=1
    ),
)
@example(
    when='context has human && context.human == "decides"', if_unknown="hold", sound={}, broken={"human": ""}
)
@example(when="!(context has human)", if_unknown="hold", sound={}, broken={"human": 7})
def test_a_fact_that_cannot_be_read_never_permits(
    when: str, if_unknown: str, sound: dict[str, FactValue], broken: dict[str, FactValue]
) -> None:
    text = document([("example-a", "use", "anyone", when, None, if_unknown, "2030-01-01")])
    instruments = loaded(text)
    misread = {
        name: value for name, value in broken.items() if not instruments.vocabulary.facts[name].fits(value)
    }
    question = Question(("supplier",), (), "example-a", "use", {**sound, **misread})
    decision = decide(instruments, question, at=AT)
    if misread and decision.outcome is Outcome.PERMIT:
        for name in misread:
            for value in (True, False, 0, 11, "none", "dow", "federal", "decides", "responsible"):
                if instruments.vocabulary.facts[name].fits(value):
                    repaired = Question(
                        question.user, (), "example-a", "use", {**question.facts, name: value}
                    )
                    again = decide(instruments, repaired, at=AT)
                    assert again.outcome is not Outcome.FORBID, "a readable fact could have forbidden it"


@settings(max_examples=35, deadline=None)
@given(
    st.lists(norms, min_size=1, max_size=4), users, facts, st.sampled_from(("under", "existing_use", "force"))
)
def test_learning_a_fact_never_contradicts_a_settled_answer(
    drawn: list[Drawn], user: str, given_facts: dict[str, FactValue], name: str
) -> None:
    held: list[Drawn] = [
        (*one[:5], "hold", one[6]) for one in drawn if "has human" not in f"{one[3]}{one[4]}"
    ]
    text = document(held)
    if not held:
        return
    known_less = {key: value for key, value in given_facts.items() if key != name}
    for vendor in VENDORS:
        less, more = answer(text, user, vendor, known_less), answer(text, user, vendor, given_facts)
        if less.outcome in (Outcome.PERMIT, Outcome.FORBID):
            assert more.outcome is less.outcome
