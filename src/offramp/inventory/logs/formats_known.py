"""The kinds of log, read from data: where each keeps the host, the model, the caller and the time."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

import msgspec

from offramp.core.findings import Route


class Shape(StrEnum):
    """How the records of a log are written."""

    JSON = "json"
    """Objects: one a line, in a list, or inside one big object."""
    TABLE = "table"
    """Columns with names: CSV and Parquet."""
    TEXT = "text"
    """Lines that one regular expression reads."""


FIELDS = ("time", "caller", "host", "url", "model", "provider", "requests", "tokens", "address", "answer")


class LogFormat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of log."""

    name: str
    title: str
    source: str
    """Where the format is described."""
    shape: Shape
    fields: Mapping[str, tuple[str, ...]]
    """For each field the places where it may stand; the first that is there counts."""
    requires: tuple[str, ...] = ()
    """Places that every record, or the header, of this kind has: how it is recognised."""
    only: Mapping[str, tuple[str, ...]] = {}
    """Records count only where these places hold one of these values."""
    records: str = ""
    """Where the list of records stands inside each object, `/` between steps into lists."""
    pattern: str = ""
    """For text: a regular expression with one group per field."""
    separator: str = ""
    """For tables: what stands between columns, where a look at the log would not tell."""
    time_formats: tuple[str, ...] = ()
    route: Route | None = None
    """How what it logs reaches a vendor, where the kind of log decides that."""
    is_hint: bool = False
    """A record shows that a name was looked up or an address reached, not that a model was called."""


@cache
def log_formats() -> Mapping[str, LogFormat]:
    """Every kind of log by name, the most telling first."""
    read = []
    for path in sorted((Path(__file__).parent / "formats").glob("*.toml")):
        one = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), LogFormat)
        if one.name != path.stem or not set(one.fields) <= set(FIELDS):
            raise ValueError(f"{path.name}: the name or a field is not as it should be")
        read.append(one)
    read.sort(key=lambda one: (-len(one.requires) - len(one.pattern), one.name))
    return {one.name: one for one in read}
