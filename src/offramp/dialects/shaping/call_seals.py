"""Seals that some APIs set on tool calls and want back with them. No other API has a place for one.

A call that came with a seal gets an id that begins with `MARK`. Whoever passes the answer on keeps the seal
under that id, and puts it back into the next request: an id with the mark and no seal says that it was lost.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from offramp.core.digests import sha256_hex
from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import Part, Reply, Request, ToolUse, Turn

MARK: Final = "sealed_"
UNSEALED: Final = "skip_thought_signature_validator"
"""In place of a seal: what the API that wants one takes for a call it did not make."""
UNKEPT: Final = Loss(
    "content.tool_use.signature",
    "the seal of a call could not be kept; its vendor will not take the call back",
    Effect.CONTENT,
)
_MARKED: Final = re.compile(rf"{MARK}(?:[0-9a-f]{{8}}_)?")


def marked_id(own_id: str, seal: str) -> str:
    """An id for the call `own_id` that is sealed with `seal`: another one for every seal."""
    return f"{MARK}{sha256_hex(seal.encode())[:8]}_{own_id}"


def own_id(call_id: str) -> str:
    """The id that `marked_id` was given."""
    return _MARKED.sub("", call_id, count=1) if call_id.startswith(MARK) else call_id


def of(reply: Reply) -> Mapping[str, str]:
    """Id of a call to its seal."""
    return {part.id: part.signature for part in reply.parts if isinstance(part, ToolUse) and part.signature}


def lost(request: Request) -> tuple[str, ...]:
    """Ids of the calls that had a seal and stand here without it."""
    parts = (part for turn in request.turns for part in turn.parts)
    return tuple(dict.fromkeys(part.id for part in parts if isinstance(part, ToolUse) and _is_bare(part)))


def restored(request: Request, seals: Mapping[str, str]) -> Request:
    """`request` with `seals` on the calls that lost theirs."""

    def sealed(part: Part) -> Part:
        if isinstance(part, ToolUse) and _is_bare(part):
            return replace(part, signature=seals.get(part.id, ""))
        return part

    turns = (Turn(turn.speaker, tuple(sealed(part) for part in turn.parts)) for turn in request.turns)
    return replace(request, turns=tuple(turns)) if seals else request


def _is_bare(call: ToolUse) -> bool:
    return call.id.startswith(MARK) and not call.signature
