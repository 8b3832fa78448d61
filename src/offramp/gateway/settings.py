"""What the serving process tells its workers. Values only; it is pickled into each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from offramp.core.ids import ApplicationId
from offramp.core.instants import Clock, Instant, clock_from, now
from offramp.core.secrets import Secret
from offramp.evidence import AsyncLedger
from offramp.workspace import Workspace, texts

DEFAULT_PORT = 8484
DEFAULT_HOST = "127.0.0.1"
DEFAULT_WORKERS = 2
BODY_LIMIT_BYTES = 32 * 1024 * 1024
"""What the vendors accept is at most this large."""
BODY_SILENT_SECONDS = 30.0
"""A caller that sends nothing of its body for so long is refused."""
BODY_BYTES_PER_SECOND = 1024
"""A body that comes more slowly than this, after the first `BODY_SILENT_SECONDS`, is refused, too."""
HEAD_SECONDS = 65
"""For the head of a request, and between two of them: longer than proxies keep a connection for the next."""
ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
"""For an answer that is not streamed and so is held whole."""
IN_FLIGHT_PER_WORKER = 4096
"""Connections beyond that wait to be taken."""
BACKLOG = 4096
"""Connections that may wait."""
DRAIN_SECONDS = 30.0
"""How long requests under way may take to finish after a stop signal; then they are cut, and told so."""
LAST_SECONDS = 15
"""So much later, what is left of a worker is killed."""
POLL_SECONDS = 0.1
"""How often a worker asks whether ramps or causes changed."""
STALE_SECONDS = 5.0
"""How long a worker goes on answering when it cannot read them. Then it refuses: a cut could be missed."""

FIRST_GENERATION = 1
"""The configuration a gateway starts with; each one it takes up later is one more."""

ANONYMOUS = ApplicationId("anonymous")
"""The application of a caller nobody named, where the gateway is open."""


@dataclass(frozen=True, slots=True)
class LocalAddress:
    """Where a local model of this run answers."""

    url: str
    key: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One run of the gateway."""

    workspace: Workspace
    state: Path
    """Directory of the database and the ledger."""
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    workers: int = DEFAULT_WORKERS
    is_open: bool = False
    """Any caller key will do. Loopback only."""
    locals: Mapping[str, LocalAddress] = field(default_factory=dict)
    """Slug of a local model to where it answers."""
    started_at: Instant = field(default_factory=now)
    at: Instant | None = None
    """The simulated instant `started_at` stands for."""
    logs_requests: bool = False
    """A line of JSON a request, to standard error."""
    generation: int = FIRST_GENERATION
    read_from: texts.Copy | None = None
    """What `workspace` was read from; None at the start, when it is the disk."""
    drain_seconds: float = DRAIN_SECONDS
    unready_seconds: float = 0.0
    """How long it says that it is not ready before it stops taking requests."""
    ledger_seconds: float = AsyncLedger.ANSWER_SECONDS
    """How long an entry waits for the ledger's writer; then its request is refused."""
    nodes: int = 1
    """How many gateways share the limits: each keeps to its equal part of them."""
    parent: int = 0
    """Process id of the serving process; a worker ends when it is gone."""

    def clock(self) -> Clock:
        """The clock decisions are made by; the same in every worker, whenever it was started."""
        return now if self.at is None else clock_from(self.at + (now() - self.started_at))
