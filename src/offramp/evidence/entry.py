"""What goes into the ledger, and the state changes that go in with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from offramp.core.instants import Instant

MAX_ENTRY_BYTES = 32 * 1024


class EntryType(StrEnum):
    """What an entry records."""

    TRAFFIC = "traffic"
    DECISION = "decision"
    RAMP = "ramp"
    CUT = "cut"
    RESTORE = "restore"
    SCAN = "scan"
    HOLD = "hold"
    TRIAL = "trial"
    CONFIG = "config"
    STATEMENT = "statement"
    COUNT = "count"
    """Distinct persons were counted, with the sketches in the same transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. Canonical JSON of at most 32 KiB; digests, never prompts."""

    type: EntryType
    at: Instant
    actor: str
    """Who caused it: a person, `gateway`, or a caller's application."""
    cause: str
    """Why: `norm:<id>`, `person:<name>`, `drill:<name>`, `request`, `command`."""
    subject: str
    """What it is about: a request id, an upstream, a route, a path."""
    instruments: tuple[str, ...] = ()
    """Ids of the instruments it rests on."""
    data: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One row written or removed together with an entry, in the same transaction."""

    table: str
    """A table of `offramp.store.schema`."""
    row: Mapping[str, Any]
    """Columns to values; the primary key columns choose the row."""
    is_removal: bool = False
    expects: Mapping[str, Any] | None = None
    """Columns the row must have now; empty: it must not be there. Where that is not so, nothing of its entry
    is recorded and `change-stale` is raised: another process changed the row first."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a durable entry stands in the ledger."""

    index: int
    leaf_hash: str
    """Hex."""
