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


class Serving(StrEnum):
    """Who runs the model: the vendor or its resellers, or somebody else who holds its open weights."""

    SERVICE = "service"
    WEIGHTS = "weights"
    UNKNOWN = "unknown"


class WaiverStatus(StrEnum):
    """What an inline waiver is worth on the day of the report."""

    UNCHECKED = "unchecked"
    """Nobody has compared it with the instruments yet."""
    LIVE = "live"
    EXPIRED = "expired"
    UNKNOWN_INSTRUMENT = "unknown-instrument"


@dataclass(frozen=True, slots=True)
class Waiver:
    """What a comment beside a finding says: this use is waived under this instrument until this day."""

    instrument: str
    until: str
    """As written, a date."""
    reason: str
    line: int
    status: WaiverStatus = WaiverStatus.UNCHECKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a log says of one caller, one model and one way to a vendor."""

    log_format: str
    caller: str
    """As the log names it; a digest where the name looks like a key."""
    requests: int
    days: tuple[tuple[str, int], ...]
    """Requests a day, in order; the day is empty where the log has no time."""
    tokens: int = 0
    """Zero where the log does not count them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assisted:
    """A sign that an assistant helped to write something. Never a finding, never counted among the uses."""

    vendor: VendorId
    sort: str
    """`commit` or `file`."""
    place: str
    """A commit's short id, or a path."""
    line: int
    at: str
    """When the commit was made, RFC 3339; empty for files."""
    mark: str
    """The text a profile lists."""


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
    """For transitive dependencies, the chain that pulls it in, outermost first; for a service reached
    through somebody else's library, the library."""
    model: str = ""
    system: SystemId | None = None
    layer: str = ""
    """Digest of the layer of a container image it stands in."""
    serving: Serving | None = None
    """For models whose weights are open: who runs them. None where the question does not arise."""
    meets: tuple[str, ...] = ()
    """Actions that this way of using the model amounts to, as the vendor's profile says."""
    waiver: Waiver | None = None
    traffic: Traffic | None = None

    @property
    def is_use(self) -> bool:
        """A mention is not a use."""
        return self.kind is not FindingKind.MENTION

    @property
    def is_waived(self) -> bool:
        """A waiver that names a known instrument and has not run out. The use stays a use."""
        return self.waiver is not None and self.waiver.status is WaiverStatus.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that made it a finding."""

    sign: str
    text: str
    """As it stands in the place; stars where it is a key."""
    block: str
    """Table of the profile, or of a cloud's data."""
    source: str
    basis: str
    checked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a finding is one, and what would make it none."""

    finding: Finding
    vendor_name: str
    reasons: tuple[Reason, ...]
    excerpt: str
    """The line, keys and secrets starred out; empty where there is none to show."""
    without_excerpt: str
    """Why there is none."""
    not_counted: tuple[str, ...]
    undecided: tuple[str, ...] = ()
    """For open weights: actions of which the wording decides."""
    spares: tuple[str, ...] = ()


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
    as_text: tuple[tuple[str, int], ...] = ()
    """Files read as plain text, for their language is not understood: endings of names, and how many."""
    idle_waivers: tuple[NotSeen, ...] = ()
    """Waivers beside which no use was found, as `path:line`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The result of looking: every finding, and what was not seen."""

    findings: tuple[Finding, ...]
    """Sorted by path, line, column, vendor, kind."""
    coverage: Coverage
    vendors: tuple[VendorId, ...]
    """The vendors looked for."""
    assisted: tuple[Assisted, ...] | None = None
    """Signs of writing assistants; None where nobody asked for them."""

    @property
    def uses(self) -> tuple[Finding, ...]:
        """The findings that are uses."""
        return tuple(finding for finding in self.findings if finding.is_use)
