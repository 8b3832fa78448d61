"""A hold and what persons said of it; its state follows from both and the time. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from offramp.core.instants import Instant
from offramp.core.verdicts import HumanRole


class Verdict(StrEnum):
    """What a person says."""

    APPROVE = "approve"
    DENY = "deny"


class Way(StrEnum):
    """How a person was shown a hold and decided, and so how it is known who it was."""

    CLI = "cli"
    """As somebody who may use the state directory; the ledger names the account."""
    HTTP = "http"
    """With the person's own key."""
    WEBHOOK = "webhook"
    """By a system that signs and says who it was."""


class State(StrEnum):
    """Where a hold stands."""

    PENDING = "pending"
    APPROVED = "approved"
    """Enough persons approved; not used yet."""
    DENIED = "denied"
    RELEASED = "released"
    """The calls were given to the application, once."""
    EXPIRED = "expired"
    """Nobody decided in time, or an approval was not used in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCall:
    """One call of the set, without its arguments."""

    id: str
    tool: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """A person was shown the hold for the first time."""

    person: str
    shown: str
    """Digest of what was shown."""
    way: Way
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What one person decided."""

    person: str
    role: HumanRole
    """The person's role when deciding."""
    verdict: Verdict
    reason: str
    way: Way
    shown_at: Instant
    at: Instant

    @property
    def seconds(self) -> float:
        """From the first showing to the decision."""
        return (self.at - self.shown_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How it ended."""

    state: State
    """`DENIED` or `RELEASED`."""
    by: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Tool calls of one answer that wait for a person, and everything said of them so far."""

    id: str
    application: str
    conversation: str
    """Digest of the conversation that the calls answer."""
    binding: str
    """Digest that a decision is bound to."""
    shown: str
    """Digest of what persons are shown."""
    calls: tuple[HeldCall, ...]
    role: HumanRole
    """What the clause asks of the person."""
    norms: tuple[str, ...]
    instruments: tuple[str, ...]
    requesters: tuple[str, ...]
    """Names of whoever asked: they do not decide."""
    approvals: int
    """How many persons must approve."""
    approval_seconds: int
    request_id: str
    asked: str
    """The model name the application used."""
    vendor: str
    requested_at: Instant
    expires_at: Instant
    showings: tuple[Showing, ...] = ()
    decisions: tuple[Decided, ...] = ()
    end: End | None = None

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools called, each once."""
        return tuple(dict.fromkeys(call.tool for call in self.calls))

    @property
    def approved_by(self) -> tuple[Decided, ...]:
        """Approvals, oldest first, one for each person."""
        found: dict[str, Decided] = {}
        for one in sorted(self.decisions, key=lambda one: one.at):
            if one.verdict is Verdict.APPROVE:
                found.setdefault(one.person, one)
        return tuple(found.values())

    def shown_to(self, person: str) -> Showing | None:
        """When `person` was first shown what is held now; None for never."""
        return next((one for one in self.showings if one.person == person and one.shown == self.shown), None)

    @property
    def newest_at(self) -> Instant:
        """The latest instant anything was recorded of it."""
        shown = (one.at for one in self.showings)
        decided = (one.at for one in self.decisions)
        return max((self.requested_at, *shown, *decided))

    def usable_until(self) -> Instant | None:
        """When the approval lapses; None while too few approved."""
        approvals = self.approved_by
        if len(approvals) < self.approvals:
            return None
        return approvals[self.approvals - 1].at + timedelta(seconds=self.approval_seconds)

    def state(self, at: Instant) -> State:
        """Where it stands at `at`."""
        if self.end is not None:
            return self.end.state
        usable = self.usable_until()
        if usable is not None:
            return State.APPROVED if at < usable else State.EXPIRED
        return State.PENDING if at < self.expires_at else State.EXPIRED

    def answers(self, at: Instant) -> bool:
        """The same conversation, sent again at `at`, is answered from this hold and not by a model."""
        state = self.state(at)
        return state in (State.PENDING, State.APPROVED) or (state is State.DENIED and at < self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Somebody who says to be there."""

    person: str
    since_at: Instant
    until_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A person stopped an application's consequential calls."""

    application: str
    by: str
    reason: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Who is on watch, and what is stopped."""

    watches: tuple[Watch, ...] = ()
    stops: Mapping[str, Stop] | None = None

    def on_watch(self, person: str, at: Instant) -> bool:
        """Whether `person` said to be there at `at`."""
        return any(one.person == person and one.since_at <= at < one.until_at for one in self.watches)

    def stop_of(self, application: str) -> Stop | None:
        """What stops `application`; None where nothing does."""
        return (self.stops or {}).get(application)
