"""The frozen values a workspace is read into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from offramp.core.findings import Finding
from offramp.core.ids import ApplicationId, RouteName, SystemId, UpstreamId, VendorId
from offramp.core.periods import Period
from offramp.core.secrets import SecretRef
from offramp.core.verdicts import FactValue
from offramp.workspace.allowances import Allowances
from offramp.workspace.holding import Holding
from offramp.workspace.observing import Recording, Shadow
from offramp.workspace.reaching import Reaching
from offramp.workspace.registration import Deployment, Registration
from offramp.workspace.rules import InFlight, ModelFacts, RouteRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Whose workspace this is."""

    name: str
    kinds: tuple[str, ...]
    """Party kinds of the instruments' vocabulary, for example `civil_agency`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A named application with an owner."""

    id: SystemId
    name: str
    owner: str
    paths: tuple[str, ...] = ()
    """Globs relative to the workspace root; a finding belongs to the first system that matches."""
    lead_days: int = 30
    """How long moving it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A caller of the gateway."""

    id: ApplicationId
    system: SystemId | None
    key: SecretRef | None
    """The key it presents; None only where the gateway runs open on loopback."""
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    """What it declares about itself: `under`, `purpose`, `human`, …"""
    via: tuple[str, ...] = ()
    """Party kinds of the chain it reaches the vendor through."""
    signs: bool = False
    """Its requests may be signed with its key instead of carrying it. The gateway then keeps the key."""
    registration: Registration | None = None
    """What it is registered as, for red lines. Its facts are among `facts`."""
    allowances: Allowances = field(default_factory=Allowances)
    """Its limits and budgets."""
    recording: Recording | None = None
    """What is kept of its requests, whatever their routes say."""


class ToolSupport(StrEnum):
    """How an upstream is asked for tools."""

    NATIVE = "native"
    SCHEMA = "schema"
    """Tools are compiled to one JSON schema the upstream enforces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """A server that answers. Either `url` or `local` is set."""

    id: UpstreamId
    vendor: VendorId
    dialect: str
    url: str = ""
    """Base URL; the dialect's path is appended."""
    local: str = ""
    """Slug of a local model the product runs itself."""
    key: SecretRef | None = None
    deployment: Deployment = Deployment.NOT_SAID
    """Where its models run, as whoever set it up knows."""
    network: str = ""
    """The network it stands in."""
    tools: ToolSupport = ToolSupport.NATIVE
    reaching: Reaching = field(default_factory=Reaching)
    """How it is reached, and how it knows us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One place a route can lead: an upstream and the model name to ask it for."""

    upstream: UpstreamId
    model: str
    weight: int | None = None
    """Its part of the route's conversations beside the other targets' weights; None where none was given."""
    facts: ModelFacts | None = None
    """What the operator says of the model; None leaves it to the models' tables."""


class WhenForbidden(StrEnum):
    """What a route does when the instruments forbid the target it chose."""

    REFUSE = "refuse"
    NEXT = "next"
    """Try the route's next permitted target."""


BOOKKEEPING = "metadata"
"""The effect of a loss that nobody notices in an answer or on a bill."""


class LossPolicy(StrEnum):
    """What a route does with what a translation cannot carry."""

    DECLARE = "declare"
    """Answer, and name what was lost."""
    REFUSE = "refuse"
    """Refuse what the caller could notice in the answer or on the bill; bookkeeping is declared."""
    REFUSE_ALL = "refuse-all"
    """Refuse bookkeeping, too."""


class Repair(StrEnum):
    """What a route does with an answer that does not satisfy the schema its caller asked for."""

    NEVER = "never"
    ONCE = "once"
    """Ask the model a second time, with its first answer before it. Answers that are not streamed only."""


class OnFailure(StrEnum):
    """What a route does when the target it chose fails before anything of an answer was sent."""

    NEXT = "next"
    """Try the route's next target that is permitted."""
    STOP = "stop"
    """Tell the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a model name leads. The first target is the incumbent, the second what it moves to."""

    name: RouteName
    """The model name callers use; `*` takes every name without a route of its own."""
    targets: tuple[Target, ...]
    when_forbidden: WhenForbidden = WhenForbidden.REFUSE
    on_failure: OnFailure = OnFailure.NEXT
    retries: int = 1
    """How often a target that failed is asked again before the next one is."""
    losses: LossPolicy = LossPolicy.DECLARE
    repair: Repair = Repair.NEVER
    rules: RouteRules = field(default_factory=RouteRules)
    recording: Recording | None = None
    """What is kept of its requests, where their application does not say."""
    shadow: Shadow | None = None

    @property
    def fails_over(self) -> bool:
        """A target that fails is followed by the next one."""
        return self.on_failure is OnFailure.NEXT

    @property
    def is_strict(self) -> bool:
        """Some losses are refused."""
        return self.losses is not LossPolicy.DECLARE

    def refuses(self, effect: str) -> bool:
        """Whether a loss with this effect is refused."""
        return self.is_strict and (effect != BOOKKEEPING or self.losses is LossPolicy.REFUSE_ALL)

    @property
    def repairs_once(self) -> bool:
        """An answer that does not satisfy its schema is asked for a second time."""
        return self.repair is Repair.ONCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """What a vendor's uses move to."""

    vendor: VendorId
    to: VendorId
    by: str = ""
    """Deadline as written, a date."""


class Notice(StrEnum):
    """From when a norm counts: when it was announced, or when it was served on the party."""

    ANNOUNCED = "announced"
    SERVED = "served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """How contested norms are enforced. A named person chose it and gave a reason."""

    by: str
    reason: str
    is_strictest: bool = False
    """Enforce what any reading forbids."""
    readings: Mapping[str, str] = field(default_factory=dict)
    """Question to option, where one reading is followed."""
    notice: Notice = Notice.ANNOUNCED


class SourceKind(StrEnum):
    """What sort of place is declared as one that has to be looked at."""

    TREE = "tree"
    IMAGE = "image"
    ENVIRONMENT = "environment"
    SBOM = "sbom"
    LOG = "log"
    SUPPLIER = "supplier"
    """Somebody who has to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredSource:
    """A place that must have been looked at before anybody states that nothing is used."""

    name: str
    kind: SourceKind
    place: str
    """A path relative to the workspace, or the supplier's name."""


class DeclarationKind(StrEnum):
    """What sort of use is declared."""

    SAAS_SETTING = "saas-setting"
    SUB_PROCESSOR = "sub-processor"
    CONTRACT = "contract"
    PURCHASE = "purchase"
    SUPPLIER_ANSWER = "supplier-answer"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A use that a person declared because no scanner can see it."""

    finding: Finding
    """The same use as the scanner would record it."""
    kind: DeclarationKind
    title: str
    owner: str
    since: str
    """As written, a date; empty where it is not known."""
    until: str
    """As written; empty while the use goes on."""
    source: str
    """Who saw it where: the evidence behind the declaration."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What the workspace says of its evidence: who stamps it, and how long texts are kept."""

    authority_url: str = ""
    """A time-stamp authority; without one nobody is asked."""
    authority_certificate: Path | None = None
    retention: Mapping[str, Period] = field(default_factory=dict)
    """Kind of text to how long it is kept. A kind that is not here stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Everything `offramp.yaml` and the declarations say. The instruments are loaded beside it."""

    root: Path
    organisation: Organisation
    systems: Mapping[SystemId, System]
    applications: Mapping[ApplicationId, Application]
    upstreams: Mapping[UpstreamId, Upstream]
    routes: Mapping[RouteName, Route]
    successors: Mapping[VendorId, Successor]
    stance: Stance | None
    instruments: tuple[Path, ...]
    """Directories instruments are read from: `instruments/` and those listed in `offramp.yaml`."""
    declared: tuple[Finding, ...]
    """Uses from `declarations/`, as findings of kind `declared`."""
    declarations: tuple[Declaration, ...] = ()
    """The same uses with all that was declared about them."""
    keeping: Keeping = field(default_factory=Keeping)
    holding: Holding = field(default_factory=Holding)
    """Who decides about held tool calls."""
    sources: tuple[DeclaredSource, ...] = ()
    """What has to be looked at beside the workspace's own folder before non-use is stated."""
    in_flight: InFlight = InFlight.FINISH
    """What becomes of requests under way when their target is no longer permitted, unless a route says."""
    warnings: tuple[str, ...] = ()
    """What a person should put right and that does not stop anything, such as a key file others can read."""

    @property
    def state(self) -> Path:
        """`.offramp/`, where the database, ledger and keys live."""
        return self.root / ".offramp"

    @property
    def is_recorded(self) -> bool:
        """Some application or route has requests recorded."""
        return any(one.recording for one in self.applications.values()) or any(
            one.recording for one in self.routes.values()
        )

    @property
    def secrets(self) -> tuple[SecretRef, ...]:
        """Where its keys are kept: callers' first, then upstreams'."""
        callers = (application.key for application in self.applications.values())
        upstreams = (upstream.key for upstream in self.upstreams.values())
        reached = [upstream.reaching for upstream in self.upstreams.values()]
        signing = (ref for one in reached if one.auth for ref in one.auth.refs)
        outbound = (ref for one in reached for ref in one.outbound.refs)
        return tuple(
            ref
            for ref in (*callers, *upstreams, *signing, *outbound, *self.holding.secrets)
            if ref is not None
        )

    @property
    def watched(self) -> tuple[Path, ...]:
        """Files beside these that a running gateway reads again when they change."""
        named = (name for one in self.upstreams.values() for name in one.reaching.outbound.files)
        return tuple(self.root / name for name in dict.fromkeys(named))
