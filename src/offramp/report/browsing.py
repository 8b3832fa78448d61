"""A page of findings to look through: filters by vendor, kind, route and more, without a server or a network.

The frame and the colours are those of every page (`formats/html.py`); here are the list of findings and the
one script, which only hides rows. Without the script the page shows everything.
"""

from base64 import b64encode
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from offramp.core.digests import JsonObject
from offramp.core.instants import format_instant
from offramp.report.document import Document
from offramp.report.grid import plain

FILTERS = ("vendor", "kind", "route", "confidence", "context")
LISTED_ELSEWHERE = ("Uses", "Mentions, not counted")
"""Tables of the document whose rows the list of findings has already."""


def render(document: Document) -> str:
    """One HTML page with every finding and its filters; nothing is fetched, everything is escaped."""
    script = _text("findings.js")
    findings = [_row(one) for one in document.body["findings"]]
    values = {
        name: sorted({str(one[name]) for one in document.body["findings"] if one[name]}) for name in FILTERS
    }
    page = {
        "title": document.title,
        "at": format_instant(document.at),
        "schema": document.schema,
        "scope": document.scope,
        "method": document.method,
        "gaps": document.gaps,
        "notes": document.notes,
        "next_steps": document.next_steps,
        "findings": findings,
        "filters": values,
        "tables": [one for one in document.tables if one.title not in LISTED_ELSEWHERE],
        "not_read": [*document.body["coverage"]["unreadable"], *document.body["coverage"]["skipped"]],
        "script_hash": b64encode(sha256(script.encode()).digest()).decode(),
    }
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters["shown"] = plain
    template = environment.from_string(_text("findings.html"))
    css = Markup(_text("page.css") + _text("findings.css"))  # noqa: S704 - our own files
    return template.render(page=page, css=css, script=Markup(script))  # noqa: S704 - our own file


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


def _text(name: str) -> str:
    return (resources.files("offramp.report") / "templates" / name).read_text(encoding="utf-8")
