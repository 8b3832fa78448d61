"""What asking one target is, how it failed, and whether it is worth asking again.

Only what failed before anything of an answer was sent is asked again, there or elsewhere: the caller sees one
answer, whoever gave it. What is the caller's own fault is told at once.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from offramp.dialects import Failure, FailureKind, Loss
from offramp.gateway.admission import Admission
from offramp.gateway.answers import ERROR_LIMIT_BYTES, Answering
from offramp.gateway.caller import Caller
from offramp.gateway.choice import Choice
from offramp.gateway.fares import Fare
from offramp.gateway.memory import Memory
from offramp.gateway.outgoing import Asked, Outgoing
from offramp.gateway.record import Attempt, Record
from offramp.gateway.snapshot import Endpoint
from offramp.upstream import Dial
from offramp.workspace import Route

WAIT_SECONDS: Final = 0.25
"""Before the first retry, on the average; twice as long before each further one."""
LONGEST_WAIT_SECONDS: Final = 2.0
"""An upstream that wants more time is not waited for."""

HEDGED: Final = "hedged"
"""The code of an attempt that was given up because another target answered first."""

_CALLERS: Final = (
    FailureKind.INVALID_REQUEST,
    FailureKind.AUTHENTICATION,
    FailureKind.FORBIDDEN,
    FailureKind.NOT_FOUND,
    FailureKind.TOO_LARGE,
)
_OURS: Final = (401, 402, 403, 404)
"""Statuses that asking again does not change: our key, our account, our name for a model."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request on its way to one target."""

    record: Record
    asked: Asked
    endpoint: Endpoint
    outgoing: Outgoing
    dial: Dial
    choice: Choice
    memory: Memory
    answering: Callable[..., Answering]
    """What reads the answer of this operation."""
    fare: Fare | None = None
    """What it pays of its caller's limits, where it has any."""

    @property
    def route(self) -> Route:
        """The route it is asked on."""
        return self.choice.route

    def costs_nothing(self) -> None:
        """The target was not asked, or gave no answer."""
        if self.fare is not None:
            self.fare.drop()

    def once_more(self) -> "Asking":
        """The same, to be asked again. Raises `Refused` where that does not fit into a limit."""
        return self if self.fare is None else replace(self, fare=self.fare.again())


@dataclass(frozen=True, slots=True)
class Standing:
    """What a record says of the target it is about."""

    upstream: str
    model: str
    upstream_dialect: str
    admission: Admission | None
    needs_unknown: tuple[str, ...]
    losses: tuple[Loss, ...]

    @classmethod
    def of(cls, record: Record) -> "Standing":
        """As the record is now."""
        return cls(
            record.upstream,
            record.model,
            record.upstream_dialect,
            record.admission,
            record.needs_unknown,
            tuple(record.losses),
        )

    def put_back(self, record: Record) -> None:
        """The record is of this target again."""
        record.upstream, record.model = self.upstream, self.model
        record.upstream_dialect, record.admission = self.upstream_dialect, self.admission
        record.needs_unknown = self.needs_unknown
        record.losses[:] = self.losses

    def attempt(self, code: str) -> Attempt:
        """This target, asked and not listened to."""
        return Attempt(self.upstream, self.model, code)


class Failed:
    """A target that gave no answer, with nothing of one sent to the caller."""

    def __init__(self, record: Record, failure: Failure, answering: Answering | None = None) -> None:
        self.failure = failure
        self.attempt = Attempt(record.upstream, record.model, failure.code or f"upstream-{failure.kind}")
        self._answering = answering
        self._recorded = Standing.of(record)
        self._body = b""

    @classmethod
    async def read(cls, record: Record, answering: Answering) -> "Failed":
        """The error an upstream answered with. Raises `UpstreamFailed` where it breaks off."""
        answer = answering.answer
        body = await answer.read(ERROR_LIMIT_BYTES)
        failure = answering.endpoint.dialect.decode_failure(answer.status, answer.headers, body)
        failed = cls(record, failure, answering)
        failed._body = body
        return failed

    is_retried = True
    """The same target may be asked again."""

    @property
    def is_ours(self) -> bool:
        """Asking again changes nothing: the fault is in how this gateway is set up."""
        return self._answering is not None and self._answering.answer.status in _OURS

    @property
    def is_forgotten(self) -> bool:
        """The upstream did not know what it was to go on from, and can be told it instead. True once."""
        answering = self._answering
        if answering is None or not answering.outgoing.is_passed:
            return False
        return answering.memory.is_forgotten(answering.answer.status, self._body)

    @property
    def is_breakdown(self) -> bool:
        """The upstream is not well: neither full, nor at odds with our account."""
        return not (
            self.is_ours or is_callers_fault(self.failure) or self.failure.kind is FailureKind.RATE_LIMIT
        )

    async def tell(self, caller: Caller, record: Record) -> None:
        """The caller is told of it, in its own API. `record` is of this target again."""
        self._recorded.put_back(record)
        if self._answering is None:
            await caller.fail(self.failure)
        else:
            await self._answering.error(self._body, self.failure)


def is_callers_fault(failure: Failure) -> bool:
    """Another target would say the same."""
    return failure.kind in _CALLERS


def wait_before(failed: Failed, attempt: int) -> float | None:
    """Seconds until the same target is worth asking again, after `attempt` attempts; None for not at all."""
    if failed.is_ours or is_callers_fault(failed.failure):
        return None
    asked = failed.failure.retry_after_seconds
    if asked is not None:
        return asked if asked <= LONGEST_WAIT_SECONDS else None
    mean = WAIT_SECONDS * 2.0 ** (attempt - 1)
    # Callers that failed together must not come back together.
    return min(LONGEST_WAIT_SECONDS, mean * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
