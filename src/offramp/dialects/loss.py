"""What a translation could not carry, said out loud."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError

T = TypeVar("T")


class Effect(StrEnum):
    """What the caller may notice."""

    SAMPLING = "sampling"
    """Answers are drawn differently."""
    CONTENT = "content"
    """Something the model would have seen or said is missing or reworded."""
    COST = "cost"
    """The same answer at another price or speed."""
    CONTROL = "control"
    """A limit or switch the caller set is not applied."""
    METADATA = "metadata"
    """Bookkeeping only."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One field that was dropped or approximated."""

    field: str
    """JSON path in the source body, indices left out: `messages.content.cache_control`.

    Where the target is what cannot carry it, the path is the neutral one: `top_k`, `messages.thinking`.
    """
    reason: str
    effect: Effect


@dataclass(frozen=True, slots=True)
class Refusal:
    """One field that cannot be carried and must not be dropped: the request is refused."""

    field: str
    reason: str
    help: str

    def error(self) -> OfframpError:
        """The refusal as an error, for a writer that meets what its API cannot take."""
        return OfframpError(
            "body-unsupported", f"`{self.field}` cannot be carried: {self.reason}", help=self.help
        )


class LossLog:
    """Losses as they are met: each one once, in order."""

    __slots__ = ("_losses",)

    def __init__(self) -> None:
        self._losses: dict[Loss, None] = {}

    def add(self, loss: Loss) -> None:
        """`loss` is listed."""
        self._losses[loss] = None

    def all(self) -> tuple[Loss, ...]:
        """What was met so far."""
        return tuple(self._losses)


@dataclass(frozen=True, slots=True)
class Decoded(Generic[T]):
    """A neutral value and what its wire form held that the value does not."""

    value: T
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """A wire body and what the neutral value held that the body does not."""

    body: JsonObject
    losses: tuple[Loss, ...] = ()
