"""HTML: one page for any document, complete in itself: no script, nothing fetched, everything escaped.

Headings and landmarks, tables with captions and scopes, a skip link, colours of sufficient contrast in light
and dark, a style for print. Addresses in cells become links; every other word of a document is only text.
"""

import re
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from offramp.core.instants import Instant, format_instant
from offramp.report.document import Document
from offramp.report.formats.json import DISCLAIMER
from offramp.report.grid import plain

ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]]")


def render(document: Document) -> str:
    """One HTML page, ending in a newline."""
    page = {
        "schema": document.schema,
        "title": document.title,
        "at": format_instant(document.at),
        "at_words": _words(document.at),
        "tables": document.tables,
        "notes": document.notes,
        "scope": document.scope,
        "method": document.method,
        "gaps": document.gaps,
        "attributions": document.attributions,
        "next_steps": document.next_steps,
        "is_legal_matter": document.is_legal_matter,
        "disclaimer": DISCLAIMER,
    }
    return _environment().from_string(_text("page.html")).render(page=page, css=Markup(_text("page.css")))  # noqa: S704


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True, finalize=_shown
    )
    environment.filters["lines"] = _lines
    return environment


@cache
def _text(name: str) -> str:
    return (resources.files("offramp.report") / "templates" / name).read_text(encoding="utf-8")


def _words(at: Instant) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _shown(value: object) -> object:
    """Whatever a page prints: text in which nothing can turn the direction of what surrounds it, or hide."""
    return plain(value) if type(value) is str else value


def _lines(text: str) -> Markup:
    """Each line a paragraph, with addresses as links."""
    return Markup("").join(
        Markup('<p dir="auto">{}</p>').format(_linked(line)) for line in plain(text).split("\n") if line
    )


def _linked(line: str) -> Markup:
    parts, end = [], 0
    for hit in ADDRESS.finditer(line):
        parts += [escape(line[end : hit.start()]), Markup('<a href="{0}">{0}</a>').format(hit[0])]
        end = hit.end()
    return Markup("").join([*parts, escape(line[end:])])
