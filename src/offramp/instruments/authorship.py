"""Who rendered a text, who answers for it, and what became of each of its sentences."""

from dataclasses import dataclass
from enum import StrEnum

from offramp.core.spans import Span


class SignatureState(StrEnum):
    """What a signature is worth now."""

    NOT_SIGNED = "not signed"
    CURRENT = "signed"
    STALE = "edited since it was signed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """Who rendered a text into norms, and when."""

    by: str
    on: str
    """The date as written; empty where none is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who answers for a rendering, since when, and what exactly was signed."""

    by: str
    on: str
    digest: str
    """Of the content that was signed: `loading/signatures.py`."""
    is_current: bool
    """Whether the content is still what was signed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """From which document a draft was made, and by what. What has one binds only while it is signed."""

    document: str
    digest: str
    """Hex SHA-256 of that document's bytes."""
    on: str
    by: str
    """The model that proposed norms; empty where none did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of the text behind an instrument, and what became of it."""

    place: str
    says: str
    norms: tuple[str, ...]
    """Norms of this instrument that render it, by their short ids."""
    why: str
    """Why it is not modelled."""
    span: Span

    @property
    def is_open(self) -> bool:
        """Neither modelled nor marked as not modelled."""
        return not self.norms and not self.why
