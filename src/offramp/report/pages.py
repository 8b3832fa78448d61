"""The frame of every HTML page: what it begins and ends with, its colours, and how text gets onto it.

Headings and landmarks, a skip link, colours of sufficient contrast in light and dark, a style for print; no
fetching. Whatever a page prints is escaped, and nothing in it can hide or turn what surrounds it.
"""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.report.document import DISCLAIMER, Document
from offramp.report.plain import plain


def write_page(
    template: str,
    document: Document,
    *,
    styles: tuple[str, ...] = ("page.css",),
    script: str = "",
    **more: object,
) -> str:
    """The page of a document in a template that fills the frame, ending in a newline.

    `styles` and `script` name files beside the templates; `more` is what else the template asks for.
    """
    code = _text(script) if script else ""
    return (
        _environment()
        .get_template(template)
        .render(
            page=_frame(document),
            css=Markup("".join(map(_text, styles))),  # noqa: S704 - our own files
            script=Markup(code),  # noqa: S704 - our own file
            script_hash=b64encode(sha256(code.encode()).digest()).decode(),
            **more,
        )
    )


def _frame(document: Document) -> JsonObject:
    return {
        "schema": document.schema,
        "title": document.title,
        "at": format_instant(document.at),
        "at_words": in_words(document.at),
        "tables": document.tables,
        "notes": document.notes,
        "letter": document.letter,
        "scope": document.scope,
        "method": document.method,
        "gaps": document.gaps,
        "attributions": document.attributions,
        "next_steps": document.next_steps,
        "is_legal_matter": document.is_legal_matter,
        "disclaimer": DISCLAIMER,
    }


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        finalize=_shown,
    )


@cache
def _text(name: str) -> str:
    return (resources.files("offramp.report") / "templates" / name).read_text(encoding="utf-8")


def in_words(at: Instant) -> str:
    """A date and a time as a person reads them."""
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _shown(value: object) -> object:
    return plain(value) if type(value) is str else value
