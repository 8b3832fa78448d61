"""Stays, endings, extensions and rulings: with times of their own, for some parties, and looking back."""

import pytest

from offramp.core.instants import parse_instant
from offramp.instruments import Instruments, Question, Source, binds, decide, load, norm_state

HEAD = """schema: offramp.instruments/v1
zone: America/New_York
readings:
  scope: {question: how far, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
instruments:
  - {id: order, kind: order, title: t, issuer: i, basis: text, source: {document: d}, from: 2030-01-01,
     until: 2030-06-30, norms: [{id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: v,
     action: use, quote: q, readings: {scope: {narrow: {when: context.force}}}}]}
"""
LONGER = "more extension issued: 2030-06-01, extends: [{of: order, "
NEXT = "next order issued: 2030-03-01, "
COURT = "issued: 2030-02-01, stays: [{of: order, from: 2030-01-10}]"


def loaded(*others: str) -> Instruments:
    """The order, and others given as `id kind rest`."""
    lines = [HEAD]
    for other in others:
        name, kind, rest = other.split(" ", 2)
        plain = "title: t, issuer: i, basis: text, source: {document: d}"
        lines.append(f"  - {{id: {name}, kind: {kind}, {plain}, {rest}}}\n")
    return load([Source("x.yaml", "".join(lines))])


def outcome(instruments: Instruments, at: str, user: str = "company", known: str = "") -> str:
    question = Question((user,), (), "v", "use", {"force": False})
    decision = decide(
        instruments,
        question,
        at=parse_instant(at),
        known=parse_instant(known) if known else None,
        readings={"scope": "wide"},
    )
    return decision.outcome.value


@pytest.mark.parametrize(
    ("others", "at", "known", "expected"),
    [
        ((f"court stay {COURT}",), "2030-01-05", "", "forbid"),
        ((f"court stay {COURT}",), "2030-01-15", "", "permit"),
        ((f"court stay {COURT}",), "2030-01-15", "2030-01-20", "forbid"),
        (
            (f"court stay {COURT}", "above ruling issued: 2030-03-01, ends: [court]"),
            "2030-02-15",
            "",
            "permit",
        ),
        (
            (f"court stay {COURT}", "above ruling issued: 2030-03-01, ends: [court]"),
            "2030-03-15",
            "",
            "forbid",
        ),
        (
            (f"court stay {COURT}", "above ruling issued: 2030-03-01, ends: [{of: court, from: 2030-01-10}]"),
            "2030-02-15",
            "",
            "forbid",
        ),
        (
            (f"court stay {COURT}", "above ruling issued: 2030-03-01, ends: [{of: court, from: 2030-01-10}]"),
            "2030-02-15",
            "2030-02-20",
            "permit",
        ),
        (
            (f"court stay {COURT}", "above stay issued: 2030-03-01, stays: [{of: court, until: P7D}]"),
            "2030-03-08",
            "",
            "forbid",
        ),
        (
            (f"court stay {COURT}", "above stay issued: 2030-03-01, stays: [{of: court, until: P7D}]"),
            "2030-03-09T12:00Z",
            "",
            "permit",
        ),
    ],
)
def test_what_acts_on_a_stay_and_from_when(
    others: tuple[str, ...], at: str, known: str, expected: str
) -> None:
    assert outcome(loaded(*others), at, known=known) == expected


def test_a_stay_of_a_stay_for_some_leaves_the_others_stayed() -> None:
    instruments = loaded(
        f"court stay {COURT}", "above stay issued: 2030-03-01, stays: [{of: court, parties: [supplier]}]"
    )
    assert outcome(instruments, "2030-03-15", "company") == "permit"
    assert outcome(instruments, "2030-03-15", "supplier") == "forbid"


@pytest.mark.parametrize(
    ("other", "at", "user", "expected"),
    [
        (LONGER + "until: 2030-07-31", "2030-07-15", "company", "forbid"),
        (LONGER + "by: P1M", "2030-07-30", "company", "forbid"),
        (LONGER + "by: P1M", "2030-08-02", "company", "permit"),
        (
            LONGER + "by: 30 days, parties: [supplier]",
            "2030-07-15",
            "company",
            "permit",
        ),
        (
            LONGER + "by: 30 days, parties: [supplier]",
            "2030-07-15",
            "supplier",
            "forbid",
        ),
        (NEXT + "supersedes: [{of: order, from: 2030-01-01}]", "2030-02-01", "company", "permit"),
        (NEXT + "supersedes: order", "2030-02-01", "company", "forbid"),
        (NEXT + "ends: [{of: order.stop, parties: [partner]}]", "2030-04-01", "partner", "permit"),
        (NEXT + "ends: [{of: order.stop, parties: [partner]}]", "2030-04-01", "company", "forbid"),
    ],
)  # fmt: skip
def test_ends_move_and_come_early(other: str, at: str, user: str, expected: str) -> None:
    assert outcome(loaded(other + "}]" * other.startswith(LONGER)), at, user) == expected


def test_extensions_by_a_period_add_up() -> None:
    instruments = loaded(
        "one extension issued: 2030-06-01, extends: [{of: order, by: P1M}]",
        "two extension issued: 2030-07-01, extends: [{of: order, by: P1M}]",
    )
    assert outcome(instruments, "2030-08-30") == "forbid"
    assert outcome(instruments, "2030-09-01") == "permit"
    assert outcome(instruments, "2030-08-15", known="2030-06-15") == "permit"


def test_a_ruling_settles_from_its_date_and_from_when_it_is_known() -> None:
    instruments = loaded("ruling ruling issued: 2030-03-01, settles: {scope: narrow}")
    question = Question(("company",), (), "v", "use", {"force": False})

    def found(at: str, known: str = "") -> str:
        when = parse_instant(known) if known else None
        return decide(instruments, question, at=parse_instant(at), known=when).outcome.value

    assert found("2030-02-01") == "contested"
    assert found("2030-03-02") == "permit"
    assert found("2030-03-02", "2030-02-28") == "contested"


def test_a_ruling_may_reach_back_and_reach_some() -> None:
    instruments = loaded(
        "ruling ruling issued: 2030-03-01, "
        "settles: {scope: {option: narrow, from: 2030-01-01, parties: [supplier]}}"
    )
    for user, expected in (("company", "contested"), ("supplier", "permit")):
        question = Question((user,), (), "v", "use", {"force": False})
        assert decide(instruments, question, at=parse_instant("2030-02-01")).outcome.value == expected


def test_two_rulings_of_one_instant_that_differ_settle_nothing() -> None:
    instruments = loaded(
        "east ruling issued: 2030-03-01, settles: {scope: narrow}",
        "west ruling issued: 2030-03-01, settles: {scope: wide}",
    )
    question = Question(("company",), (), "v", "use", {"force": False})
    assert decide(instruments, question, at=parse_instant("2030-04-01")).outcome.value == "contested"
    later = loaded(
        "east ruling issued: 2030-03-01, settles: {scope: narrow}",
        "west ruling issued: 2030-03-02, settles: {scope: wide}",
    )
    assert decide(later, question, at=parse_instant("2030-04-01")).outcome.value == "forbid"


def test_service_that_was_not_known_then_did_not_count_then() -> None:
    instruments = loaded(
        "late order issued: 2030-01-01, served: {company: 2030-02-01}, norms: [{id: n, effect: prohibit, "
        "binds: {kinds: [company]}, vendor: w, action: use, quote: q}]"
    )
    question = Question(("company",), (), "w", "use", {})

    def found(known: str) -> str:
        return decide(
            instruments,
            question,
            at=parse_instant("2030-03-01"),
            known=parse_instant(known),
            notice="served",
        ).outcome.value

    assert found("2030-01-15") == "permit"
    assert found("2030-02-15") == "forbid"


def test_an_ended_norm_says_what_ended_it() -> None:
    instruments = loaded("above ruling issued: 2030-03-01, ends: [order]")
    stands = norm_state(instruments, "order.stop", parse_instant("2030-04-01"))
    assert (stands.state.value, stands.note) == ("expired", "ended by above")
    assert not binds(instruments, user=("company",), at=parse_instant("2030-04-01"))
