"""Findings for a spreadsheet: a row each, a column for everything one may filter by."""

from collections.abc import Sequence

from offramp.core.findings import Finding
from offramp.report.document import Table

COLUMNS = (
    "vendor",
    "route",
    "kind",
    "path",
    "line",
    "system",
    "what",
    "model",
    "via",
    "context",
    "confidence",
    "serving",
    "waiver",
    "caller",
    "requests",
    "id",
)


def finding_sheet(findings: Sequence[Finding]) -> Table:
    """Every finding, mentions too (`kind` says so); what does not apply is empty."""
    ordered = sorted(findings, key=lambda one: (one.vendor, one.route, one.path, one.line, one.column))
    return Table(title="Findings", columns=COLUMNS, rows=tuple(_row(one) for one in ordered))


def _row(one: Finding) -> tuple[str, ...]:
    return (
        one.vendor,
        one.route,
        one.kind,
        one.path.replace("\n", "\\n"),
        str(one.line) if one.line else "",
        one.system or "",
        one.message,
        one.model,
        " > ".join(one.via),
        one.context,
        one.confidence,
        one.serving or "",
        "" if one.waiver is None else f"{one.waiver.instrument} ({one.waiver.status})",
        "" if one.traffic is None else one.traffic.caller,
        "" if one.traffic is None else str(one.traffic.requests),
        one.id,
    )
