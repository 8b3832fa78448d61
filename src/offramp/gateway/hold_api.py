"""`/-/api/v1/holds`: persons see what is held and decide, with a key of their own or by a signed webhook.

Every request names its person by key or signature, also from this machine: a page in a browser has neither,
and no answer here lets another origin read it.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson

from offramp.control import holds
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.instants import now, parse_instant
from offramp.dialects import Head
from offramp.evidence import Receipt
from offramp.gateway import held_turn
from offramp.gateway.parts import Parts
from offramp.gateway.webhook import HEADER, check_signature
from offramp.workspace.holding import Person

PATH: Final = "/-/api/v1/holds"
BODY_LIMIT_BYTES: Final = 64 * 1024


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """The body of a request that decides or changes something."""

    verdict: str = ""
    reason: str = ""
    hold: str = ""
    by: str = ""
    shown: str = ""
    """Digest of what was shown, as the hold names it."""
    shown_at: str = ""
    application: str = ""
    lift: bool = False
    leave: bool = False


async def answer(parts: Parts, head: Head, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to one request."""
    try:
        return 200, orjson.dumps(await _answer(parts, head, body))
    except OfframpError as error:
        code = "decided-already" if holds.steps.lost_race(error) else error.code
        told = {"code": code, "message": error.message, "help": error.help}
        return _STATUS.get(code, 400), orjson.dumps({"error": told})


async def _answer(parts: Parts, head: Head, body: bytes) -> JsonObject:
    rest = head.path[len(PATH) :].strip("/")
    person, said = _who(parts, head, body)
    if head.method == "GET":
        assert person is not None
        return await (_show(parts, person, rest) if rest else _list(parts, person, head.query))
    id_, _, operation = rest.partition("/")
    if operation == "decision":
        return await _decide(parts, person, said, id_, is_signed=HEADER in head.headers)
    if person is not None and rest == "watch":
        holds.rules.check_supervises(person)
        step = holds.steps.watch(person, _holding(parts), now(), leaves=said.leave)
        return await _appended(parts, step)
    if person is not None and rest == "stops":
        return await _stop(parts, person, said)
    raise OfframpError("path-unknown", f"nothing is at `{head.path[:200]}`", help=f"see {PATH}")


def _who(parts: Parts, head: Head, body: bytes) -> tuple[Person | None, Said]:
    """The person, by key or as a signed body says, and the body. Raises for anybody else."""
    watching = parts.snapshot.watching
    if head.method not in ("GET", "POST"):
        raise OfframpError("method-unknown", "this path takes GET and POST", help="use one of them")
    if head.method == "POST" and not _is_json(head.headers):
        raise OfframpError(
            "type-unknown", "the body is not declared as JSON", help="send `content-type: application/json`"
        )
    signed = head.headers.get(HEADER, "")
    if signed and head.method == "POST" and watching.webhook_key is not None:
        check_signature(watching.webhook_key, signed, body, now())
        said = _said(body)
        return holds.rules.find_person(_holding(parts), said.by), said
    person = watching.person(_bearer(head.headers))
    if person is None:
        raise OfframpError(
            "person-unknown",
            "the key is missing or belongs to nobody who decides here",
            help="send `authorization: Bearer` with the key of a person under `holds: persons:`",
        )
    said = _said(body) if head.method == "POST" else Said()
    if said.by and holds.rules.find_person(_holding(parts), said.by) != person:
        raise OfframpError("person-unknown", "the key is another person's", help="leave `by` out")
    return person, said


async def _list(parts: Parts, person: Person, query: Mapping[str, str]) -> JsonObject:
    at = now()
    wanted = query.get("state", "")
    found = [hold for hold in await parts.holds.all() if person.is_for(hold.application)]
    return {
        "schema": "offramp/holds/v1",
        **holds.telling.presence_json(await parts.holds.presence(), at),
        "holds": [
            holds.telling.summary(hold, at) for hold in found if not wanted or hold.state(at).value == wanted
        ],
    }


async def _show(parts: Parts, person: Person, id_: str) -> JsonObject:
    """What is held, and from now on this person was shown it."""
    hold = await parts.holds.one(id_)
    holds.rules.check_reach(person, hold.application)
    what = await shown_of(parts, hold)
    step = holds.steps.show(hold, person, holds.Way.HTTP, now())
    if step is not None:
        await _append(parts, step)
    return {"schema": "offramp/hold/v1", **holds.telling.summary(hold, now()), "what": what}


async def _decide(
    parts: Parts, person: Person | None, said: Said, id_: str, *, is_signed: bool
) -> JsonObject:
    assert person is not None
    if said.hold and said.hold != id_:
        raise OfframpError("hold-other", "the body is about another hold", help="name the hold of the path")
    hold = await parts.holds.one(id_)
    way = holds.Way.WEBHOOK if is_signed else holds.Way.HTTP
    if is_signed:
        hold = await _shown_elsewhere(parts, hold, person, said)
    try:
        verdict = holds.Verdict(said.verdict)
    except ValueError:
        raise OfframpError(
            "verdict-unknown", "no verdict is given", help="send `approve` or `deny`"
        ) from None
    step = holds.steps.decide(hold, person, verdict, said.reason, way, now())
    await _append(parts, step)
    return {"schema": "offramp/hold/v1", **holds.telling.summary(await parts.holds.one(id_), now())}


async def _shown_elsewhere(parts: Parts, hold: holds.Hold, person: Person, said: Said) -> holds.Hold:
    """Another system showed it: what, and since when, are part of what it signs."""
    if said.hold != hold.id or said.shown != hold.shown:
        raise OfframpError(
            "hold-not-shown",
            "a signed decision names the hold and the digest of what was shown, and one of them is another",
            help="send `hold` and `shown` as the webhook was told them",
        )
    if hold.shown_to(person.id) is not None:
        return hold
    at = parse_instant(said.shown_at) if said.shown_at else now()
    if not hold.requested_at <= at <= now():
        raise OfframpError(
            "shown-at-wrong", "`shown_at` is not between the request and now", help="send when it was shown"
        )
    step = holds.steps.show(hold, person, holds.Way.WEBHOOK, at)
    assert step is not None
    await _append(parts, step)
    return await parts.holds.one(hold.id)


async def _stop(parts: Parts, person: Person, said: Said) -> JsonObject:
    holds.rules.check_stop(person, said.application, parts.snapshot.workspace.applications)
    if said.lift:
        presence = await parts.holds.presence()
        return await _appended(
            parts, holds.steps.resume(person, presence, said.application, said.reason, now())
        )
    return await _appended(parts, holds.steps.stop(person, said.application, said.reason, now()))


async def _append(parts: Parts, step: holds.steps.Step) -> Receipt:
    """The step is durable, with the real time and the one that is decided by."""
    told = step.told_at(parts.clock())
    return await parts.ledger.append(told.entry, told.changes)


async def _appended(parts: Parts, step: holds.steps.Step) -> JsonObject:
    receipt = await _append(parts, step)
    return {"schema": "offramp/recorded/v1", "entry": receipt.index}


async def shown_of(parts: Parts, hold: holds.Hold) -> JsonObject:
    """What persons are shown of `hold`. Raises `held-turn-gone`."""
    return held_turn.shown_in(hold, await parts.kept.get(held_turn.KIND, hold.id, hold.application))


def _said(body: bytes) -> Said:
    try:
        return msgspec.json.decode(body or b"{}", type=Said)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise OfframpError(
            "body-invalid", f"the body cannot be read: {error}", help="send one JSON object as documented"
        ) from error


def _bearer(headers: Mapping[str, str]) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _is_json(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def _holding(parts: Parts) -> Any:
    return parts.snapshot.workspace.holding


_STATUS: Final = {
    "person-unknown": 401,
    "signature-wrong": 401,
    "signature-old": 401,
    "role-insufficient": 403,
    "own-request": 403,
    "hold-unknown": 404,
    "path-unknown": 404,
    "held-turn-gone": 404,
    "method-unknown": 405,
    "clock-behind": 409,
    "hold-ended": 409,
    "hold-expired": 409,
    "hold-not-shown": 409,
    "decided-already": 409,
    "type-unknown": 415,
    "holds-unreadable": 500,
    "ledger-writer-lost": 503,
    "ledger-writer-absent": 503,
    "ledger-writer-silent": 503,
    "ledger-writer-stuck": 503,
}
