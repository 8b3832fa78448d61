"""The ledger in one process: receipts, keys, locks, threads, and what is said when it cannot be had."""

import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.errors import Exit, OfframpError
from offramp.evidence import Entry, EntryType, Handover, Ledger, read_entries
from offramp.evidence.body import encode
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.lock import WriterLock
from offramp.evidence.notes import VerifierKey
from offramp.evidence.tree import leaf_hash, root_over

MakeEntry = Callable[..., Entry]


def test_entries_are_read_back_in_order_with_their_receipts(state: Path, make_entry: MakeEntry) -> None:
    entries = [make_entry(f"req_{number}", n=number) for number in range(5)]
    with Ledger.open(state) as ledger:
        receipts = [ledger.append(entries[0]), *ledger.append_all([(entry, ()) for entry in entries[1:]])]
    found = read_entries(state)
    assert [recorded.entry for recorded in found] == entries
    assert [(recorded.index, recorded.leaf_hash) for recorded in found] == [
        (receipt.index, receipt.leaf_hash) for receipt in receipts
    ]
    assert receipts[3].leaf_hash == leaf_hash(encode(entries[3])).hex()


def test_reading_can_start_anywhere_stop_early_and_choose(state: Path, make_entry: MakeEntry) -> None:
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(2500)])
    assert [recorded.index for recorded in read_entries(state, 2498)] == [2498, 2499]
    assert [recorded.index for recorded in read_entries(state, 5, 2)] == [5, 6]
    assert [recorded.index for recorded in read_entries(state, limit=2, newest_first=True)] == [2499, 2498]
    assert read_entries(state, types={EntryType.CUT}) == ()
    assert len(read_entries(state, types={EntryType.TRAFFIC, EntryType.CUT})) == 2500


def test_the_checkpoint_is_over_every_entry_and_opens_with_the_public_key(
    state: Path, make_entry: MakeEntry
) -> None:
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(7)])
    made = Handover(state).checkpoint()
    assert made == Checkpoint.parse(made.note, VerifierKey.parse(Handover(state).public_key()))
    assert made.size == 7
    assert made.root == root_over(leaf_hash(recorded.body) for recorded in read_entries(state))


def test_state_and_key_are_for_their_owner_only(state: Path) -> None:
    with Ledger.open(state):
        pass
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "keys" / "ledger").stat().st_mode) == 0o600


def test_the_key_outlives_the_process_and_is_never_replaced_silently(
    state: Path, make_entry: MakeEntry
) -> None:
    with Ledger.open(state):
        first = Handover(state).public_key()
    (state / "keys" / "ledger").unlink()
    with Ledger.open(state) as ledger:
        assert Handover(state).public_key() != first  # nothing was recorded under the first
        ledger.append(make_entry())
    (state / "keys" / "ledger").unlink()
    with pytest.raises(OfframpError) as caught:
        Ledger.open(state)
    assert caught.value.code == "ledger-key-missing"
    (state / "keys" / "ledger").write_text("rubbish")
    with pytest.raises(OfframpError) as caught:
        Handover(state).public_key()
    assert caught.value.code == "ledger-key-unreadable"


def test_a_process_that_keeps_the_lock_is_waited_for_and_then_named(
    state: Path, make_entry: MakeEntry
) -> None:
    lock = WriterLock.take(state)
    assert lock is not None
    with pytest.raises(OfframpError) as caught:
        Ledger.open(state, wait_seconds=0.05)
    assert caught.value.code == "ledger-busy"
    timer = threading.Timer(0.2, lock.release)
    timer.start()
    with Ledger.open(state) as ledger:
        ledger.append(make_entry())
    timer.join()
    assert len(read_entries(state)) == 1


def test_a_failed_open_gives_the_lock_back(state: Path) -> None:
    state.mkdir()
    (state / "state.db").write_bytes(b"not a database, and longer than a header" * 50)
    for _ in range(2):
        with pytest.raises(OfframpError) as caught:
            Ledger.open(state)
        assert caught.value.code == "state-unreadable"


def test_a_closed_ledger_takes_nothing(state: Path, make_entry: MakeEntry) -> None:
    ledger = Ledger.open(state)
    ledger.close()
    ledger.close()
    with pytest.raises(ValueError, match="closed"):
        ledger.append(make_entry())


def test_threads_share_one_ledger(state: Path, make_entry: MakeEntry) -> None:
    with Ledger.open(state) as ledger:

        def work(name: str) -> None:
            for number in range(20):
                ledger.append(make_entry(f"{name}_{number}"))

        threads = [threading.Thread(target=work, args=(f"t{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = read_entries(state)
    assert len({recorded.entry.subject for recorded in found}) == len(found) == 120
    assert Handover(state).checkpoint().root == root_over(leaf_hash(recorded.body) for recorded in found)


def test_no_ledger_is_an_answer_of_its_own(state: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        read_entries(state)
    assert caught.value.code == "ledger-missing"
    assert caught.value.exit_code is Exit.NOTHING
    assert not state.exists()


def test_a_state_that_cannot_be_made_says_where(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OfframpError) as caught:
        Ledger.open(tmp_path / "file" / ".offramp")
    assert caught.value.code == "state-unwritable"
