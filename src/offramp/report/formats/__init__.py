"""Formats, one module each, listed here in alphabetical order."""

from collections.abc import Callable, Mapping

from offramp.core.errors import OfframpError
from offramp.report.document import Document
from offramp.report.formats import csv, ics, json, oscal_poam, sarif


def _text(document: Document) -> str:
    # The library that draws tables is slow to import, and only this format needs it.
    from offramp.report.formats import text

    return text.render(document)


def _html(document: Document) -> str:
    # So is the library that fills pages.
    if "findings" in document.body and "coverage" in document.body:
        from offramp.report import browsing

        return browsing.render(document)
    from offramp.report.formats import html

    return html.render(document)


def _cyclonedx(document: Document) -> str:
    # Licences stand in the vendors' profiles, which only bills read.
    from offramp.report.formats import cyclonedx

    return cyclonedx.render(document)


def _cyclonedx_17(document: Document) -> str:
    from offramp.report.formats import cyclonedx_17

    return cyclonedx_17.render(document)


def _pdf(document: Document) -> bytes:
    # And what sets pages.
    from offramp.report.formats import pdf

    return pdf.render(document)


FORMATS: Mapping[str, Callable[[Document], str | bytes]] = {
    "csv": csv.render,
    "cyclonedx": _cyclonedx,
    "cyclonedx-17": _cyclonedx_17,
    "html": _html,
    "ics": ics.render,
    "json": json.render,
    "oscal-poam": oscal_poam.render,
    "pdf": _pdf,
    "sarif": sarif.render,
    "text": _text,
}


def render(document: Document, slug: str) -> str:
    """Print `document` in the format named `slug`, one that is text.

    Raises `format-unknown` for a format that does not exist, and for one that is no text.
    """
    made = rendered(document, slug)
    if isinstance(made, bytes):
        raise OfframpError("format-unknown", f"`{slug}` is no text", help="write it to a file with -o")
    return made


def rendered(document: Document, slug: str) -> str | bytes:
    """The same for every format: text, or bytes where the format is no text."""
    if slug not in FORMATS:
        raise OfframpError(
            "format-unknown", f"no format `{slug}`", help=f"use one of: {', '.join(sorted(FORMATS))}"
        )
    return FORMATS[slug](document)
