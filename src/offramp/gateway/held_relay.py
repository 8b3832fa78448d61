"""A streamed answer whose tool calls wait: text goes on until the first call, the rest waits for the end."""

from collections.abc import Sequence

from offramp.dialects import Dialect, shaping, turns
from offramp.gateway.held_turn import Assembly
from offramp.gateway.relay import TurnsRelay


class HeldRelay(TurnsRelay):
    """Every event is written by the gateway, also where both sides speak the same API."""

    def __init__(
        self,
        source: Dialect,
        target: Dialect,
        request: turns.Request,
        asked: str,
        request_id: str,
        shapers: Sequence[shaping.Shaper] = (),
        *,
        is_constrained: bool,
    ) -> None:
        super().__init__(source, target, request, asked, request_id, shapers, is_constrained=is_constrained)
        self.assembly = Assembly()
        self._waiting: list[turns.Event] = []
        # No piece of text takes the short way past `_tell`.
        self._sees_text = True

    @property
    def waits(self) -> bool:
        """Whether anything was held back."""
        return bool(self._waiting)

    def let_go(self) -> bytes:
        """What was held back."""
        waiting, self._waiting = self._waiting, []
        return b"".join(self._encoder.encode(event) for event in waiting)

    def say_instead(self, text: str) -> bytes:
        """`text` and the end of the answer, in place of what was held back."""
        self._waiting = []
        said = turns.TextDelta(self.assembly.last_index + 1, text)
        end = turns.ReplyEnded(turns.StopReason.END, "", self.usage)
        return self._encoder.encode(said) + self._encoder.encode(end)

    def _tell(self, event: turns.Event, written: list[bytes]) -> None:
        if self.failure is None:
            self.assembly.feed(event)
        if not (self._waiting or isinstance(event, turns.ToolStarted | turns.ToolDelta)):
            super()._tell(event, written)
            return
        self.see(event)
        if self.failure is None:
            self._waiting.append(event)
