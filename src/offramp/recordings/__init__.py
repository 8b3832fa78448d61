"""Text kept beside the ledger, encrypted: how long it stays, who holds it, and how it is destroyed.

An entry names a text by its digest. When the key of its window is gone, nobody reads the text again, and
every proof about the entry still holds. The door for whoever records text is `Recordings.keep`.

What needs the ledger is loaded when it is asked for: the process that keeps exchanges needs none of it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from offramp.recordings.shelf import Kept, Recordings
from offramp.recordings.windows import Window

if TYPE_CHECKING:
    from offramp.recordings.disposal import Disposal, Disposed, dispose, plan_disposal
    from offramp.recordings.holds import Hold, lift_hold, place_hold, read_holds
    from offramp.recordings.recording import read_recorded, record_kept, reference

__all__ = [
    "Disposal",
    "Disposed",
    "Hold",
    "Kept",
    "Recordings",
    "Window",
    "dispose",
    "lift_hold",
    "place_hold",
    "plan_disposal",
    "read_holds",
    "read_recorded",
    "record_kept",
    "reference",
]

_LATER = ("disposal", "holds", "recording")


def __getattr__(name: str) -> object:
    if name in __all__:
        for part in _LATER:
            module = import_module(f"{__name__}.{part}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(name)
