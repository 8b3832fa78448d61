"""Vendor profiles as documents: the list (vendors/v1) and one in full (vendor/v1)."""

from collections.abc import Iterator, Mapping

import msgspec

from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.vendors import Profile

METHOD = "read from vendor profiles; each block names its source and the day it was checked"
GAPS = ("a profile is as old as its dates; names published later are found only where a shape covers them",)


def vendors_document(profiles: Mapping[VendorId, Profile], at: Instant) -> Document:
    """Every profile, a row each."""
    rows = tuple((one.id, one.name, ", ".join(one.products), _oldest(one)) for one in profiles.values())
    return Document(
        schema="offramp/vendors/v1",
        title=f"{len(rows)} vendors with a profile",
        at=at,
        body={
            "vendors": [
                {"id": one.id, "name": one.name, "products": list(one.products), "checked": _oldest(one)}
                for one in profiles.values()
            ]
        },
        tables=(Table(title="", columns=("vendor", "name", "products", "oldest check"), rows=rows),),
        scope="vendors this version can recognise",
        method=METHOD,
        gaps=GAPS,
        next_steps=("offramp vendors show VENDOR", "offramp scan --vendor VENDOR"),
    )


def vendor_document(one: Profile, at: Instant) -> Document:
    """One profile, block by block."""
    return Document(
        schema="offramp/vendor/v1",
        title=f"{one.name} (`{one.id}`)",
        at=at,
        body={"vendor": msgspec.to_builtins(one)},
        tables=tuple(_tables(one)),
        notes=one.notes,
        scope=f"what marks a use of {one.name}",
        method=METHOD,
        gaps=GAPS,
        next_steps=(f"offramp scan --vendor {one.id}",),
    )


def _tables(one: Profile) -> Iterator[Table]:
    yield Table(title="Products", columns=("product",), rows=tuple((name,) for name in one.products))
    for title, block in _blocks(one):
        values = {name: getattr(block, name) for name in type(block).__struct_fields__}
        source, checked = str(values.pop("source")), str(values.pop("checked"))
        rows = tuple((name, _shown(value)) for name, value in values.items() if value)
        heading = f"{title}, checked {checked}: {source}"
        yield Table(title=heading, columns=("what", "values"), rows=rows)


def _blocks(one: Profile) -> Iterator[tuple[str, msgspec.Struct]]:
    for name in type(one).__struct_fields__:
        value = getattr(one, name)
        if isinstance(value, msgspec.Struct):
            yield name, value
        elif name in ("hosted", "infrastructure"):
            yield from ((f"{name} {block.route}", block) for block in value)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} → {route}" for key, route in value.items())
    return str(value)


def _oldest(one: Profile) -> str:
    return min(str(block.checked) for _, block in _blocks(one) if hasattr(block, "checked"))
