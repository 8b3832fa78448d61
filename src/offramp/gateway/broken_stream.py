"""A stream that broke after its first byte, on a route where another target may go on with it."""

from offramp.dialects import Failure, shaping, turns
from offramp.gateway.attempts import Failed
from offramp.gateway.caller import Caller
from offramp.gateway.continuing import ContinuableRelay
from offramp.gateway.record import Ending, Record
from offramp.gateway.refusals import Refused


class BrokenStream(Failed):
    """A target that broke off after its first byte. The caller has what came before."""

    is_retried = False

    def __init__(self, record: Record, failure: Failure, relay: ContinuableRelay) -> None:
        super().__init__(record, failure)
        relay.break_off()
        self.thread = relay.thread

    async def tell(self, caller: Caller, record: Record) -> None:
        """The stream ends with the error, once that is recorded."""
        self._recorded.put_back(record)
        record.code = self.attempt.code
        record.usage = self.thread.usage or turns.Usage()
        record.losses.extend(self.thread.losses)
        tail = caller.last_events(caller.failure_event(self.failure))
        try:
            self.thread.seen.update(tail)
            await caller.write(Ending.TRUNCATED, answer_digest=self.thread.seen.hexdigest())
        except Refused as refused:
            tail = caller.last_events(caller.failure_event(refused.failure))
        await caller.end(tail)

    def note(self, record: Record) -> None:
        """The record says whose answer is gone on with."""
        record.continued = {
            "upstream": self.attempt.upstream,
            "model": self.attempt.model[:200],
            "code": self.attempt.code,
            "characters": len(self.thread.text),
        }
        record.losses.append(shaping.CONTINUED)
