"""Which date counts for a use, and why."""

from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.core.instants import Instant, parse_instant
from offramp.plan.deadlines import Basis, Deadlines, deadlines_for
from offramp.workspace import load, load_instruments

BY = parse_instant("2026-08-26")


def dates(root: Path, at: str, exit_by: Instant | None = BY, system: str = "desk") -> Deadlines:
    place = load(root)
    return deadlines_for(
        place, load_instruments(place), VendorId("example-a"), system, exit_by, parse_instant(at)
    )


def test_the_first_instrument_to_forbid_counts_before_the_exit(root: Path) -> None:
    first = dates(root, "2026-03-05").first
    assert first is not None
    assert (first.at, first.basis, first.instruments) == (
        parse_instant("2026-06-01T00:00Z"),
        Basis.INSTRUMENT,
        ("order-1",),
    )
    assert first.clauses == ("order-1.cease: “shall cease all use” [Gazette 1, 2026-02-27]",)
    assert "desk-app" in first.why


def test_a_stay_moves_the_deadline_to_the_next_instrument(root: Path) -> None:
    first = dates(root, "2026-06-28").first
    assert first is not None
    assert (first.at, first.instruments) == (parse_instant("2026-07-01T00:00Z"), ("order-2",))


def test_what_was_not_known_then_does_not_count(root: Path) -> None:
    first = dates(root, "2026-03-01").first
    assert first is not None
    assert all("order-2" not in one.instruments for one in dates(root, "2026-03-01").all)


def test_a_deadline_that_has_passed_is_where_the_forbidden_time_began(root: Path) -> None:
    first = dates(root, "2026-07-20").first
    assert first is not None
    assert first.at == parse_instant("2026-07-01T00:00Z")


def test_the_exit_counts_where_nothing_forbids_earlier(root: Path) -> None:
    (root / "instruments" / "first.yaml").unlink()
    first = dates(root, "2026-03-05").first
    assert first is not None
    assert (first.at, first.basis) == (BY, Basis.EXIT)
    assert dates(root, "2026-03-05", exit_by=None).first is None


def test_a_system_without_an_application_is_asked_about_as_the_organisation(root: Path) -> None:
    first = dates(root, "2026-03-05", system="portal").first
    assert first is not None
    assert "Example Agency" in first.why


@pytest.mark.parametrize(
    ("stance", "basis"),
    [("", Basis.READING), ("stance: {by: C, reason: r, is_strictest: true}\n", Basis.STANCE)],
)
def test_a_contested_date_says_what_it_rests_on(root: Path, stance: str, basis: Basis) -> None:
    contest(root, stance)
    first = dates(root, "2026-03-05").first
    assert first is not None
    assert (first.at, first.basis) == (parse_instant("2026-02-27T00:00Z"), basis)


def test_a_reading_the_stance_rejects_sets_no_date(root: Path) -> None:
    contest(root, "stance: {by: C, reason: r, readings: {reach: few}}\n")
    first = dates(root, "2026-03-05").first
    assert first is not None
    assert first.basis is Basis.EXIT


def contest(root: Path, stance: str) -> None:
    (root / "instruments" / "first.yaml").write_text(
        """\
schema: offramp.instruments/v1
readings:
  reach:
    question: Whom does it reach?
    options:
      all: {text: everybody, by: [the board], source: Gazette 1}
      few: {text: nobody here, by: [example-a], source: a statement}
instruments:
  - id: order-1
    kind: order
    title: First order
    issuer: the board
    basis: text
    announced: 2026-02-27
    source: {document: Gazette 1, date: 2026-02-27}
    norms:
      - id: cease
        effect: prohibit
        binds: {kinds: [contractor]}
        vendor: example-a
        action: use
        quote: shall cease all use
        readings: {reach: {few: {applies: false}}}
""",
        encoding="utf-8",
    )
    with (root / "offramp.yaml").open("a", encoding="utf-8") as file:
        file.write(stance)
