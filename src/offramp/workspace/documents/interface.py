"""What every reader of documents gives, and how it says what is wrong."""

from dataclasses import dataclass

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.instruments.drafting import Piece

MOST_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document holds, and what a reader must know of how it was read."""

    pieces: tuple[Piece, ...]
    notes: tuple[str, ...] = ()


def trouble(code: str, message: str, path: str, help: str = "split it into smaller ones") -> OfframpError:  # noqa: A002
    """An error at a document as a whole."""
    return OfframpError(code, message, help=help, where=Span(path))
