"""The bytes of an entry: canonical JSON (RFC 8785) of at most 32 KiB, and back."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from rfc8785 import CanonicalizationError

from offramp.core.digests import JsonObject, canonical_json
from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant, parse_instant
from offramp.evidence.entry import MAX_ENTRY_BYTES, Entry, EntryType

VERSION = 1
_MAX_SAFE_INTEGER = 2**53 - 1
_PLAIN = frozenset((str, bool, type(None)))
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def encode(entry: Entry) -> bytes:
    """The entry's canonical bytes; raises when they cannot be made or are too many."""
    value: JsonObject = {
        "v": VERSION,
        "type": str(entry.type),
        "at": format_instant(entry.at),
        "actor": entry.actor,
        "cause": entry.cause,
        "subject": entry.subject,
        "instruments": list(entry.instruments),
        "data": dict(entry.data),
        "digests": dict(entry.digests),
    }
    try:
        is_plain = _is_plain(value["data"]) and _is_plain(value["digests"])
        body = _encode_sorted(value) if is_plain else _canonical(value)
    except (CanonicalizationError, UnicodeEncodeError, RecursionError) as error:
        raise OfframpError(
            "entry-unrepresentable",
            f"the `{entry.type}` entry about `{entry.subject}` cannot be written as canonical JSON: {error}",
            help="use only text, booleans, null, finite numbers up to 2^53, lists and objects in `data`",
        ) from None
    if len(body) > MAX_ENTRY_BYTES:
        raise OfframpError(
            "entry-too-large",
            f"the `{entry.type}` entry about `{entry.subject}` has {len(body)} bytes; "
            f"the ledger takes {MAX_ENTRY_BYTES}",
            help="put a digest of the content into `digests` and keep the content itself elsewhere",
        )
    return body


def decode(body: bytes) -> Entry:
    """The entry these bytes say. Raises `ValueError` (or one of its kinds) when they are no entry."""
    try:
        value = msgspec.json.decode(body, type=_Body)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if value.v != VERSION:
        raise ValueError(f"entry version {value.v} is unknown")
    try:
        at = parse_instant(value.at)
    except OfframpError as error:
        raise ValueError(error.message) from None
    return Entry(
        type=EntryType(value.type),
        at=at,
        actor=value.actor,
        cause=value.cause,
        subject=value.subject,
        instruments=value.instruments,
        data=value.data,
        digests=value.digests,
    )


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    v: int
    type: str
    at: str
    actor: str
    cause: str
    subject: str
    instruments: tuple[str, ...]
    data: Mapping[str, Any]
    digests: Mapping[str, str]


def _canonical(value: JsonObject) -> bytes:
    """RFC 8785 bytes that also come back as they are: a float such as 2.0**53 would return as an integer."""
    content = canonical_json(value)
    if canonical_json(msgspec.json.decode(content)) != content:
        raise CanonicalizationError("it does not survive being read again")
    return content


def _is_plain(value: dict[str, Any] | list[Any]) -> bool:
    """Whether the fast encoder is known to agree with RFC 8785: no floats, ASCII keys, exact types.

    On the way of every request, so it looks at each value once and at nothing that is empty.
    """
    inside: Iterable[Any] = value
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                return False
        if not "".join(value).isascii():
            return False
        inside = value.values()
    for item in inside:
        kind = type(item)
        if kind in _PLAIN:
            continue
        if kind is int:
            if not -_MAX_SAFE_INTEGER <= item <= _MAX_SAFE_INTEGER:
                return False
        elif (kind is not dict and kind is not list) or (item and not _is_plain(item)):
            return False
    return True
