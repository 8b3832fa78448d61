"""Weights as findings: whose they are, by the profiles, from what the header and the path say.

A maker no profile knows makes no finding: the file is named in the coverage instead.
"""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from offramp.core.findings import Confidence, Context, Finding, FindingKind, Route, Serving
from offramp.core.ids import VendorId, finding_id
from offramp.inventory.environments.headers import READERS
from offramp.inventory.probe import Probe
from offramp.inventory.streams import Readable

FOLDERS_ABOVE = 4


class Nameless(Exception):
    """Weights whose maker no profile knows."""


def is_weights(path: str) -> bool:
    """Whether a file is weights by its name."""
    return PurePosixPath(path).suffix.lower() in READERS


def describe(path: str, file: Readable, probe: Probe) -> tuple[Finding, ...]:
    """Findings for one weight file. Raises `NotRead` for a damaged header and `Nameless`."""
    header = READERS[PurePosixPath(path).suffix.lower()](file)
    folders = [part.replace("--", "/").removeprefix("models/") for part in PurePosixPath(path).parts]
    spoken = [*header.names, PurePosixPath(path).stem, *reversed(folders[:-1][-FOLDERS_ABOVE:])]
    found = tuple(weights_findings(path, spoken, f"holds weights ({header.format})", probe))
    if not found:
        name = next(iter(header.names), PurePosixPath(path).stem)
        raise Nameless(f"weights that call themselves `{name[:80]}`: no profile knows the maker")
    return found


def weights_findings(path: str, spoken: Sequence[str], what: str, probe: Probe) -> Iterator[Finding]:
    """A finding for each vendor that names spoken of weights lead to; the surest name stands."""
    said: dict[VendorId, tuple[str, Confidence]] = {}
    for name in spoken:
        for vendor, confidence in _makers(name, probe):
            said.setdefault(vendor, (name, confidence))
    for vendor, (name, confidence) in sorted(said.items()):
        weights = probe.knowledge.weights.get(vendor)
        yield Finding(
            id=finding_id(vendor, FindingKind.MODEL_ID, path, name, 0),
            vendor=vendor,
            kind=FindingKind.MODEL_ID,
            context=Context.CODE,
            route=Route.UNKNOWN,
            path=path,
            line=0,
            column=0,
            detector=FindingKind.MODEL_ID.value,
            confidence=confidence,
            message=f"{what} that call themselves `{name[:120]}`; who serves them is whoever runs this",
            model=name[:120],
            serving=Serving.WEIGHTS,
            meets=weights.meets if weights is not None else (),
        )


def _makers(name: str, probe: Probe) -> Iterator[tuple[VendorId, Confidence]]:
    for vendor, weights in probe.knowledge.weights.items():
        if weights.pattern.search(name) is not None:
            yield vendor, Confidence.LIKELY
    for _, hit in probe.models_named([name]):
        yield hit.signal.vendor, Confidence.LIKELY
