"""Counts of persons with their bounds, for the windows that end with a day (persons/v1)."""

from collections.abc import Sequence

from offramp.control import persons
from offramp.core.instants import Instant
from offramp.report.document import Document, Table


def persons_document(organisation: str, totals: Sequence[persons.owners.Total], at: Instant) -> Document:
    """Every count; a row without an application is all of an owner's applications together."""
    return Document(
        schema="offramp/persons/v1",
        title=f"Distinct persons: {organisation}",
        at=at,
        body={
            "counts": [
                {
                    "owner": one.owner,
                    "application": one.application,
                    "purpose": one.purpose,
                    "vendor": one.vendor,
                    "fact": one.fact,
                    "days": one.days,
                    **one.figure.to_json(),
                }
                for one in totals
            ]
        },
        tables=(
            Table(
                title="Counts",
                columns=("owner", "application", "purpose", "vendor", "count", "days", "persons"),
                rows=tuple(
                    (
                        one.owner,
                        one.application or "(all)",
                        one.purpose or ("(all)" if not one.application else "(none)"),
                        one.vendor,
                        one.fact,
                        str(one.days),
                        str(one.figure),
                    )
                    for one in totals
                ),
            ),
        )
        if totals
        else (),
        scope=f"what gateways of {organisation} counted, and what other nodes exported to here",
        method="unions of days; exact while few, CPC sketches beyond, bounds of three standard deviations",
        gaps=(
            "persons no request named were not counted, nor those of traffic beside the gateway",
            "persons are counted only where a clause in force asked for it",
        ),
    )
