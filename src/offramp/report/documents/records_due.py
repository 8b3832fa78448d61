"""The reminder that records of a vendor are still to be exported, on any document about leaving it."""

from collections.abc import Mapping
from dataclasses import replace

from offramp.report.document import Document

NEAR_DAYS = 30
"""From so many days before its deadline on, an exit's records are asked for."""


def with_records_due(
    document: Document, unexported: Mapping[str, int], days_left: Mapping[str, int]
) -> Document:
    """`document` with `unexported` (recorded exchanges by vendor); said aloud where the days run out."""
    near = [vendor for vendor in unexported if days_left.get(vendor, NEAR_DAYS + 1) <= NEAR_DAYS]
    return replace(
        document,
        body={**document.body, "unexported": dict(unexported)},
        notes=(
            *document.notes,
            *(
                f"{unexported[vendor]} exchanges recorded with {vendor} are not exported, and time is short"
                for vendor in near
            ),
        ),
        next_steps=(
            *document.next_steps,
            *(f"offramp record export FOLDER --vendor {vendor} --by NAME" for vendor in near),
        ),
    )
