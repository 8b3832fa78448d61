"""Models in the caches of programs that fetch them, told by the cache's own layout. The layouts are data."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from offramp.core.findings import Finding
from offramp.inventory.environments.describing import weights_findings
from offramp.inventory.probe import Probe


@dataclass(frozen=True, slots=True)
class Cache:
    """How one program lays out its cache."""

    name: str
    path: re.Pattern[str]


@cache
def layouts() -> tuple[Cache, ...]:
    """Every layout known."""
    content = tomllib.loads(Path(__file__).with_name("caches.toml").read_text(encoding="utf-8"))
    return tuple(Cache(one["name"], re.compile(one["path"])) for one in content["cache"])


def cached_models(path: str, probe: Probe) -> Iterator[Finding]:
    """Findings for the model whose marker file `path` is; nothing for any other file."""
    for layout in layouts():
        match = layout.path.fullmatch(path)
        if match is not None:
            names = (f"{match['publisher']}/{match['model']}", match["model"])
            yield from weights_findings(path, names, f"a model cache ({layout.name}) holds weights", probe)
            return
