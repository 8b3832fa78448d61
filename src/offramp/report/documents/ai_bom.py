"""The inventory as a bill of materials for AI, with what is stated about it (ai-bom/v1)."""

from collections.abc import Sequence
from dataclasses import replace

from offramp.core.findings import Scan
from offramp.core.instants import Instant
from offramp.evidence.statements.checking import Stated
from offramp.evidence.statements.predicates import Source
from offramp.report.document import Document, Table
from offramp.report.documents.scan import scan_document
from offramp.report.documents.statement import statement_body


def ai_bom_document(
    organisation: str, scan: Scan, sources: Sequence[Source], stated: Sequence[Stated], at: Instant
) -> Document:
    """Every use in every declared source, what was not looked at, and the statements made so far."""
    found = scan_document(scan, at, in_workspace=True)
    missed = tuple(f"not looked at: {one.name} ({one.note})" for one in sources if not one.is_looked_at)
    rows = tuple(
        (one.name, one.kind, one.place, "yes" if one.is_looked_at else "NO", one.note) for one in sources
    )
    return replace(
        found,
        schema="offramp/ai-bom/v1",
        title=f"AI bill of materials of {organisation}: {found.title}",
        body={
            **found.body,
            "organisation": organisation,
            "sources": [
                {
                    "name": one.name,
                    "kind": one.kind,
                    "place": one.place,
                    "is_looked_at": one.is_looked_at,
                    "note": one.note,
                }
                for one in sources
            ],
            "statements": [statement_body(one) for one in stated],
        },
        tables=(
            *found.tables,
            Table(
                title="Declared sources", columns=("source", "kind", "place", "looked at", "how"), rows=rows
            ),
        ),
        gaps=(*missed, *found.gaps),
        next_steps=(),
        is_legal_matter=True,
    )
