"""Kept text: sealed, found again by its entry, and gone for good with its key."""

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import now, parse_instant
from offramp.core.periods import Period
from offramp.evidence import Handover, read_entries, verify
from offramp.evidence.pack import Contents
from offramp.recordings import Recordings, Window, read_recorded, record_kept

AT = parse_instant("2026-03-05T12:00:00Z")
SECRET = b"Dear clerk, please extend permit 17."


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / ".offramp"


def keep(state: Path, text: bytes = SECRET) -> int:
    kept = Recordings(state).keep("letters", "desk", text, at=AT)
    return record_kept(state, kept, by="R. Okafor", subject="letter", at=AT)


def every_byte(state: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(state.rglob("*")) if path.is_file())


def test_a_text_is_found_by_its_entry_and_nowhere_in_the_clear(state: Path) -> None:
    index = keep(state)
    assert read_recorded(state, index) == SECRET
    assert SECRET not in every_byte(state)
    folder = state / "recordings" / "letters" / "desk" / "2026-03-05"
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_the_same_text_twice_has_two_digests(state: Path) -> None:
    first, second = keep(state), keep(state)
    found = {one.index: one.entry for one in read_entries(state)}
    assert found[first].digests["text"] != found[second].digests["text"]


def test_once_destroyed_nobody_reads_it_and_the_proofs_hold(state: Path, tmp_path: Path) -> None:
    index = keep(state)
    folder = state / "recordings" / "letters" / "desk" / "2026-03-05"
    key, texts = (folder / "key").read_bytes(), (folder / "texts.jsonl").read_bytes()
    window = Window("letters", "desk", date(2026, 3, 5))
    Recordings(state).destroy(window)
    Recordings(state).destroy(window)
    assert key not in every_byte(state)
    with pytest.raises(OfframpError) as caught:
        read_recorded(state, index)
    assert caught.value.code == "text-destroyed"
    Handover(state).pack(tmp_path / "e.zip", Contents(made_at=AT))
    assert verify(tmp_path / "e.zip", Handover(state).public_key()).ok
    # Whoever kept a copy of the sealed text, but not of the key, cannot open it.
    keep(state, b"another")
    (folder / "texts.jsonl").write_bytes(texts)
    with pytest.raises(OfframpError) as caught:
        read_recorded(state, index)
    assert caught.value.code == "text-damaged"


@pytest.mark.parametrize("name", ["sealed", "nonce", "digest", "id"])
def test_a_record_that_was_changed_is_no_text(state: Path, name: str) -> None:
    index = keep(state)
    path = state / "recordings" / "letters" / "desk" / "2026-03-05" / "texts.jsonl"
    record = json.loads(path.read_text())
    record[name] = record[name][:-5] + ("AAAAA" if not record[name].endswith("AAAAA") else "BBBBB")
    path.write_text(json.dumps(record) + "\n")
    with pytest.raises(OfframpError) as caught:
        read_recorded(state, index)
    assert caught.value.code in {"text-damaged", "text-missing"}


def test_a_text_put_in_the_place_of_another_is_noticed(state: Path) -> None:
    first, second = keep(state), keep(state, b"other words")
    path = state / "recordings" / "letters" / "desk" / "2026-03-05" / "texts.jsonl"
    one, two = map(json.loads, path.read_text().splitlines())
    one["id"], two["id"] = two["id"], one["id"]
    path.write_text(f"{json.dumps(one)}\n{json.dumps(two)}\n")
    for index in (first, second):
        with pytest.raises(OfframpError) as caught:
            read_recorded(state, index)
        assert caught.value.code == "text-damaged"


def test_a_line_cut_short_harms_no_other(state: Path) -> None:
    first = keep(state)
    path = state / "recordings" / "letters" / "desk" / "2026-03-05" / "texts.jsonl"
    with path.open("ab") as file:
        file.write(b'{"id":"text_0","at":"20')
    second = keep(state, b"after the crash")
    assert (read_recorded(state, first), read_recorded(state, second)) == (SECRET, b"after the crash")


def test_several_processes_share_a_window(state: Path) -> None:
    program = (
        "import sys, pathlib; from offramp.core.instants import parse_instant;"
        "from offramp.recordings import Recordings; r = Recordings(pathlib.Path(sys.argv[1]));"
        f"at = parse_instant('{AT:%Y-%m-%dT%H:%M:%SZ}');"
        "[r.keep('letters', 'desk', b'x' * 9000, at=at) for _ in range(20)]"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(state)]) for _ in range(3)]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert [one.texts for one in Recordings(state).windows()] == [60]


@pytest.mark.parametrize(("kind", "application"), [("../x", "a"), ("a", "B"), ("", "a"), ("a/b", "c")])
def test_windows_have_plain_names(state: Path, kind: str, application: str) -> None:
    with pytest.raises(OfframpError) as caught:
        Recordings(state).keep(kind, application, b"", at=now())
    assert caught.value.code == "window-name"


@pytest.mark.parametrize(
    ("text", "day", "over"),
    [
        ("1 day", "2026-12-31", "2027-01-01"),
        ("2 weeks", "2026-02-20", "2026-03-06"),
        ("1 month", "2026-01-31", "2026-02-28"),
        ("12 months", "2024-02-29", "2025-02-28"),
        ("7 years", "2026-03-05", "2033-03-05"),
        ("99999 years", "2026-03-05", "9999-12-31"),
    ],
)
def test_periods_go_by_the_calendar(text: str, day: str, over: str) -> None:
    period = Period.parse(text)
    assert period.after(date.fromisoformat(day)).isoformat() == over
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    "text", ["", "30", "days", "0 days", "-1 days", "1.5 years", "30days", "1 fortnight"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number with"):
        Period.parse(text)
