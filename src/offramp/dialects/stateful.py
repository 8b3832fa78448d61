"""What a dialect provides beside `interface` where its answers depend on more than the request's body."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, cast, runtime_checkable

from offramp.core.digests import JsonObject
from offramp.dialects.interface import Dialect
from offramp.dialects.loss import Decoded, Effect, Loss
from offramp.dialects.providing import provides

UNKEPT: Final = Loss("store", "the answer could not be kept, so no request can go on from it", Effect.CONTROL)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer that later requests may go on from. `items` and `answer` are in the caller's API."""

    id: str
    previous: str
    """The answer it went on from itself; empty where the conversation began."""
    items: list[JsonObject]
    """What was asked, without what came before."""
    answer: JsonObject
    upstream: str
    """Who answered."""
    is_native: bool
    """The upstream gave it in this form itself: seals in it are its own."""
    is_upstreams: bool
    """The upstream keeps it, too, under the same id."""
    at_seconds: int
    """Unix time at which it was kept last."""


@runtime_checkable
class PerExchange(Protocol):
    """A dialect whose answers repeat their request or number their events: each exchange has its own."""

    def for_exchange(self, asked: JsonObject, name: str) -> Dialect:
        """The dialect for the answer to `asked`; the answer's id is made from `name`, which is unique."""


@runtime_checkable
class Stateful(Protocol):
    """A dialect whose requests may go on from an earlier answer by naming it."""

    def wants_keeping(self, body: JsonObject) -> bool:
        """Whether the caller expects the answer to be kept."""

    def named(self, body: JsonObject) -> Sequence[str]:
        """Ids of the earlier answers a request rests on."""

    def expanded(
        self, body: JsonObject, kept: Mapping[str, KeptAnswer], upstream: str
    ) -> Decoded[JsonObject]:
        """`body` with the conversation itself in place of names, for `upstream`.

        Raises `OfframpError` (code `answer-unknown`) where a part of it is not in `kept`.
        """

    def keep(
        self,
        body: JsonObject,
        answer: JsonObject,
        kept: Mapping[str, KeptAnswer],
        upstream: str,
        at_seconds: int,
    ) -> KeptAnswer:
        """What is kept of `answer` to `body`, which rests on `kept`. Translated, until somebody says more."""

    def streamed(self) -> JsonObject | None:
        """The whole answer of the stream this exchange's dialect read or wrote; None unless it ended well."""

    def is_finished(self, kept: KeptAnswer) -> bool:
        """Nothing of a kept answer is still to come."""

    def is_forgotten(self, body: JsonObject, status: int, error: bytes) -> bool:
        """Whether an upstream's error says that it does not keep the answer `body` goes on from."""

    def stored_path(self, id_: str) -> str:
        """Where an upstream of this API reads and deletes an answer it keeps."""

    def encode_stored(self, kept: KeptAnswer) -> JsonObject:
        """A kept answer."""

    def encode_stored_items(self, kept: KeptAnswer, query: Mapping[str, str]) -> JsonObject:
        """What a kept answer was asked. Raises `OfframpError` for a query this API forbids."""

    def encode_deleted(self, id_: str) -> JsonObject:
        """What is said once an answer is kept no longer."""


def stateful(dialect: object) -> Stateful | None:
    """`dialect`, where it is one."""
    return cast(Stateful, dialect) if provides(dialect, Stateful) else None


def per_exchange(dialect: object) -> PerExchange | None:
    """`dialect`, where it is one."""
    return cast(PerExchange, dialect) if provides(dialect, PerExchange) else None
