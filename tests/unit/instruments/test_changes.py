"""What changed between two days: each turn of a norm, at its instant."""

from offramp.core.instants import parse_instant
from offramp.instruments import Source, load
from offramp.instruments.changes import Span, changes

TEXT = """\
schema: offramp.instruments/v1
readings:
  scope:
    question: How far?
    options: {a: {by: one, text: all}, b: {by: other, text: some}}
instruments:
  - id: order
    kind: order
    title: Order
    issuer: an office
    basis: text
    source: {document: x}
    issued: 2030-02-01
    until: 2030-08-01
    served: {company: 2030-02-10}
    norms:
      - id: stop
        effect: prohibit
        binds: {kinds: [company]}
        vendor: example-a
        action: use
        quote: x
        readings: {scope: {b: {when: context.force}}}
  - id: stay
    kind: stay
    title: Stay
    issuer: a court
    basis: text
    source: {document: x}
    issued: 2030-03-01
    stays: [{of: order, from: 2030-03-05, until: 2030-04-05}]
  - id: found-later
    kind: law
    title: Law
    issuer: a parliament
    basis: text
    source: {document: x}
    from: 2029-01-01
    known: 2030-05-01
    norms:
      - {id: rule, effect: prohibit, binds: {kinds: [company]}, vendor: any, action: use, quote: x}
  - id: ruling
    kind: ruling
    title: Ruling
    issuer: a court
    basis: text
    source: {document: x}
    issued: 2030-06-01
    settles: {scope: b}
"""


def turns(
    *, is_served: bool = False, since: str = "2030-01-01", at: str = "2030-12-01"
) -> list[tuple[str, ...]]:
    span = Span(
        user=("company",),
        vendor="example-a",
        since=parse_instant(since),
        at=parse_instant(at),
        is_served=is_served,
    )
    found = changes(load([Source("x.yaml", TEXT)]), span)
    return [(f"{one.at:%Y-%m-%d}", one.turn.value, one.norm or one.question) for one in found]


def test_a_year_of_changes() -> None:
    assert turns() == [
        ("2030-02-01", "began", "order.stop"),
        ("2030-03-05", "stayed", "order.stop"),
        ("2030-04-06", "restored", "order.stop"),
        ("2030-05-01", "newly known", "found-later.rule"),
        ("2030-06-01", "settled", "scope"),
        ("2030-08-02", "ended", "order.stop"),
    ]


def test_only_what_lies_between_the_days_is_a_change() -> None:
    assert turns(since="2030-03-05", at="2030-05-30") == [
        ("2030-04-06", "restored", "order.stop"),
        ("2030-05-01", "newly known", "found-later.rule"),
    ]
    assert turns(since="2030-04-07", at="2030-04-20") == []


def test_under_served_a_norm_is_announced_first_and_served_later() -> None:
    found = [one for one in turns(is_served=True) if one[2] == "order.stop"]
    assert found[:2] == [
        ("2030-02-01", "announced, not served", "order.stop"),
        ("2030-02-10", "served", "order.stop"),
    ]
