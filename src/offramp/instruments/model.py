"""The frozen values instruments are loaded into. Reading YAML is `loading/`; asking is `decide.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cedarpy import pst

from offramp.core.ids import InstrumentId, NormId
from offramp.core.instants import Instant
from offramp.core.spans import Span
from offramp.core.verdicts import FactValue, Outcome
from offramp.instruments.acts import EndingOf, ExtensionOf, Settlement, StayOf
from offramp.instruments.authorship import Drafting, Encoding, Sentence, Signature, SignatureState
from offramp.instruments.business_days import Calendar
from offramp.instruments.periods import Period

UNKNOWN = "unknown"
"""A text fact with this value counts as not given."""


LARGEST = 2**63
"""Numbers end before it and begin at its negative: Cedar has no others."""


def is_text(value: str) -> bool:
    """Whether the text can be written down at all: a lone surrogate has no bytes."""
    return value.isascii() or value.encode(errors="replace").decode() == value


class InstrumentKind(StrEnum):
    """What sort of text it is."""

    ORDER = "order"
    DESIGNATION = "designation"
    DELISTING = "delisting"
    CONTRACT = "contract"
    CLAUSE = "clause"
    USAGE_POLICY = "usage_policy"
    LAW = "law"
    DEMAND = "demand"
    THREAT = "threat"
    PROMISE = "promise"
    STAY = "stay"
    RULING = "ruling"
    WAIVER = "waiver"
    EXTENSION = "extension"

    @property
    def can_bind(self) -> bool:
        """A demand, a threat and a promise are recorded and never bind."""
        return self not in (InstrumentKind.DEMAND, InstrumentKind.THREAT, InstrumentKind.PROMISE)


class Status(StrEnum):
    """What the text is said to be. Stayed, superseded and expired are computed, never written."""

    DRAFT = "draft"
    """A rendering nobody has signed yet: it never binds."""
    PROPOSED = "proposed"
    ANNOUNCED = "announced"
    """Announced and served on nobody: it never counts for a party that asks for service."""
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """Whether the norm was rendered from the text itself or from a report of it."""

    TEXT = "text"
    REPORTED = "reported"


class Effect(StrEnum):
    """What a norm does."""

    PROHIBIT = "prohibit"
    PERMIT = "permit"
    OBLIGE = "oblige"


class Strength(StrEnum):
    """What a permission is worth."""

    LIFT = "lift"
    """Exempts from the prohibitions it names."""
    ENTITLE = "entitle"
    """A right somebody must honour; it exempts from nothing."""


class IfUnknown(StrEnum):
    """What a norm does when a fact it needs is missing."""

    HOLD = "hold"
    FORBID = "forbid"
    PERMIT = "permit"


class Role(StrEnum):
    """In which role a party is bound."""

    USER = "user"
    VIA = "via"
    ANY = "any"


class FactType(StrEnum):
    """What a fact can be. A `text` fact may be anything; conditions may compare it to listed values only."""

    ENUM = "enum"
    BOOL = "bool"
    INT = "int"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact of a request the conditions may read."""

    name: str
    type: FactType
    values: tuple[str, ...] = ()
    """Those it can have; of a `text` fact those a condition may compare it with. Empty: any text."""
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names with a place in a hierarchy, and what each stands under: `in` and `scope` read it."""
    minimum: int | None = None
    maximum: int | None = None
    evidence: str = "declared"
    """`declared` by the application, `observed` at the gateway, or `judged` by somebody."""
    decided_by: str = ""
    default: FactValue | None = None
    """The ordinary value, for examples and witnesses. Never assumed in a decision."""
    say: str = ""
    window: str = ""
    """Of a count: the period it is taken over, as written."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every name `in` and `scope` may use; empty: any."""
        return tuple(dict.fromkeys((*self.values, *self.parents)))

    @property
    def is_text(self) -> bool:
        """Whether its values are text."""
        return self.type in (FactType.ENUM, FactType.TEXT)

    def within(self, name: str) -> tuple[str, ...]:
        """`name` and every name below it, in the order declared."""
        found = {name}
        while True:
            more = {one for one, above in self.parents.items() if found & set(above)} - found
            if not more:
                return (name, *(one for one in self.parents if one in found and one != name))
            found |= more

    def is_unknown(self, value: FactValue) -> bool:
        """Whether the value says that nobody knows: text that is `unknown`, where that is no name."""
        return self.type is FactType.TEXT and value == UNKNOWN and UNKNOWN not in self.names

    def is_usable(self, value: FactValue) -> bool:
        """Whether the value says something this fact can say."""
        return self.fits(value) and not self.is_unknown(value)

    def fits(self, value: FactValue) -> bool:
        """Whether `value` is one this fact can have."""
        match self.type:
            case FactType.BOOL:
                return isinstance(value, bool)
            case FactType.INT:
                return (
                    isinstance(value, int)
                    and not isinstance(value, bool)
                    and -LARGEST <= value < LARGEST
                    and (self.minimum is None or value >= self.minimum)
                    and (self.maximum is None or value <= self.maximum)
                )
            case FactType.ENUM:
                return isinstance(value, str) and value in self.values
            case FactType.TEXT:
                return isinstance(value, str) and is_text(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words norms and questions are made of. Each maps a name to its parents."""

    party_kinds: Mapping[str, tuple[str, ...]]
    parties: Mapping[str, tuple[str, ...]]
    """Named parties and the kinds they are."""
    vendors: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to a contested question, and who gives it."""

    key: str
    text: str
    by: tuple[str, ...]
    source: str
    status: str
    """`asserted`, `ruled` or `abandoned`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestedQuestion:
    """A question of interpretation that is held open."""

    id: str
    question: str
    options: tuple[Option, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition in the subset, rewritten so that a missing fact never makes an error.

    `sure` is true when the condition holds whatever the missing facts are; `possible` is true when some
    value of the missing facts makes it hold. With every fact given the two are equal. Two conditions are
    equal where their sources are: the rest follows from those, or is for people.
    """

    written: pst.Expr = field(compare=False)
    """As written, terms put in, with `in` on facts and the scope first: for people."""
    source: pst.Expr
    """The same with every `in` on a fact spelled out: what is evaluated and analysed."""
    sure: pst.Expr = field(compare=False)
    possible: pst.Expr = field(compare=False)
    facts: frozenset[str] = field(compare=False)
    presence: frozenset[str] = field(compare=False)
    """Facts it asks the mere presence of (`has`): a given but unreadable value leaves that open too."""
    text: str = field(compare=False)
    """In words, for people; `$terms` are spelled out."""


@dataclass(frozen=True, slots=True)
class Scoped:
    """One narrowing of a norm: to some values of a fact and whatever stands under them, or to all others."""

    fact: str
    names: tuple[FactValue, ...]
    is_excluded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What a norm says under one choice of readings."""

    key: str
    """Norm id, and the choice where there is one: `order.cease@scope=a`."""
    choice: Mapping[str, str]
    applies: bool
    """False where this reading says the norm does not exist."""
    kinds: tuple[str, ...]
    parties: tuple[str, ...]
    role: Role
    vendors: tuple[str, ...]
    """Empty means any."""
    actions: tuple[str, ...]
    """Empty means any."""
    scope: tuple[Scoped, ...]
    """What it is narrowed to, as written; `condition` holds it too."""
    condition: Condition | None
    """Scope, `when` and `unless` together."""
    from_at: Instant | None
    until_at: Instant | None
    """The first instant at which it no longer holds."""
    outcome: Outcome
    """FORBID, or HOLD where the norm asks for a person's decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """When and towards whom a duty is to be done, and what shows it."""

    by_at: Instant | None
    within: Period | None
    """Counted from `of`, or from `after`; its last day counts whole."""
    of: str
    """What it is counted from: `begins`, `issued`, `announced`, `served`; empty: an instant, `of_at`."""
    of_at: Instant | None
    after: str
    """The event `within` is counted from, in words; no instant of it is known beforehand."""
    every: Period | None
    """Due again and again, each time this long after the last, from the day the norm begins."""
    calendar: Calendar | None
    is_moved: bool
    """A last day that is no business day gives way to the next one."""
    towards: str
    proof: str
    zone: str
    """The zone those days are counted in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """One prohibition, permission or duty."""

    id: NormId
    """`<instrument>.<norm>`."""
    instrument: InstrumentId
    effect: Effect
    strength: Strength | None
    overrides: tuple[str, ...]
    """Norm or instrument ids a lift exempts from."""
    if_unknown: IfUnknown
    duty: Duty | None
    says: str
    is_quote: bool
    """False: `says` is a paraphrase in the renderer's words."""
    questions: tuple[str, ...]
    forms: tuple[Form, ...]
    span: Span

    @property
    def citation(self) -> str:
        """What it says, marked as a quotation or a paraphrase."""
        return f"“{self.says}”" if self.is_quote else f"(paraphrase) {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where the rendering comes from."""

    document: str
    date: str
    url: str = ""

    def __str__(self) -> str:
        return f"{self.document}, {self.date}" if self.date else self.document


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModelled:
    """Something the source says that was left out, and why."""

    what: str
    why: str


class TimeOf(StrEnum):
    """A time an instrument gives: its own, or of what it does and of its norms."""

    ISSUED = "issued"
    ANNOUNCED = "announced"
    SERVED = "served"
    FROM = "from"
    UNTIL = "until"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """Something the source does not give and the rendering supplies, and on what ground."""

    what: str
    why: str
    times: tuple[TimeOf, ...] = ()
    """The times it supplies: what is dated by them is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One text, who issued it, when it counts, and the norms rendered from it."""

    id: InstrumentId
    kind: InstrumentKind
    title: str
    status: Status
    basis: Basis
    issuer: str
    issued_at: Instant | None
    announced_at: Instant | None
    known_at: Instant | None
    """When it became known to those who rendered it; None means always."""
    served_at: Mapping[str, Instant | None]
    """Party, party kind or `all` to when it was served; None where no service is known."""
    from_at: Instant | None
    until_at: Instant | None
    source: Provenance
    supersedes: tuple[str, ...]
    norms: tuple[Norm, ...]
    stays: tuple[StayOf, ...]
    extends: tuple[ExtensionOf, ...]
    ends: tuple[EndingOf, ...]
    """What it ends, with everything in `supersedes`."""
    settles: tuple[Settlement, ...]
    not_modelled: tuple[NotModelled, ...]
    span: Span
    assumed: tuple[Assumed, ...] = ()
    encoded: Encoding | None = None
    signed: Signature | None = None
    drafted: Drafting | None = None
    sentences: tuple[Sentence, ...] = ()
    """Every sentence of the text, where the rendering keeps them."""
    zone: str = ""
    """The zone its document counts days in; empty: UTC."""

    @property
    def targets(self) -> tuple[str, ...]:
        """The norms and instruments it stays, ends or extends."""
        named = [one.target for one in self.stays] + [one.target for one in self.ends]
        return tuple(dict.fromkeys((*named, *(one.target for one in self.extends))))

    @property
    def reach(self) -> tuple[tuple[str, ...], ...]:
        """The parties of each thing it does to others; nobody named means everybody."""
        named = [one.parties for one in self.stays] + [one.parties for one in self.ends]
        return (*named, *(one.parties for one in self.extends), *(one.parties for one in self.settles))

    @property
    def signature(self) -> SignatureState:
        """Whether a named person answers for what it says now."""
        if self.signed is None:
            return SignatureState.NOT_SIGNED
        return SignatureState.CURRENT if self.signed.is_current else SignatureState.STALE

    @property
    def why_draft(self) -> str:
        """Why it is a draft, which never binds; empty: it is none.

        What began as a draft binds only while its signature fits what it says.
        """
        if self.status is Status.DRAFT:
            return "a draft"
        if self.drafted is not None and self.signature is not SignatureState.CURRENT:
            return f"a draft, {self.signature}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEnd:
    """Until when the record behind a document goes."""

    path: str
    until_at: Instant
    say: str
    zone: str = ""
    """The zone its document counts days in; empty: UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """Everything loaded together: one vocabulary, the contested questions, the instruments."""

    vocabulary: Vocabulary
    questions: Mapping[str, ContestedQuestion]
    instruments: Mapping[InstrumentId, Instrument]
    norms: Mapping[NormId, Norm]
    acting: Mapping[str, tuple[InstrumentId, ...]]
    """Norm or instrument id to the instruments that stay, end or extend it."""
    ends: tuple[RecordEnd, ...]
    digest: str
    """Hex SHA-256 over the sources, to say which version answered."""


@dataclass(frozen=True, slots=True)
class Question:
    """May these parties do this with that vendor's technology, given these facts?"""

    user: tuple[str, ...]
    """Party kinds or named parties of whoever acts."""
    via: tuple[str, ...]
    """Party kinds of the chain it is reached through."""
    vendor: str
    action: str
    facts: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class Source:
    """One document to load: the path to show in errors, and its text."""

    path: str
    text: str
