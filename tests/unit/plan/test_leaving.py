"""Leaving a vendor: files, items, routes, and what the second run does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.errors import Exit, OfframpError
from offramp.core.findings import Scan
from offramp.core.ids import InstrumentId, VendorId
from offramp.core.instants import parse_instant
from offramp.evidence import Ledger, read_entries
from offramp.plan import departure, files, leave, moves, outlook, stored
from offramp.workspace import load, load_instruments

ScanOf = Callable[..., Scan]
USES = ("service/a.py", "portal/b.ts", "tool.sh")


def asked(at: str = "2026-03-05", by: str = "2026-08-26", to: str = "example-b") -> departure.Leaving:
    return departure.Leaving(
        vendor=VendorId("example-a"),
        successor=VendorId(to),
        by_at=parse_instant(by),
        by_text=by,
        by_whom="R. Okafor",
        at=parse_instant(at),
        recorded_at=parse_instant("2026-11-01"),
    )


def decide(root: Path, scan: Scan, what: departure.Leaving) -> departure.Departure:
    place = load(root)
    return leave(place, load_instruments(place), stored.read_stored(place), scan, what)


def carry_out(root: Path, done: departure.Departure) -> None:
    with Ledger.open(root / ".offramp") as ledger:
        for step in done.steps:
            moves.record(ledger, step)
    files.write_all(done.edits)


def see(root: Path, at: str) -> outlook.Outlook:
    place = load(root)
    return outlook.look(place, load_instruments(place), stored.read_stored(place), parse_instant(at))


def test_nothing_is_written_until_it_is_carried_out(root: Path, scan_of: ScanOf) -> None:
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    decide(root, scan_of(*USES), asked())
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


def test_the_exit_loads_whatever_the_organisation_is_called(root: Path, scan_of: ScanOf) -> None:
    settings = root / "offramp.yaml"
    odd = settings.read_text("utf-8").replace("name: Example Agency", 'name: "A\\nb: [ü#"')
    settings.write_text(odd, "utf-8")
    carry_out(root, decide(root, scan_of(*USES), asked()))
    order = load_instruments(load(root)).instruments[InstrumentId("leave-example-a")]
    assert order.issuer == "A b: [ü#"


def test_a_database_left_empty_by_a_crash_counts_as_nothing_recorded(root: Path, scan_of: ScanOf) -> None:
    (root / ".offramp").mkdir()
    (root / ".offramp" / "state.db").touch()
    assert stored.read_stored(load(root)) == stored.Stored()
    assert stored.read_history(load(root), parse_instant("2026-03-05")) == ()
    carry_out(root, decide(root, scan_of(*USES), asked()))
    assert len(see(root, "2026-03-05").exits) == 1


def test_the_exit_has_its_files_items_and_routes(root: Path, scan_of: ScanOf) -> None:
    done = decide(root, scan_of(*USES), asked())
    assert [edit.path.name for edit in done.edits] == ["leave-example-a.yaml", "offramp.yaml"]
    assert (len(done.stock.new), done.routes) == (4, ("model-1",))
    assert done.notes == ("route `single` has no second target: add one of example-b to ramp it",)
    carry_out(root, done)
    place = load(root)
    assert (place.root / "offramp.yaml").read_text(encoding="utf-8").startswith("# kept as it is\n")
    assert place.successors[VendorId("example-a")].by == "2026-08-26"
    kept = stored.read_stored(place)
    assert (kept.traffic.shares, [one.vendor for one in kept.exits]) == ({"model-1": 0}, ["example-a"])
    assert {use.path: use.owner for use in kept.uses} == {
        "service/a.py": "R. Okafor",
        "portal/b.ts": "T. Vu",
        "tool.sh": "nobody yet",
        "declarations/first.yaml": "L. Farouk",
    }
    assert [one.entry.type for one in read_entries(root / ".offramp")] == ["config", "scan"]


def test_leaving_twice_is_leaving_once(root: Path, scan_of: ScanOf) -> None:
    carry_out(root, decide(root, scan_of(*USES), asked()))
    again = decide(root, scan_of(*USES), asked(at="2026-03-09"))
    assert (again.edits, again.steps) == ((), ())


def test_a_comment_in_the_instrument_survives_the_second_run(root: Path, scan_of: ScanOf) -> None:
    carry_out(root, decide(root, scan_of(*USES), asked()))
    path = root / "instruments" / "leave-example-a.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# read by counsel\n", encoding="utf-8")
    assert decide(root, scan_of(*USES), asked()).edits == ()


def test_a_later_deadline_changes_files_and_exit(root: Path, scan_of: ScanOf) -> None:
    carry_out(root, decide(root, scan_of(*USES), asked()))
    carry_out(root, decide(root, scan_of(*USES), asked(by="2026-09-30")))
    place = load(root)
    assert place.successors[VendorId("example-a")].by == "2026-09-30"
    assert "2026-10-01" in (root / "instruments" / "leave-example-a.yaml").read_text(encoding="utf-8")
    (kept,) = stored.read_stored(place).exits
    assert (kept.by_at, kept.started_at) == (parse_instant("2026-09-30"), parse_instant("2026-03-05"))


def test_the_organisations_own_order_binds_after_the_deadline(root: Path, scan_of: ScanOf) -> None:
    carry_out(root, decide(root, scan_of(*USES), asked()))
    instruments = load_instruments(load(root))
    norm = instruments.norms["leave-example-a.cease"]  # type: ignore[index]
    assert norm.forms[0].from_at == parse_instant("2026-08-27T00:00Z")


def test_what_is_no_longer_found_has_moved_and_can_come_back(root: Path, scan_of: ScanOf) -> None:
    carry_out(root, decide(root, scan_of(*USES), asked()))
    carry_out(root, decide(root, scan_of("portal/b.ts", "tool.sh"), asked(at="2026-03-20")))
    states = {item.use.path: item.state for item in see(root, "2026-03-21").items}
    assert states["service/a.py"] == "moved"
    assert {item.use.path: item.state for item in see(root, "2026-03-10").items}["service/a.py"] == "open"
    history = stored.read_history(load(root), parse_instant("2026-03-21"))
    assert [(point.open, point.moved) for point in history] == [(4, 0), (3, 1)]
    back = decide(root, scan_of(*USES), asked(at="2026-03-25"))
    assert [use.path for use in back.stock.back] == ["service/a.py"]


def test_a_declared_use_has_moved_once_it_ended(root: Path, scan_of: ScanOf) -> None:
    carry_out(root, decide(root, scan_of(*USES), asked()))
    done = decide(root, scan_of(*USES), asked(at="2026-05-02"))
    assert [use.path for use in done.stock.moved] == ["declarations/first.yaml"]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (asked(to="example-a"), "successor-is-self"),
        (asked(to="example-q"), "vendor-unknown"),
        (asked(by="2026-03-01"), "deadline-passed"),
    ],
)
def test_an_exit_that_cannot_be(root: Path, scan_of: ScanOf, what: departure.Leaving, code: str) -> None:
    with pytest.raises(OfframpError) as caught:
        decide(root, scan_of(*USES), what)
    assert caught.value.code == code


BAN_OF_SUCCESSOR = """\
schema: offramp.instruments/v1
readings:
  reach:
    question: Whom does it reach?
    options:
      all: {text: everybody, by: [the board], source: Gazette 3}
      few: {text: nobody here, by: [example-b], source: a statement}
instruments:
  - id: order-3
    kind: order
    title: Third order
    issuer: the board
    basis: text
    announced: 2026-03-01
    source: {document: Gazette 3, date: 2026-03-01}
    norms:
      - id: ban
        effect: prohibit
        binds: {kinds: [contractor]}
        vendor: example-b
        action: use
        quote: no use of example-b
"""


def test_a_forbidden_successor_stops(root: Path, scan_of: ScanOf) -> None:
    (root / "instruments" / "third.yaml").write_text(BAN_OF_SUCCESSOR, encoding="utf-8")
    with pytest.raises(OfframpError) as caught:
        decide(root, scan_of(*USES), asked())
    assert (caught.value.code, caught.value.exit_code) == ("successor-forbidden", Exit.FOUND)
    assert "no use of example-b" in caught.value.message


CONTESTED = BAN_OF_SUCCESSOR + "        readings: {reach: {few: {applies: false}}}\n"


def test_a_contested_successor_is_said_and_does_not_stop(root: Path, scan_of: ScanOf) -> None:
    (root / "instruments" / "third.yaml").write_text(CONTESTED, encoding="utf-8")
    (check,) = decide(root, scan_of(*USES), asked()).checks
    assert (check.outcome, check.enforced) == ("contested", "contested")


def test_under_the_strictest_stance_a_contested_successor_stops(root: Path, scan_of: ScanOf) -> None:
    (root / "instruments" / "third.yaml").write_text(CONTESTED, encoding="utf-8")
    with (root / "offramp.yaml").open("a", encoding="utf-8") as file:
        file.write("stance: {by: counsel, reason: caution, is_strictest: true}\n")
    with pytest.raises(OfframpError) as caught:
        decide(root, scan_of(*USES), asked())
    assert "under the stance chosen" in caught.value.message
