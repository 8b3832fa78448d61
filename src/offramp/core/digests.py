"""Digests over canonical bytes (RFC 8785 JSON, SHA-256)."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import rfc8785

JsonObject = dict[str, Any]
"""A JSON object as parsed. It stays at the edges: rooms hold frozen values inside."""


def canonical_json(value: Mapping[str, Any] | list[Any]) -> bytes:
    """RFC 8785 bytes of a JSON value."""
    return rfc8785.dumps(value)


def sha256_hex(data: bytes) -> str:
    """Lower-case hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """Lower-case hex SHA-256 of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
