"""What the scanner records: findings, coverage, and a scan of both (scan/v1)."""

from dataclasses import dataclass
from enum import StrEnum

from offramp.core.ids import FindingId, SystemId, VendorId


class FindingKind(StrEnum):
    """What was found. `MENTION` is never counted as a use."""

    SDK_IMPORT = "sdk-import"
    SDK_CALL = "sdk-call"
    DEPENDENCY = "dependency"
    TRANSITIVE_DEPENDENCY = "transitive-dependency"
    MODEL_ID = "model-id"
    ENDPOINT = "endpoint"
    CREDENTIAL = "credential"
    PROVIDER_SELECTOR = "provider-selector"
    IAC = "iac"
    CI = "ci"
    CONTAINER = "container"
    AGENT_CONFIG = "agent-config"
    AGENT_CLI = "agent-cli"
    LOG_TRAFFIC = "log-traffic"
    DECLARED = "declared"
    MENTION = "mention"


class Context(StrEnum):
    """What sort of text the finding stands in."""

    CODE = "code"
    TEST = "test"
    NOTEBOOK = "notebook"
    FIXTURE = "fixture"
    DOCS = "docs"


class Route(StrEnum):
    """How the use reaches the vendor."""

    DIRECT = "direct"
    BEDROCK = "bedrock"
    VERTEX = "vertex"
    AZURE = "azure"
    RESELLER = "reseller"
    SAAS = "saas"
    UNKNOWN = "unknown"


class Confidence(StrEnum):
    """How sure the detector is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place where a vendor's technology is used, or only mentioned."""

    id: FindingId
    vendor: VendorId
    kind: FindingKind
    context: Context
    route: Route
    path: str
    """Relative to the scanned root, with `/`."""
    line: int
    """From 1; 0 means the whole file."""
    column: int
    """From 1; 0 means the whole line."""
    detector: str
    """Slug of the detector that reported it."""
    confidence: Confidence
    message: str
    """One sentence; never holds a secret's value."""
    via: tuple[str, ...] = ()
    """For transitive dependencies, the chain that pulls it in, outermost first."""
    model: str = ""
    system: SystemId | None = None

    @property
    def is_use(self) -> bool:
        """A mention is not a use."""
        return self.kind is not FindingKind.MENTION


@dataclass(frozen=True, slots=True)
class NotSeen:
    """A source that was not examined, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was looked at and what was not; no scan is without it."""

    files: int
    """Files read."""
    bytes: int
    sources: tuple[str, ...]
    """Roots, declarations and logs looked at."""
    skipped: tuple[NotSeen, ...] = ()
    """Left out on purpose: too large, binary, a link, a version-control folder."""
    unreadable: tuple[NotSeen, ...] = ()
    """Meant to be read and could not be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The result of looking: every finding, and what was not seen."""

    findings: tuple[Finding, ...]
    """Sorted by path, line, column, vendor, kind."""
    coverage: Coverage
    vendors: tuple[VendorId, ...]
    """The vendors looked for."""

    @property
    def uses(self) -> tuple[Finding, ...]:
        """The findings that are uses."""
        return tuple(finding for finding in self.findings if finding.is_use)
