"""A hold for programs: what every list, page and answer says of it, without what is held."""

from typing import Any

from offramp.control.holds.hold import Decided, Hold, Presence
from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant


def summary(hold: Hold, at: Instant) -> JsonObject:
    """A hold as it stands at `at`."""
    usable = hold.usable_until()
    return {
        "id": hold.id,
        "state": str(hold.state(at)),
        "application": hold.application,
        "tools": list(hold.tools),
        "calls": len(hold.calls),
        "role": str(hold.role),
        "norms": list(hold.norms),
        "requesters": list(hold.requesters),
        "approvals": hold.approvals,
        "approved": len(hold.approved_by),
        "binding": hold.binding,
        "shown": hold.shown,
        "request_id": hold.request_id,
        "requested_at": format_instant(hold.requested_at),
        "expires_at": format_instant(hold.expires_at if usable is None else usable),
        "decisions": [_decided(one) for one in hold.decisions],
    }


def presence_json(presence: Presence, at: Instant) -> JsonObject:
    """Who is on watch at `at`, and what is stopped."""
    return {
        "watches": [
            {"person": one.person, "until_at": format_instant(one.until_at)}
            for one in presence.watches
            if presence.on_watch(one.person, at)
        ],
        "stops": [
            {"application": one.application, "by": one.by, "reason": one.reason, "at": format_instant(one.at)}
            for one in (presence.stops or {}).values()
        ],
    }


def _decided(one: Decided) -> dict[str, Any]:
    return {
        "person": one.person,
        "role": str(one.role),
        "verdict": str(one.verdict),
        "reason": one.reason,
        "way": str(one.way),
        "shown_at": format_instant(one.shown_at),
        "at": format_instant(one.at),
        "seconds": one.seconds,
    }
