"""Laws of time and knowledge: lifted stays, what is learnt later, the order of files, added prohibitions."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.instants import format_instant, parse_instant
from offramp.core.verdicts import Decision, FactValue, Outcome
from offramp.instruments import Enforcer, Instruments, Question, Source, change_points, decide, load

TOP = "schema: offramp.instruments/v1\nzone: America/New_York\n"
HEAD = f"""{TOP}readings:
  scope: {{question: how far, options: {{wide: {{by: x, text: all}}, narrow: {{by: y, text: some}}}}}}
instruments:
"""
PLAIN = "title: t, issuer: i, basis: text, source: {document: d}"
DAYS = ("2030-01-01", "2030-02-01", "2030-03-01", "2030-04-01", "2030-05-01", "2030-06-01")
PARTIES = ("", ", parties: [supplier]", ", parties: [company]")
ORDERS = 3

days = st.sampled_from(DAYS)
parties = st.sampled_from(PARTIES)
orders = st.tuples(
    days,
    st.none() | st.sampled_from(("P2M", "2030-05-15")),
    st.sampled_from(("supplier", "company", "anyone")),
    st.sampled_from(("true", "context.force", 'context.under == "dow"', "!context.force")),
    st.booleans(),
    st.sampled_from(("", "served: {all: 2030-06-15}, ", "served: {supplier: 2030-07-15}, ")),
)
acts = st.tuples(
    st.sampled_from(("stay", "end", "replace", "extend", "settle", "lift")),
    days,
    st.none() | days,
    st.integers(0, ORDERS - 1),
    parties,
)
facts = st.fixed_dictionaries(
    {}, optional={"force": st.booleans(), "under": st.sampled_from(("dow", "federal"))}
)
users = st.sampled_from(("supplier", "company", "civil_agency"))
moments = st.sampled_from([f"{day}T12:00Z" for day in (*DAYS, "2030-02-20", "2030-05-20", "2030-07-20")])
Order = tuple[str, str | None, str, str, bool, str]
Act = tuple[str, str, str | None, int, str]


def order(number: int, drawn: Order) -> str:
    start, until, kind, when, is_contested, served = drawn
    readings = ", readings: {scope: {narrow: {applies: false}}}" if is_contested else ""
    end = f"until: {until}, " if until and until > start else ""
    return (
        f"  - {{id: order-{number}, kind: order, {PLAIN}, issued: {start}, {served}{end}norms: [{{id: stop, "
        f"effect: prohibit, binds: {{kinds: [{kind}]}}, vendor: v, action: use, when: '{when}', quote: q"
        f"{readings}}}]}}\n"
    )


def act(number: int, drawn: Act, targets: int) -> str:
    """What an instrument does to an order, or to an act that stands before it."""
    kind, issued, since, target, whom = drawn
    of = f"order-{target % targets}"
    start = f", from: {since}" if since else ""
    does = {
        "stay": f"kind: stay, stays: [{{of: {of}{whom}{start}}}]",
        "end": f"kind: ruling, ends: [{{of: {of}{whom}{start}}}]",
        "replace": f"kind: order, supersedes: [{{of: {of}{whom}{start}}}]",
        "extend": f"kind: extension, extends: [{{of: {of}{whom}, by: P1M}}]",
        "settle": f"kind: ruling, settles: {{scope: {{option: narrow{whom}{start}}}}}",
        "lift": "kind: waiver, norms: "
        f"[{{id: l, effect: permit, strength: lift, overrides: {of}, quote: q}}]",
    }[kind]
    return f"  - {{id: act-{number}, {PLAIN}, issued: {issued}, {does}}}\n"


def document(drawn: list[Order], done: list[Act]) -> str:
    lines = [order(number, one) for number, one in enumerate(drawn)]
    lines += [act(number, one, len(drawn)) for number, one in enumerate(done)]
    return HEAD + "".join(lines)


def loaded(*texts: str) -> Instruments:
    return load([Source(f"{number}.yaml", text) for number, text in enumerate(texts)])


def asked(
    instruments: Instruments,
    user: str,
    given_facts: dict[str, FactValue],
    at: str,
    known: str | None = None,
    notice: str = "announced",
) -> Decision:
    question = Question((user,), (), "v", "use", given_facts)
    when = parse_instant(known) if known else None
    return decide(instruments, question, at=parse_instant(at), known=when, notice=notice)


worlds = st.tuples(st.lists(orders, min_size=1, max_size=ORDERS), st.lists(acts, max_size=3))
notices = st.sampled_from(("announced", "served"))


@settings(max_examples=15, deadline=None)
@given(worlds, users, facts, moments, st.integers(0, 2), days, days, notices, st.booleans())
def test_a_stay_lifted_from_its_first_instant_never_was(
    world: tuple[list[Order], list[Act]],
    user: str,
    given_facts: dict[str, FactValue],
    at: str,
    which: int,
    since: str,
    lifted: str,
    notice: str,
    is_stayed: bool,
) -> None:
    drawn, done = world
    plain = document(drawn, done)
    does = f"stays: [{{of: court, from: {since}}}]" if is_stayed else f"ends: [{{of: court, from: {since}}}]"
    stayed_and_lifted = (
        plain + f"  - {{id: court, kind: stay, {PLAIN}, issued: {since}, "
        f"stays: [{{of: order-{which % len(drawn)}, from: {since}}}]}}\n"
        f"  - {{id: above, kind: {'stay' if is_stayed else 'ruling'}, {PLAIN}, issued: {lifted}, {does}}}\n"
    )
    before = asked(loaded(plain), user, given_facts, at, notice=notice)
    assert asked(loaded(stayed_and_lifted), user, given_facts, at, notice=notice) == before


@settings(max_examples=15, deadline=None)
@given(worlds, st.lists(acts, max_size=2), users, facts, moments, st.sampled_from(DAYS[1:]), notices)
def test_what_is_learnt_later_changes_no_answer_of_before(
    world: tuple[list[Order], list[Act]],
    later: list[Act],
    user: str,
    given_facts: dict[str, FactValue],
    at: str,
    known: str,
    notice: str,
) -> None:
    drawn, done = world
    known_at = f"{known}T00:00Z"
    learnt = "".join(
        act(90 + number, one, len(drawn)).replace(f"issued: {one[1]}", f"issued: {one[1]}, known: {known}")
        for number, one in enumerate(later)
    )
    plain = document(drawn, done)
    before = asked(loaded(plain), user, given_facts, at, known_at, notice)
    assert asked(loaded(plain + learnt), user, given_facts, at, known_at, notice) == before


@settings(max_examples=15, deadline=None)
@given(worlds, users, facts, moments, st.randoms(use_true_random=False))
def test_the_order_of_files_and_of_what_they_hold_is_no_matter(
    world: tuple[list[Order], list[Act]],
    user: str,
    given_facts: dict[str, FactValue],
    at: str,
    random: object,
) -> None:
    drawn, done = world
    head, *rest = document(drawn, done).partition("instruments:\n")
    sources = [Source("words.yaml", head)]
    sources += [
        Source(f"{number}.yaml", f"{TOP}instruments:\n{line}\n")
        for number, line in enumerate(rest[1].splitlines())
    ]
    first = load(sources)
    random.shuffle(sources)  # type: ignore[attr-defined]
    second = load(sources)
    assert first.digest == second.digest
    assert asked(first, user, given_facts, at) == asked(second, user, given_facts, at)


@settings(max_examples=15, deadline=None)
@given(worlds, orders, users, facts, moments)
def test_one_more_prohibition_never_permits_what_was_forbidden(
    world: tuple[list[Order], list[Act]],
    added: Order,
    user: str,
    given_facts: dict[str, FactValue],
    at: str,
) -> None:
    drawn, done = world
    plain = document(drawn, done)
    before = asked(loaded(plain), user, given_facts, at)
    after = asked(loaded(plain + order(9, added)), user, given_facts, at)
    if before.outcome is Outcome.FORBID:
        assert after.outcome is Outcome.FORBID
    assert after.outcome is not Outcome.PERMIT or before.outcome is Outcome.PERMIT


@settings(max_examples=15, deadline=None)
@given(worlds, users, facts, notices)
def test_nothing_changes_between_two_change_points(
    world: tuple[list[Order], list[Act]], user: str, given_facts: dict[str, FactValue], notice: str
) -> None:
    instruments = loaded(document(*world))
    points = change_points(instruments)
    enforcer = Enforcer(instruments, notice=notice)
    question = Question((user,), (), "v", "use", given_facts)
    for start, end in pairwise(points):
        middle = start + (end - start) / 2
        found = [
            asked(instruments, user, given_facts, format_instant(at), None, notice) for at in (start, middle)
        ]
        assert found[0] == found[1] == enforcer.decide(question, middle)
