"""HTML: one page for any document, complete in itself: no script, nothing fetched, everything escaped.

The frame is that of every page (`pages.py`); here are tables with captions and scopes. Addresses in
cells become links; every other word of a document is only text.
"""

import re

from markupsafe import Markup, escape

from offramp.report.document import Document
from offramp.report.pages import write_page
from offramp.report.plain import plain
from offramp.report.svg import draw

ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]]")


def render(document: Document) -> str:
    """One HTML page, ending in a newline."""
    pictures = tuple(
        (one.title, Markup(draw(one, at)))  # noqa: S704 - what it prints is escaped there
        for at, one in enumerate(document.charts, 1)
    )
    return write_page("page.html", document, lines=_lines, pictures=pictures)


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
