"""The cache of weights: `$OFFRAMP_CACHE/models` or `~/.cache/offramp/models`.

A file counts only once its hash was seen to be the pinned one; a marker beside it remembers that, with the
size and modification time it had, so that the hash is computed once and again after any change.
"""

import os
from pathlib import Path

from offramp.core.digests import sha256_file
from offramp.upstream.weights.catalogue import Weights


def cache_directory() -> Path:
    """Where weights are kept."""
    chosen = os.environ.get("OFFRAMP_CACHE")
    return (Path(chosen) if chosen else Path.home() / ".cache" / "offramp") / "models"


def weights_path(weights: Weights) -> Path:
    """Where this model's file is or would be."""
    return cache_directory() / f"{weights.slug}.gguf"


def cached(weights: Weights) -> Path | None:
    """The file, if it is there and is the pinned one; hashed now if no marker vouches for it."""
    path = weights_path(weights)
    if not path.is_file():
        return None
    seal = _seal(weights, path)
    marker = _marker(path)
    if marker.is_file() and marker.read_text(encoding="utf-8") == seal:
        return path
    if path.stat().st_size != weights.bytes or sha256_file(path) != weights.sha256:
        return None
    remember(weights, path)
    return path


def remember(weights: Weights, path: Path) -> None:
    """The marker says that this file, as it is now, has the pinned hash."""
    marker = _marker(path)
    draft = marker.with_suffix(f".{os.getpid()}")
    draft.write_text(_seal(weights, path), encoding="utf-8")
    draft.replace(marker)


def _marker(path: Path) -> Path:
    return path.with_suffix(".checked")


def _seal(weights: Weights, path: Path) -> str:
    stat = path.stat()
    return f"{weights.sha256} {stat.st_size} {stat.st_mtime_ns}\n"
