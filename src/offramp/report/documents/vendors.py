"""Vendor profiles as documents: the list (vendors/v1) and one in full (vendor/v1)."""

from collections.abc import Iterator, Mapping

import msgspec

from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.vendors import Basis, Block, Profile, blocks

METHOD = "read from vendor profiles; each block says whether it was checked, against what and on which day"
GAPS = (
    "a profile is as old as its dates; names published later are found only where a shape covers them",
    "what is only recorded was written down from general knowledge and compared with nothing",
    "a check shows that a name exists, not that everything a vendor offers is in the profile",
)


def vendors_document(profiles: Mapping[VendorId, Profile], at: Instant) -> Document:
    """Every profile, a row each."""
    rows = tuple(
        (one.id, one.name, ", ".join(one.products), _how_many(one), _oldest(one)) for one in profiles.values()
    )
    return Document(
        schema="offramp/vendors/v1",
        title=f"{len(rows)} vendors with a profile",
        at=at,
        body={
            "vendors": [
                {
                    "id": one.id,
                    "name": one.name,
                    "products": list(one.products),
                    "blocks": len(tuple(blocks(one))),
                    "blocks_checked": len(_checked(one)),
                    "oldest_check": _oldest(one),
                }
                for one in profiles.values()
            ]
        },
        tables=(
            Table(
                title="", columns=("vendor", "name", "products", "blocks checked", "oldest check"), rows=rows
            ),
        ),
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
    for name, block in blocks(one):
        own = [field for field in block.__struct_fields__ if field not in Block.__struct_fields__]
        values = {field: getattr(block, field) for field in own}
        title = f"{name} {values.pop('route')}" if "route" in values else name
        rows = [(field, _shown(value)) for field, value in values.items() if value]
        rows += [("basis", _basis(block)), ("source", block.source)]
        yield Table(title=f"{title}, {block.basis}", columns=("what", "values"), rows=tuple(rows))


def _basis(block: Block) -> str:
    if block.basis is Basis.RECORDED:
        return "recorded from general knowledge, compared with nothing"
    against = f": {block.against}" if block.against else " against the source"
    but = f"; not checked: {', '.join(block.unchecked)}" if block.unchecked else ""
    return f"checked {block.checked}{against}{but}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} → {route}" for key, route in value.items())
    return str(value)


def _checked(one: Profile) -> tuple[Block, ...]:
    return tuple(block for _, block in blocks(one) if block.basis is Basis.CHECKED)


def _how_many(one: Profile) -> str:
    return f"{len(_checked(one))} of {len(tuple(blocks(one)))}"


def _oldest(one: Profile) -> str:
    return min((str(block.checked) for block in _checked(one)), default="never")
