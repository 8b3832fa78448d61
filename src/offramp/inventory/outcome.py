"""What became of one file: its findings, or why it was not read. This is what the cache keeps."""

from msgspec import Struct

from offramp.core.findings import Finding


class Export(Struct, frozen=True, array_like=True, gc=False):
    """A client of a vendor's SDK that a file makes for others: calls through it are calls of the SDK."""

    name: str
    vendor: str
    route: str


class Outcome(Struct, frozen=True, array_like=True, gc=False):
    """What became of one file. A file that was read and holds nothing has no outcome."""

    reason: str = ""
    """Why it was not read; empty when it was."""
    is_unreadable: bool = False
    findings: tuple[Finding, ...] = ()
    failures: tuple[str, ...] = ()
    """What went wrong while it was looked at."""
    consulted: tuple[str, ...] = ()
    """Files of the same folder that were read with it."""
    exports: tuple[Export, ...] = ()
    idle: tuple[int, ...] = ()
    """Lines of waivers beside which nothing was found."""

    def is_worth_keeping(self) -> bool:
        """Failures to read may pass: they are tried again."""
        return not self.is_unreadable and not self.failures
