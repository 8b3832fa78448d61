"""A page of findings to look through: filters by vendor, kind, route and more, without a server or a network.

The frame and the colours are those of every page (`pages.py`); here are the list of findings and the
one script, which only hides rows. Without the script the page shows everything.
"""

from offramp.core.digests import JsonObject
from offramp.report.document import Document
from offramp.report.pages import write_page

FILTERS = ("vendor", "kind", "route", "confidence", "context")
LISTED_ELSEWHERE = ("Uses", "Mentions, not counted")
"""Tables of the document whose rows the list of findings has already."""


def render(document: Document) -> str:
    """One HTML page with every finding and its filters; nothing is fetched, everything is escaped."""
    findings = [_row(one) for one in document.body["findings"]]
    coverage = document.body["coverage"]
    return write_page(
        "findings.html",
        document,
        styles=("page.css", "findings.css"),
        script="findings.js",
        findings=findings,
        filters={name: sorted({str(one[name]) for one in findings if one[name]}) for name in FILTERS},
        tables=[one for one in document.tables if one.title not in LISTED_ELSEWHERE],
        not_read=[*coverage["unreadable"], *coverage["skipped"]],
    )


def _row(one: JsonObject) -> JsonObject:
    place = f"{one['path']}:{one['line']}" if one["line"] else one["path"]
    waiver = one["waiver"]
    marks = []
    if waiver is not None:
        marks.append(f"waiver, {waiver['status'].replace('-', ' ')}: {waiver['instrument']}")
    if one["serving"]:
        marks.append(f"served by: {one['serving']}")
    if one["via"]:
        marks.append(f"through: {' > '.join(one['via'])}")
    if one["system"]:
        marks.append(f"system: {one['system']}")
    return {**one, "place": place, "marks": marks}
