"""What stream encoders share: the order of events, one failure at most, and nothing after the end."""

from abc import ABC, abstractmethod
from collections.abc import Container, Sequence

from offramp.dialects.failures import ReplyInvalid, no_finish
from offramp.dialects.loss import Loss, LossLog
from offramp.dialects.sequence import PartEvent, PartSequence, Placed
from offramp.dialects.turns import Event, Failure, ReplyEnded, ReplyStarted, StopReason


class StreamWriter(ABC):
    """Writes events as they come. Never ends politely after a failure, its own or another's."""

    reasons: Container[StopReason]
    """Why a model may have stopped, as far as this API has a word for it."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self._log = LossLog()
        self._sequence = PartSequence()
        self._is_over = False

    @property
    def losses(self) -> list[Loss]:
        """What could not be said in this stream so far."""
        return list(self._log.all())

    def encode(self, event: Event) -> bytes:
        """The bytes to send now."""
        if self._is_over:
            return b""
        try:
            match event:
                case ReplyStarted():
                    return self.start(event)
                case ReplyEnded():
                    if event.stop_reason not in self.reasons:
                        raise no_finish()
                    written = self.end(event)
                    self._is_over = True
                    return written
                case Failure():
                    self._is_over = True
                    return self.tell(event)
                case _:
                    return self.take(event)
        except ReplyInvalid as error:
            return self._give_up(error.failure)

    def take(self, event: PartEvent) -> bytes:
        """The bytes for a part of the reply, in its turn."""
        ready = self._sequence.take(event)
        return self._give_up(ready) if isinstance(ready, Failure) else self.parts(ready)

    def _give_up(self, failure: Failure) -> bytes:
        self._is_over = True
        self.failure = failure
        return self.tell(failure)

    @abstractmethod
    def start(self, event: ReplyStarted) -> bytes:
        """The beginning."""

    @abstractmethod
    def parts(self, ready: Sequence[Placed]) -> bytes:
        """Pieces whose turn has come. Raises `ReplyInvalid` for what cannot be shown."""

    @abstractmethod
    def end(self, event: ReplyEnded) -> bytes:
        """The end, for one of `reasons`. Raises `ReplyInvalid` for what cannot be shown."""

    @abstractmethod
    def tell(self, failure: Failure) -> bytes:
        """A failure, which is the last thing said."""
