"""However a ledger grows, every earlier checkpoint is consistent with every later one."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Handover, Ledger
from offramp.evidence.body import encode
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.proofs import verify_consistency, verify_inclusion
from offramp.evidence.reading import snapshot
from offramp.evidence.tree import leaf_hash

AT = parse_instant("2026-03-05T12:00:00Z")


def entry(number: int) -> Entry:
    return Entry(
        type=EntryType.SCAN, at=AT, actor="test", cause="command", subject="example", data={"n": number}
    )


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=2, max_size=6), st.booleans())
def test_ledger_stays_consistent(batches: list[int], reopen: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / ".offramp"
        checkpoints: list[Checkpoint] = []
        total = 0
        ledger = Ledger.open(state)
        for size in batches:
            ledger.append_all([(entry(total + offset), ()) for offset in range(size)])
            total += size
            checkpoints.append(Handover(state).checkpoint())
            if reopen:
                ledger.close()
                ledger = Ledger.open(state)
        ledger.close()
        newest = checkpoints[-1]
        assert newest.size == total
        with snapshot(state) as now:
            for old in checkpoints:
                if old.size:
                    path = now.consistency(old.size)
                    assert verify_consistency(old.size, total, old.root, newest.root, path)
            for index in range(total):
                leaf = leaf_hash(encode(entry(index)))
                assert verify_inclusion(leaf, index, total, now.inclusion(index), newest.root)
