"""A tool call that was required and did not come: an error, never prose passed off as an answer."""

from collections.abc import Sequence

from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Loss
from offramp.dialects.turns import (
    Event,
    Reply,
    ReplyEnded,
    StopReason,
    ToolStarted,
    ToolUse,
)


def missing_call(name: str) -> ReplyInvalid:
    """Why the answer cannot be given."""
    what = f"a call of the tool `{name}`" if name else "a tool call"
    return ReplyInvalid(
        "tool-call-missing",
        f"{what} was required, and the upstream's answer holds none",
        help_line="try again, or set `tools: schema` on the upstream",
    )


class ForcedCall:
    """Sees that a required call is there. An answer cut by its limit, or refused, is told as it is."""

    sees_text = False

    def __init__(self, name: str) -> None:
        self.losses: list[Loss] = []
        self._name = name
        self._has_call = False

    def feed(self, event: Event) -> Sequence[Event]:
        """Everything; at the end an error where the call is missing."""
        if isinstance(event, ToolStarted):
            self._has_call |= self._fits(event.name)
        if isinstance(event, ReplyEnded) and not self._has_call and _is_finish(event.stop_reason):
            return (missing_call(self._name).failure,)
        return (event,)

    def whole(self, reply: Reply) -> Reply:
        """The reply as it is, or an error."""
        called = any(isinstance(part, ToolUse) and self._fits(part.name) for part in reply.parts)
        if not called and _is_finish(reply.stop_reason):
            raise missing_call(self._name)
        return reply

    def _fits(self, name: str) -> bool:
        return not self._name or name == self._name


def _is_finish(reason: StopReason) -> bool:
    return reason not in (StopReason.LENGTH, StopReason.REFUSAL, StopReason.OTHER)
