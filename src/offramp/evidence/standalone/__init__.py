"""The stand-alone verifier: shares no code with offramp, and is handed out as one file.

It is written in parts so that each can be read in one sitting; `one_file.py` beside this folder puts them
together. The parts import the standard library, `cryptography`, and each other, nothing else.
"""

from offramp.evidence.standalone.command import check, main
from offramp.evidence.standalone.packs import check_pack
from offramp.evidence.standalone.primitives import Wrong, canonical, read_key

__all__ = ["Wrong", "canonical", "check", "check_pack", "main", "read_key"]
