"""The ledger: a Merkle log of what happened, its checkpoints, and packs that verify offline.

`Ledger` records from any process, `AsyncLedger` from an event loop beside a running `run_writer`. The bytes
are specified in spec/ledger.md and spec/evidence-pack.md.
"""

from offramp.evidence.asynchronous import AsyncLedger
from offramp.evidence.entry import Change, Entry, EntryType, Receipt
from offramp.evidence.ledger import Ledger
from offramp.evidence.pack import Pack, build_pack
from offramp.evidence.reading import Recorded, checkpoint, public_key, read_entries
from offramp.evidence.verification import Verification, verify_pack
from offramp.evidence.writer import run_writer

__all__ = [
    "AsyncLedger",
    "Change",
    "Entry",
    "EntryType",
    "Ledger",
    "Pack",
    "Receipt",
    "Recorded",
    "Verification",
    "build_pack",
    "checkpoint",
    "public_key",
    "read_entries",
    "run_writer",
    "verify_pack",
]
