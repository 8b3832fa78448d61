"""How long to wait for an upstream."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Limits on silence. There is none on the whole answer: a long stream is a good stream."""

    connect_seconds: float = 10.0
    between_bytes_seconds: float = 600.0
    """Also the wait for the first byte: long answers without a stream start late."""
