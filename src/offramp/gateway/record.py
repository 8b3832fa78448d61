"""The ledger entry of one request: who, where to, what came of it, and digests. Never a prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from offramp.core.digests import JsonObject
from offramp.core.instants import Clock, format_instant, now
from offramp.core.verdicts import FactValue, Outcome
from offramp.dialects import Loss, turns
from offramp.evidence import Entry, EntryType
from offramp.gateway.admission import Admission
from offramp.gateway.refusals import Refused

MAX_LOSSES = 40
MAX_NORMS = 20
MAX_ATTEMPTS = 20
MAX_ID = 200


class Ending(StrEnum):
    """What came of a request."""

    ANSWERED = "answered"
    REFUSED = "refused"
    """By the gateway: a norm, a hold, or no way there."""
    UPSTREAM_ERROR = "upstream-error"
    """The upstream answered with an error, or not at all."""
    TRUNCATED = "truncated"
    """The upstream began and did not finish. The caller was told."""
    CANCELLED = "cancelled"
    """The caller went away."""


RESTING = "upstream-resting"
"""The code of an attempt that was not made yet: its target failed so often that others come first."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One target that was asked and did not answer, or was put last for having failed."""

    upstream: str
    model: str
    code: str


@dataclass(slots=True, kw_only=True)
class Record:
    """What is known about one request so far. Filled while it is handled, written once."""

    request_id: str
    application: str
    dialect: str
    asked: str
    request_digest: str
    route: str = ""
    upstream: str = ""
    model: str = ""
    served: str = ""
    upstream_dialect: str = ""
    upstream_request_id: str = ""
    """The upstream's own name for it."""
    upstream_answer_id: str = ""
    is_stream: bool = False
    status: int = 0
    code: str = ""
    purpose: str = ""
    usage: turns.Usage = field(default_factory=turns.Usage)
    own_usage: turns.Usage | None = None
    """Of the last target alone, where it went on with another's stream."""
    losses: list[Loss] = field(default_factory=list)
    admission: Admission | None = None
    held_by: tuple[str, ...] = ()
    attempts: list[Attempt] = field(default_factory=list)
    """What was asked before and failed, in order."""
    stop: str = ""
    """Why the model stopped, where it was looked at."""
    drill: str = ""
    """The drill that treated a target of this request as forbidden."""
    needs_unknown: tuple[str, ...] = ()
    """What the request needs and nobody said of the model it went to."""
    continued: JsonObject | None = None
    """Whose broken stream the last target went on with, and from where."""
    took_ms: int = 0
    first_ms: int | None = None
    """To the head of a streamed answer."""
    cut_by: Refused | None = None
    """Why the request was cut while it was under way."""
    is_written: bool = False
    operation: str = ""
    """What was asked for beside a conversation."""
    hold: str = ""
    """The hold its answer tells of, or is released from."""
    calls_in_text: tuple[str, ...] = ()
    """Consequential tools that the answer's text seems to call."""
    key: str = ""
    """Id of the issued key the caller presented."""
    charge: JsonObject | None = None
    """What was counted for its limits and budgets, where it has any."""

    @property
    def facts(self) -> Mapping[str, FactValue]:
        """What the instruments were asked with."""
        return self.admission.facts if self.admission is not None else {}

    def note_answer(self, headers: Mapping[str, str], id_header: str) -> None:
        """What the upstream calls this request, so that it can be asked about it."""
        self.upstream_request_id = (headers.get(id_header) or headers.get("x-request-id") or "")[:MAX_ID]


def entry_for(record: Record, ending: Ending, answer_digest: str, clock: Clock) -> Entry:
    """The entry. A refusal by a norm is a decision and names it as the cause; all else is traffic."""
    admission = record.admission
    decision = admission.decision if admission else None
    by_norm = ending is Ending.REFUSED and admission is not None and not admission.is_admitted
    norms = [norm.id for norm in admission.norms] if admission else []
    return Entry(
        type=EntryType.DECISION if by_norm else EntryType.TRAFFIC,
        at=now(),
        actor=record.application,
        cause=f"norm:{norms[0]}" if by_norm and norms else "request",
        subject=record.request_id,
        instruments=tuple(decision.instruments) if decision else (),
        data=_data(record, ending, norms) | {"decided_at": format_instant(clock())},
        digests={"request": record.request_digest, "answer": answer_digest},
    )


def _data(record: Record, ending: Ending, norms: Sequence[str]) -> JsonObject:
    usage = record.usage
    data: JsonObject = {
        "application": record.application,
        "outcome": str(ending),
        "status": record.status,
        "dialect": record.dialect,
        "asked": record.asked[:200],
        "route": record.route,
        "upstream": record.upstream,
        "upstream_dialect": record.upstream_dialect,
        "model": record.model[:200],
        "served": record.served[:200],
        "upstream_ids": {
            "request": record.upstream_request_id,
            "answer": record.upstream_answer_id[:MAX_ID],
        },
        "is_stream": record.is_stream,
        "usage": {
            "input": usage.input,
            "output": usage.output,
            "cache_read": usage.cache_read,
            "cache_write": usage.cache_write,
            "reasoning": usage.reasoning,
        },
        "losses": [
            {"field": loss.field[:200], "effect": str(loss.effect), "reason": loss.reason[:200]}
            for loss in record.losses[:MAX_LOSSES]
        ],
        "losses_left_out": max(0, len(record.losses) - MAX_LOSSES),
    }
    data |= _more(record)
    if record.key:
        data["key"] = record.key
    if record.charge is not None:
        data["charge"] = record.charge
    if record.operation:
        data["operation"] = record.operation
    if record.hold:
        data["hold"] = record.hold
    if record.calls_in_text:
        data["calls_in_text"] = [name[:200] for name in record.calls_in_text[:MAX_NORMS]]
    if record.code:
        data["code"] = record.code
    if record.purpose:
        data["purpose"] = record.purpose[:200]
    if record.attempts:
        data["attempts"] = [
            {"upstream": one.upstream, "model": one.model[:200], "code": one.code}
            for one in record.attempts[:MAX_ATTEMPTS]
        ]
    if record.held_by:
        data["held_by"] = list(record.held_by[:MAX_NORMS])
    if record.admission is not None:
        said = record.admission
        data["decision"] = {
            "vendor": said.vendor,
            "outcome": str(said.decision.outcome),
            "enforced": str(said.outcome),
            "norms": list(norms[:MAX_NORMS]),
            "stayed": [norm.id for norm in said.decision.stayed[:MAX_NORMS]],
            "is_contested_and_not_enforced": said.outcome is Outcome.CONTESTED,
        }
        if said.judgements:
            data["guards"] = [one.to_json() for one in said.judgements[:MAX_NORMS] if one.is_worth_keeping]
    return data


def _more(record: Record) -> JsonObject:
    """What is only said where there is something to say."""
    told: JsonObject = {"took_ms": record.took_ms}
    if record.first_ms is not None:
        told["first_ms"] = record.first_ms
    if record.stop:
        told["stop"] = record.stop
    if record.drill:
        told["drill"] = record.drill[:MAX_ID]
    if record.needs_unknown:
        told["needs_unknown"] = list(record.needs_unknown)
    if record.continued is not None:
        told["continued"] = record.continued
    return told


def digest(data: bytes) -> str:
    """Hex SHA-256."""
    return sha256(data).hexdigest()
