"""An issued key as it is kept: what it opens, until when, and its digest. The key itself is kept nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from offramp.core.ids import ApplicationId
from offramp.core.instants import Instant

ANY_END = "*"
"""At the end of a model's name in a key's scope: every name that begins like that."""


class KeyState(StrEnum):
    """Whether a key opens anything."""

    LIVE = "live"
    ENDING = "ending"
    """Replaced by another one; it still opens until its time is over."""
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedKey:
    """One key."""

    id: str
    digest: str
    """Hex SHA-256 of the whole key."""
    application: ApplicationId
    issued_at: Instant
    issued_by: str
    label: str = ""
    purposes: tuple[str, ...] = ()
    """Declared purposes it may be used for; none is any."""
    models: tuple[str, ...] = ()
    """Names of models it may ask for; none is any."""
    limits: Mapping[str, str] = field(default_factory=dict)
    """Limits of its own, by the names of the settings."""
    expires_at: Instant | None = None
    replaced_by: str = ""
    revoked_at: Instant | None = None
    revoked_by: str = ""
    revoked_reason: str = ""

    def state(self, at: Instant) -> KeyState:
        """Whether it opens anything at `at`."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        if self.expires_at is not None and at >= self.expires_at:
            return KeyState.EXPIRED
        return KeyState.ENDING if self.replaced_by else KeyState.LIVE

    def opens(self, at: Instant) -> bool:
        """Whether a caller may use it at `at`."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)

    def takes_model(self, name: str) -> bool:
        """Whether it may ask for the model `name`."""
        return not self.models or any(
            name.startswith(one[:-1]) if one.endswith(ANY_END) else name == one for one in self.models
        )
