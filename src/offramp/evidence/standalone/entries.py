"""Entries: their shape, and reading them."""

import re
from datetime import datetime
from typing import Any

from offramp.evidence.standalone.canonical import read_canonical
from offramp.evidence.standalone.notes import Wrong

TYPES = ("traffic", "decision", "ramp", "cut", "restore", "scan", "hold", "trial", "config", "statement")
ENTRY: dict[str, type] = {
    "v": int,
    "type": str,
    "at": str,
    "actor": str,
    "cause": str,
    "subject": str,
    "instruments": list,
    "data": dict,
    "digests": dict,
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)
Entry = dict[str, Any]


def check_shape(value: dict[str, Any], shape: dict[str, type], optional: tuple[str, ...] = ()) -> None:
    """`Wrong` unless the object has these members, of these kinds, and no others."""
    missing = set(shape) - set(value)
    if set(value) - set(shape) or missing - set(optional):
        raise Wrong("it does not have the members it should have")
    for name, kind in shape.items():
        if name not in missing and (type(value[name]) is not kind):
            raise Wrong(f"`{name}` is of the wrong kind")


def read_entry(body: bytes) -> Entry:
    """The entry these bytes say."""
    value = read_canonical(body)
    check_shape(value, ENTRY)
    if value["v"] != 1 or value["type"] not in TYPES:
        raise Wrong("its version or type is none")
    read_time(value["at"])
    if not all(isinstance(one, str) for one in [*value["instruments"], *value["digests"].values()]):
        raise Wrong("an instrument or digest is not text")
    if len(body) > 32768:
        raise Wrong("it is longer than an entry can be")
    return value


def read_time(text: object) -> datetime:
    """The moment a text names."""
    if not isinstance(text, str) or not TIME.fullmatch(text):
        raise Wrong("a time in it is none")
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Wrong("a time in it is none") from None
