"""Secrets: a value that prints stars, and a reference that says where the value is kept."""

import hmac
from dataclasses import dataclass

from offramp.core.digests import sha256_hex


class Secret:
    """A secret value. Its text forms are stars; `reveal` is the one way out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself. Call it where the bytes leave the process, nowhere else."""
        return self._value

    def digest(self) -> str:
        """Hex SHA-256 of the value, for comparing without keeping it."""
        return sha256_hex(self._value.encode())

    def matches(self, presented: str) -> bool:
        """Compare in constant time."""
        return hmac.compare_digest(self.digest(), sha256_hex(presented.encode()))

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is kept: `{env: NAME}` or `{file: PATH}`. Exactly one is set."""

    env: str = ""
    file: str = ""
    """Relative to the workspace root, or absolute."""

    def __str__(self) -> str:
        return f"env {self.env}" if self.env else f"file {self.file}"
