"""A recorded exchange read back into turns. Pure: the texts that were kept in, values out.

What a scrubbed request or answer is not any more in its own API, this does not repair: it says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant
from offramp.dialects.faces import DIALECTS
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.frames import write_frame
from offramp.dialects.interface import Dialect
from offramp.dialects.shaping import interpret
from offramp.dialects.turns import (
    Event,
    Failure,
    Part,
    Reply,
    ReplyEnded,
    ReplyStarted,
    Request,
    StopReason,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolDelta,
    ToolStarted,
    ToolUse,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Reread:
    """Both halves; `request` or `reply` is None where `unread` says why."""

    request: Request | None
    reply: Reply | None
    unread: tuple[str, ...]


def reread(exchange: JsonObject) -> Reread:
    """The exchange (`offramp/exchange/v1`) in turns."""
    dialect = DIALECTS.get(str(exchange.get("dialect")))
    if dialect is None or exchange.get("operation"):
        return Reread(None, None, ("it is no conversation of an API known here",))
    unread = []
    request = reply = None
    try:
        request = _request(dialect, exchange)
    except (OfframpError, ValueError) as error:
        unread.append(f"request: {_said(error)}")
    try:
        reply = _reply(dialect, exchange)
        if exchange.get("is_constrained") and request is not None:
            reply = interpret(reply, request)
    except (OfframpError, ReplyInvalid, ValueError) as error:
        unread.append(f"answer: {_said(error)}")
    return Reread(request, reply, tuple(unread))


def as_turns(exchange: JsonObject) -> JsonObject:
    """The same as JSON: `request`, `reply` (or null) and `unread`."""
    read = reread(exchange)
    return {"request": as_json(read.request), "reply": as_json(read.reply), "unread": list(read.unread)}


def as_json(value: Any) -> Any:
    """A value of `turns` as JSON. Parts say what they are in `type`; what is not set is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        held = {one.name: getattr(value, one.name) for one in fields(value)}
        found = {name: as_json(one) for name, one in held.items() if not _is_unset(one)}
        return {"type": _kebab(type(value).__name__), **found} if isinstance(value, Part) else found
    match value:
        case Enum():
            return value.value
        case datetime():
            return format_instant(value)
        case Mapping():
            return {str(name): as_json(one) for name, one in value.items()}
        case list() | tuple():
            return [as_json(one) for one in value]
        case _:
            return value


def answer_bytes(exchange: JsonObject) -> bytes:
    """The answer as it went over the wire, as far as it was kept. Frames get new lengths and checksums."""
    answer = exchange["answer"]
    match answer["form"]:
        case "whole":
            return str(answer["text"]).encode()
        case "events":
            return "".join(text for _, text in answer["events"]).encode()
        case _:
            return b"".join(write_frame(headers, text.encode()) for _, headers, text in answer["events"])


def _request(dialect: Dialect, exchange: JsonObject) -> Request:
    request = dialect.decode_request(_object(str(exchange["request"]).encode())).value
    if dialect.has_model_in_body:
        return request
    return replace(request, model=str(exchange["asked"]), wants_stream=bool(exchange["is_stream"]))


def _reply(dialect: Dialect, exchange: JsonObject) -> Reply:
    status, whole = int(exchange["status"]), answer_bytes(exchange)
    if not 200 <= status < 300:
        raise ValueError(f"it is an error, status {status}")
    if not exchange["is_stream"]:
        return dialect.decode_reply(_object(whole)).value
    decoder = dialect.stream_decoder()
    return joined((*decoder.feed(whole), *decoder.close()))


def joined(events: Iterable[Event]) -> Reply:
    """The whole answer a stream told. Raises `ValueError` where it was cut or ended in a failure."""
    started, ended = ReplyStarted("", ""), None
    parts: dict[int, list[Event]] = {}
    for event in events:
        match event:
            case ReplyStarted():
                started = event
            case ReplyEnded():
                ended = event
            case Failure():
                raise ValueError(f"it ended in a failure: {event.message}")
            case _:
                parts.setdefault(event.index, []).append(event)
    if ended is None:
        raise ValueError("it was cut before its end")
    is_cut = ended.stop_reason is StopReason.LENGTH
    return Reply(
        id=started.id,
        model=started.model,
        parts=tuple(_part(told, is_cut=is_cut) for _, told in sorted(parts.items())),
        stop_reason=ended.stop_reason,
        stop_sequence=ended.stop_sequence,
        usage=_merged(started.usage, ended.usage),
        created_at=started.created_at,
    )


def _part(told: list[Event], *, is_cut: bool) -> Part:
    first = told[0]
    if isinstance(first, ToolStarted):
        text = "".join(one.arguments for one in told if isinstance(one, ToolDelta))
        try:
            arguments = _object(text.encode() or b"{}")
        except ValueError:
            if not is_cut:
                raise
            arguments = {}
        return ToolUse(first.id, first.name, arguments, first.signature)
    if isinstance(first, ThinkingDelta):
        thoughts = [one for one in told if isinstance(one, ThinkingDelta)]
        return Thinking(
            "".join(one.text for one in thoughts),
            "".join(one.signature for one in thoughts),
            any(one.is_redacted for one in thoughts),
        )
    return Text("".join(one.text for one in told if isinstance(one, TextDelta)))


def _merged(early: Usage, late: Usage) -> Usage:
    said = {one.name: getattr(late, one.name) for one in fields(late) if getattr(late, one.name) is not None}
    return replace(early, **said)


def _object(text: bytes) -> JsonObject:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise ValueError("it is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("it is not one JSON object")
    return value


def _said(error: Exception) -> str:
    if isinstance(error, ReplyInvalid):
        return error.failure.message
    return error.message if isinstance(error, OfframpError) else str(error)


def _is_unset(value: Any) -> bool:
    return value is None or value is False or value in ("", ())


def _kebab(name: str) -> str:
    return "".join(f"-{one.lower()}" if one.isupper() else one for one in name).lstrip("-")
