"""What became of one file: its findings, or why it was not read. This is what the cache keeps."""

from msgspec import Struct

from offramp.core.findings import Confidence, Context, Finding, FindingKind, NotSeen, Route
from offramp.core.ids import FindingId, SystemId, VendorId


class Kept(Struct, frozen=True, array_like=True, gc=False):
    """A finding as it is stored, without its path, which the file tells."""

    id: str
    vendor: str
    kind: str
    context: str
    route: str
    line: int
    column: int
    detector: str
    confidence: str
    message: str
    via: tuple[str, ...]
    model: str
    system: str | None = None


class Export(Struct, frozen=True, array_like=True, gc=False):
    """A name of a file through which others reach a vendor's SDK."""

    name: str
    vendor: str
    route: str
    is_client: bool
    """Calls through it are calls of the SDK; otherwise it is a function or class that makes such calls."""


class Outcome(Struct, frozen=True, array_like=True, gc=False):
    """What became of one file. A file that was read and holds nothing has no outcome."""

    reason: str = ""
    """Why it was not read; empty when it was."""
    is_unreadable: bool = False
    findings: tuple[Kept, ...] = ()
    failures: tuple[str, ...] = ()
    """What went wrong while it was looked at."""
    consulted: tuple[str, ...] = ()
    """Files of the same folder that were read with it."""
    exports: tuple[Export, ...] = ()

    def is_worth_keeping(self) -> bool:
        """Failures to read may pass: they are tried again."""
        return not self.is_unreadable and not self.failures


def keep(one: Finding) -> Kept:
    """A finding as the cache stores it."""
    return Kept(
        one.id, one.vendor, one.kind, one.context, one.route, one.line, one.column, one.detector,
        one.confidence, one.message, one.via, one.model, one.system,
    )  # fmt: skip


def finding(one: Kept, path: str) -> Finding:
    """The finding that was stored."""
    return Finding(
        id=FindingId(one.id),
        vendor=VendorId(one.vendor),
        kind=FindingKind(one.kind),
        context=Context(one.context),
        route=Route(one.route),
        path=path,
        line=one.line,
        column=one.column,
        detector=one.detector,
        confidence=Confidence(one.confidence),
        message=one.message,
        via=one.via,
        model=one.model,
        system=SystemId(one.system) if one.system else None,
    )


def not_seen(path: str, one: Outcome) -> NotSeen:
    """The coverage line of a file that was not read."""
    return NotSeen(path, one.reason)
