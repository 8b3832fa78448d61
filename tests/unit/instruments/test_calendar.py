"""The calendar: what changes for whom, and what is due, in the words of the entries."""

from offramp.core.instants import parse_instant
from offramp.instruments import Source, load
from offramp.instruments.calendar import Entry, EntryKind, calendar

TEXT = """schema: offramp.instruments/v1
zone: America/New_York
calendar: us-federal
record_ends: {day: 2030-12-31, say: nothing later was looked at}
readings:
  scope: {question: How far?, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
  other: {question: And this?, options: {one: {by: x, text: a}, two: {by: y, text: b}}}
instruments:
  - id: order
    kind: order
    title: Order
    issuer: i
    basis: text
    source: {document: d}
    issued: 2030-01-07
    announced: 2030-01-08T17:01
    served: {supplier: 2030-01-10}
    until: P6M
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: v, action: use, quote: stop it,
         readings: {scope: {narrow: {until: 2030-03-31}}, other: {two: {when: context.force}}}}
      - {id: tell, effect: oblige, binds: {kinds: [company]}, vendor: v, action: use, quote: tell us,
         duty: {within: 3 business days, of: announced, towards: the office, proof: a list}}
      - {id: report, effect: oblige, binds: {kinds: [company]}, vendor: v, action: use, quote: report it,
         duty: {within: P2D, after: it is found}}
  - {id: court, kind: stay, title: Stay, issuer: c, basis: text, source: {document: s}, issued: 2030-02-01,
     stays: [{of: order.stop, until: P7D}, {of: order.stop, parties: [supplier]}]}
  - {id: ruling, kind: ruling, title: Ruling, issuer: c, basis: text, source: {document: r},
     issued: 2030-05-01, settles: {scope: wide}}
"""


def entries(since: str = "", until: str = "", known: str = "") -> tuple[Entry, ...]:
    return calendar(
        load([Source("x.yaml", TEXT)]),
        since=parse_instant(since) if since else None,
        until=parse_instant(until) if until else None,
        known=parse_instant(known) if known else None,
    )


def lines(found: tuple[Entry, ...]) -> list[str]:
    return [
        f"{one.at:%m-%d %H:%M} {one.kind} {one.subject} | {', '.join(one.who)} | {one.what}"
        + "".join(f" ({choice})" for choice in one.under)
        for one in found
        if one.at is not None
    ]


def test_everything_dated_in_order() -> None:
    assert lines(entries()) == [
        "01-07 05:00 notice order |  | is issued",
        "01-08 22:01 change order.report | company | begins to count",
        "01-08 22:01 change order.stop | company | begins to count",
        "01-08 22:01 change order.tell | company | begins to count",
        "01-08 22:01 notice order |  | is announced",
        "01-10 05:00 notice order | supplier | is served",
        "01-12 04:59 duty order.tell | company | last moment to use, towards the office, shown by a list",
        "02-01 05:00 change order.stop | company | is stayed by court",
        "02-01 05:00 notice court |  | is issued",
        "02-09 05:00 change order.stop | company | counts again: no longer stayed by court",
        "04-01 04:00 change order.stop | company | ends (scope=narrow)",
        "04-01 04:00 change order.stop | supplier | ends (scope=narrow)",
        "05-01 04:00 notice ruling |  | is issued",
        "05-01 04:00 reading scope |  | is settled as wide",
        "07-08 04:00 change order.report | company | ends",
        "07-08 04:00 change order.stop | company | ends (scope=wide)",
        "07-08 04:00 change order.stop | supplier | ends (scope=wide)",
        "07-08 04:00 change order.tell | company | ends",
        "01-01 05:00 record x.yaml |  | the record ends",
    ]


def test_a_duty_counted_from_an_event_comes_last_and_without_a_date() -> None:
    (last,) = (one for one in entries() if one.at is None)
    assert (last.kind, last.subject) == (EntryKind.DUTY, "order.report")
    assert last.what == "last moment to use, 2 days after it is found"


def test_only_the_window_and_only_what_was_known() -> None:
    inside = entries("2030-02-01T00:00Z", "2030-03-01")
    assert {one.subject for one in inside if one.at} == {"court", "order.stop"}
    before = entries("2030-02-01T00:00Z", "2030-03-01", known="2030-01-31")
    assert not [one for one in before if one.at]


def test_a_duty_that_is_stayed_says_so() -> None:
    text = TEXT.replace("of: order.stop, until: P7D", "of: order.tell, from: 2030-01-09")
    found = calendar(load([Source("x.yaml", text)]))
    (due,) = (one for one in found if one.kind is EntryKind.DUTY and one.at is not None)
    assert due.what.endswith("; stayed by court")
