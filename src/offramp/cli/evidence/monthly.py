"""What a month's report on red lines is made from: the ledger, the workspace, its instruments."""

import re

from offramp.control import monthly
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.evidence import read_entries
from offramp.instruments.model import InstrumentKind
from offramp.report.document import Document
from offramp.report.documents.red_lines import Ground, red_lines_document
from offramp.workspace import Workspace, load_instruments


def made(place: Workspace, month: str, at: Instant) -> Document:
    """The report of `month`. Raises `month-unreadable`, and where nothing was ever recorded."""
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise OfframpError(
            "month-unreadable",
            f"`{month}` is not a month",
            help="write it like `2026-08`, a year and a month",
        )
    instruments = load_instruments(place)
    waivers = {
        str(one.id): one.title
        for one in instruments.instruments.values()
        if one.kind is InstrumentKind.WAIVER
    }
    entries = (recorded.entry for recorded in read_entries(place.state))
    applications = place.applications.values()
    ground = Ground(
        month=month,
        organisation=place.organisation.name,
        clauses={str(norm.id): norm.citation for norm in instruments.norms.values()},
        waivers=waivers,
        unregistered=tuple(str(one.id) for one in applications if one.registration is None),
        uncounted=tuple(
            str(one.id) for one in applications if one.registration and not one.registration.persons
        ),
    )
    return red_lines_document(monthly.month_of(entries, month, waivers), ground, at)
