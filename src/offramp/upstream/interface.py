"""What an HTTP client towards an upstream provides: open, read, iterate. Bytes, no meanings."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from offramp.upstream.signatures import Signer
from offramp.upstream.way import DIRECT, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One request to send. The address comes from the configuration, never from a caller."""

    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    method: str = "POST"
    signer: Signer | None = None
    """Signs it when it leaves; then `headers` hold no other credential."""
    tokens: "Bearer | None" = None
    """Whose token goes with it; then `headers` hold no other credential."""
    way: Way = DIRECT


class Bearer(Protocol):
    """Access tokens of one owner."""

    async def bearer(self, client: "Client") -> str:
        """The header `authorization`. Raises `UpstreamFailed` where there is none to be had."""

    def refused(self, bearer: str) -> bool:
        """The server did not take it. Whether another one is worth asking for."""


class Answer(Protocol):
    """An upstream's answer, its head read and its body still to come."""

    @property
    def status(self) -> int:
        """Its HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Lower-case names."""

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises `UpstreamFailed` where it is cut short or longer than `limit`."""

    def iterate(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises `UpstreamFailed` where it is cut short."""

    def abandon(self) -> None:
        """Stop receiving now: the connection is closed and the upstream notices. Idempotent."""


class Client(Protocol):
    """Dials upstreams and keeps connections."""

    async def open(self, dial: Dial) -> Answer:
        """Send the request and read the answer's head. Raises `UpstreamFailed`."""

    async def close(self) -> None:
        """Every kept connection is closed."""
