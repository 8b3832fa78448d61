"""What an application is told in place of a held call: a text of its model's, which it can go on from.

The first line has the hold's id and state in a fixed form. An application that sends the same conversation
again gets the calls once they are released; so does one that sends the notice back with `continue`.
"""

import re
from collections.abc import Sequence
from typing import Final

from offramp.control import holds
from offramp.core.digests import JsonObject
from offramp.core.instants import format_instant
from offramp.dialects import turns

RESUME: Final = "continue"
"""What an application may add behind a notice to go on."""
_MARK: Final = re.compile(r"\[offramp (hold_[0-9A-Z]{26}) (?:pending|denied)\]")


def notice(hold: holds.Hold, clauses: Sequence[str]) -> str:
    """The notice of a hold that is pending or was denied."""
    tools = " and ".join(f"`{tool}`" for tool in hold.tools)
    calls = f"The call of {tools}" if len(hold.calls) == 1 else f"The {len(hold.calls)} calls of {tools}"
    why = f" Asked for by {'; '.join(clauses[:3])}." if clauses else ""
    if hold.end is not None:
        return (
            f"[offramp {hold.id} denied]\n{calls} was denied by a person and not carried out.{why} "
            "Go on without it, or ask for something else."
        )
    needed = f"{hold.approvals} persons" if hold.approvals > 1 else "a person"
    return (
        f"[offramp {hold.id} pending]\n{calls} waits until {needed} approved it, and was not carried "
        f"out.{why} It waits until {format_instant(hold.expires_at)}. To go on, send the same conversation "
        f"again, or this answer followed by `{RESUME}`."
    )


def extension(hold: holds.Hold, state: holds.State) -> JsonObject:
    """The `offramp` member of an answer that tells of a hold."""
    return {
        "hold": {
            "id": hold.id,
            "state": str(state),
            "tools": list(hold.tools),
            "role": str(hold.role),
            "norms": list(hold.norms),
            "approvals": hold.approvals,
            "approved": len(hold.approved_by),
            "expires_at": format_instant(hold.expires_at),
        }
    }


def without_notices(said: Sequence[turns.Turn]) -> tuple[tuple[turns.Turn, ...], str]:
    """The conversation before its last notices, and the id of the hold they tell of.

    Only a notice at the very end counts, or one with nothing behind it but `continue`: whatever else is said
    after it may change what is meant.
    """
    conversation = tuple(said)
    found = ""
    while True:
        end = len(conversation)
        if end > 1 and _is_resume(conversation[-1]):
            end -= 1
        marks = _marks(conversation[end - 1]) if end > 1 else []
        if not marks or (found and marks[-1] != found):
            return conversation, found
        found = marks[-1]
        conversation = conversation[: end - 1]


def _is_resume(turn: turns.Turn) -> bool:
    if turn.speaker is not turns.Speaker.USER or len(turn.parts) != 1:
        return False
    part = turn.parts[0]
    return isinstance(part, turns.Text) and part.text.strip().casefold() == RESUME


def _marks(turn: turns.Turn) -> list[str]:
    if turn.speaker is not turns.Speaker.ASSISTANT:
        return []
    texts = [part.text for part in turn.parts if isinstance(part, turns.Text)]
    return _MARK.findall("\n".join(texts))
