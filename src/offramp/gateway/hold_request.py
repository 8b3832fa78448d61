"""Making a hold: what persons are shown of an answer, and what their decision is bound to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from offramp.control import consequential_tool_calls as tool_calls
from offramp.control import holds, human_role
from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.ids import UpstreamId, new_id
from offramp.core.instants import Instant, format_instant
from offramp.core.verdicts import CitedNorm, HumanRole
from offramp.dialects import turns
from offramp.gateway import held_turn
from offramp.gateway.record import Record
from offramp.gateway.snapshot import Snapshot
from offramp.workspace import Application

MAX_SHOWN = 4000
"""Signs of the text around calls that a person is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A hold with what persons are shown."""

    hold: holds.Hold
    shown: Mapping[str, Any]


def hold_for(
    snapshot: Snapshot,
    application: Application,
    request: turns.Request,
    conversation: str,
    reply: turns.Reply,
    record: Record,
    asked: human_role.Asked,
    at: Instant,
) -> Held:
    """A hold of all the calls in `reply`. Raises `arguments-not-canonical`."""
    role = asked.role or HumanRole.DECIDES
    holding = snapshot.workspace.holding
    made = calls(reply)
    binding = holds.binding_digest(made, application.id, conversation)
    endpoint = snapshot.endpoints.get(UpstreamId(record.upstream))
    requesters = requesters_of(snapshot, application, request)
    expires_at = at + timedelta(minutes=holding.waiting_minutes)
    tools = snapshot.watching.tools[application.id]
    shown = {
        "application": application.id,
        "asked": record.asked,
        "model": f"{record.upstream}/{record.model}",
        "calls": [_shown_call(tools, call) for call in made],
        "text": held_turn.text_of(reply)[:MAX_SHOWN],
        "said": _last_said(request)[:MAX_SHOWN],
        "role": str(role),
        "norms": [_shown_norm(norm) for norm in asked.norms],
        "requesters": list(requesters),
        "expires_at": format_instant(expires_at),
    }
    hold = holds.Hold(
        id=new_id("hold"),
        application=application.id,
        conversation=conversation,
        binding=binding,
        shown=sha256_hex(canonical_json(shown)),
        calls=tuple(
            holds.HeldCall(
                id=call.id, tool=call.tool, digest=holds.call_digest(call, application.id, conversation)
            )
            for call in made
        ),
        role=role,
        norms=tuple(norm.id for norm in asked.norms),
        instruments=tuple(asked.instruments),
        requesters=requesters,
        approvals=holding.needed(application.id),
        approval_seconds=holding.approval_minutes * 60,
        request_id=record.request_id,
        asked=record.asked,
        vendor=endpoint.vendor if endpoint is not None else "",
        requested_at=at,
        expires_at=expires_at,
    )
    return Held(hold=hold, shown=shown)


def calls(reply: turns.Reply) -> tuple[holds.Call, ...]:
    """The calls of an answer as a decision is bound to them."""
    return tuple(holds.Call(call.id, call.name, call.arguments) for call in held_turn.calls_of(reply))


def requesters_of(snapshot: Snapshot, application: Application, request: turns.Request) -> tuple[str, ...]:
    """Who asked, as far as it is known: the application's owners, and the user it names."""
    system = snapshot.workspace.systems.get(application.system) if application.system else None
    owner = application.registration.owner if application.registration else ""
    named = (owner, system.owner if system else "", request.end_user)
    return tuple(dict.fromkeys(name for name in named if name))


def _shown_call(tools: tool_calls.Tools, call: holds.Call) -> dict[str, Any]:
    shown: dict[str, Any] = {"tool": call.tool, "arguments": dict(call.arguments)}
    if not tools.is_registered(call.tool):
        shown["unregistered"] = True
        alike = tool_calls.resembled(tools, call.tool)
        if alike:
            shown["resembles"] = alike
    return shown


def _shown_norm(norm: CitedNorm) -> dict[str, str]:
    return {"id": norm.id, "instrument": norm.instrument, "quote": norm.quote, "source": norm.source}


def _last_said(request: turns.Request) -> str:
    """The last text of the user."""
    for turn in reversed(request.turns):
        if turn.speaker is turns.Speaker.USER:
            said = _texts(turn.parts)
            if said:
                return said
    return ""


def _texts(parts: Sequence[turns.Part]) -> str:
    return "\n".join(part.text for part in parts if isinstance(part, turns.Text))
