"""Which packages a manifest or a lock file names, with the place and, for locks, what pulls each one in.

One reader per ecosystem; `READERS` says which file goes to which. Only names are read, never versions solved.
"""

from offramp.inventory.packages.interface import Package, Reader
from offramp.inventory.packages.pypi import script
from offramp.inventory.packages.registry import READERS, Manifest, is_lock, manifest_of, normal

__all__ = ["READERS", "Manifest", "Package", "Reader", "is_lock", "manifest_of", "normal", "script"]
