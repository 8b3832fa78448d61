"""The ledger: a Merkle log of what happened, its checkpoints, and packs that verify offline.

`Ledger` records from any process, `AsyncLedger` from an event loop beside a running `run_writer`. The bytes
are specified in spec/ledger.md and spec/evidence-pack.md. The values that handing over takes and gives are in
the modules `handover`, `pack` and `verdict`, which are part of this door.

What hands over and verifies is loaded when it is asked for: a gateway only records.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from offramp.evidence.asynchronous import AsyncLedger
from offramp.evidence.entry import Change, Entry, EntryType, Receipt
from offramp.evidence.ledger import Ledger
from offramp.evidence.reading import Recorded, read_entries
from offramp.evidence.writer import run_writer

if TYPE_CHECKING:
    from offramp.evidence import handover, pack, verdict
    from offramp.evidence.handover import Handover
    from offramp.evidence.verification import verify
    from offramp.evidence.witnessing import Witness

__all__ = [
    "AsyncLedger",
    "Change",
    "Entry",
    "EntryType",
    "Handover",
    "Ledger",
    "Receipt",
    "Recorded",
    "Witness",
    "handover",
    "pack",
    "read_entries",
    "run_writer",
    "verdict",
    "verify",
]

_LATER = {"Handover": "handover", "Witness": "witnessing", "verify": "verification"}
_MODULES = ("handover", "pack", "verdict")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(name)
