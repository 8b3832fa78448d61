"""From a text to the draft of an instrument: sentences with their places, and a document to be filled in.

Pure: reading files is `offramp.workspace.documents`, asking a model is the command's. A draft never binds
until a named person signs it: `signing.py`.
"""

from offramp.instruments.drafting.proposal import answer_schema, prompt, proposed
from offramp.instruments.drafting.scaffold import Drafted, Heading, quoted, scaffold, slug
from offramp.instruments.drafting.signing import Signed, Signing, sign
from offramp.instruments.drafting.splitting import Piece, Quoted, split

__all__ = [
    "Drafted",
    "Heading",
    "Piece",
    "Quoted",
    "Signed",
    "Signing",
    "answer_schema",
    "prompt",
    "proposed",
    "quoted",
    "scaffold",
    "sign",
    "slug",
    "split",
]
