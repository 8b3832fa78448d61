"""What a route or a request needs of a model, and which targets are known to have it.

A route's own needs must be known to be there. What a request holds (tools, images, a schema, its length)
only passes over a target whose model is known to lack it: unknown is tried, and the ledger says so.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from offramp.dialects import offers, turns
from offramp.gateway.outgoing import Asked
from offramp.gateway.profiles import Known, Profile
from offramp.gateway.snapshot import Endpoint
from offramp.vendors.models import model_of
from offramp.workspace import Target
from offramp.workspace.rules import CAPABILITIES

CONTEXT: Final = "context"


@dataclass(frozen=True, slots=True)
class Fit:
    """One target, held against what is needed."""

    lacks: tuple[str, ...] = ()
    """Known to be missing, or not known to be there where the route itself needs it."""
    unknown: tuple[str, ...] = ()
    """Nobody said; the target is tried."""


WELL: Final = Fit()


def fit_of(
    profile: Profile, asked: Asked, wanted: Collection[str], target: Target, endpoint: Endpoint, model: str
) -> Fit:
    """How `target` stands to what its route needs, and to what is `wanted` for this request."""
    known = Known(target, model_of(endpoint.vendor, model))
    lacks = [name for name in profile.needs.capabilities if known.has(name) is not True]
    context = known.context
    if profile.needs.context and (context is None or context < profile.needs.context):
        lacks.append(CONTEXT)
    unknown: list[str] = []
    for name in wanted:
        if name == "tools" and endpoint.needs_tool_schema:
            continue
        has = known.has(name)
        if has is False:
            lacks.append(name)
        elif has is None:
            unknown.append(name)
    # A token is at least a byte, so that a shorter body always fits.
    if context is not None and len(asked.body) > context:
        request = asked.request_or_none()
        if request is not None and offers.estimated_tokens(request) > context:
            lacks.append(CONTEXT)
    return Fit(tuple(dict.fromkeys(lacks)), tuple(unknown)) if lacks or unknown else WELL


def wanted_by(profile: Profile, asked: Asked) -> list[str]:
    """What the request holds that a target of its route might lack."""
    if not (profile.can_lack or profile.is_open):
        return []
    request = asked.request_or_none()
    if request is None:
        return []
    held = {
        "json_schema": request.response_schema is not None,
        "pdf": False,
        "tools": bool(request.tools),
        "vision": False,
    }
    for part in _parts(request):
        if isinstance(part, turns.Image):
            held["vision"] = True
        elif isinstance(part, turns.Document) and not part.text:
            held["pdf"] = True
    return [name for name in CAPABILITIES if held.get(name)]


def _parts(request: turns.Request) -> list[turns.Part]:
    parts = [part for turn in request.turns for part in turn.parts]
    return parts + [item for part in parts if isinstance(part, turns.ToolResult) for item in part.content]
