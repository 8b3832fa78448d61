"""The ledger: a Merkle log of what happened, its checkpoints, and packs that verify offline.

`Ledger` records from any process, `AsyncLedger` from an event loop beside a running `run_writer`. The bytes
are specified in spec/ledger.md and spec/evidence-pack.md.
"""

from offramp.evidence.asynchronous import AsyncLedger
from offramp.evidence.entry import Change, Entry, EntryType, Receipt
from offramp.evidence.handover import Handed, Handover
from offramp.evidence.ledger import Ledger
from offramp.evidence.pack import Pack
from offramp.evidence.reading import Recorded, read_entries
from offramp.evidence.verification import Verification, verify
from offramp.evidence.witnessing import Witness
from offramp.evidence.writer import run_writer

__all__ = [
    "AsyncLedger",
    "Change",
    "Entry",
    "EntryType",
    "Handed",
    "Handover",
    "Ledger",
    "Pack",
    "Receipt",
    "Recorded",
    "Verification",
    "Witness",
    "read_entries",
    "run_writer",
    "verify",
]
