"""The neutral document every format prints: a JSON body, tables for people, and what it does not cover."""

from dataclasses import dataclass
from datetime import date

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant

DISCLAIMER = "Nothing here is legal advice."
"""What every format says of a legal matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of text under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: int = 0
    """How many of the last columns may stand on lines of their own under a row that gets too wide."""
    names_below: bool = False
    """Whether such a line begins with its column's name."""
    as_cards: bool = False
    """Each row is read by itself: the first cell heads it, the second is said, the others are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One heading of a chart, with a number for each day."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened on a day, and the rows of a table that say what."""

    day: date
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Counts by day, one series on top of the other, as a picture; a table has the numbers."""

    title: str
    summary: str
    """What somebody sees in it, for somebody who does not."""
    days: tuple[date, ...]
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One thing a letter says."""

    text: str
    is_strong: bool = False
    """Set in bold: what was not looked at or cannot be known, and what must not be overlooked."""
    is_item: bool = False
    """One of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What a person says to another, before the tables that go with it."""

    sender: tuple[str, ...]
    recipient: tuple[str, ...]
    paragraphs: tuple[Paragraph, ...]
    signatory: tuple[str, ...]
    """Who signs: name, then office, one a line; empty where nobody signs by hand."""
    says_gaps: bool = False
    """The paragraphs name every gap, so that a page need not repeat them below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One report. Scope, method, gaps and date are required: no report goes without them."""

    schema: str
    """`offramp/<name>/v1`; the JSON form carries it and only grows."""
    title: str
    at: Instant
    """The instant the content is about."""
    body: JsonObject
    """Everything a program needs, without `schema` and `about`, which `formats/json.py` adds."""
    tables: tuple[Table, ...] = ()
    sheet: Table | None = None
    """One row a thing with everything a spreadsheet filters by; CSV has it instead of the tables."""
    charts: tuple[Chart, ...] = ()
    """Pictures of what a table has in numbers; formats for machines leave them out."""
    letter: Letter | None = None
    """Prose for whoever gets it by hand; formats for machines leave it out, the body has what it rests on."""
    notes: tuple[str, ...] = ()
    """Sentences a person should read before the tables are believed."""
    scope: str
    method: str
    gaps: tuple[str, ...]
    """What was not examined or cannot be known; never empty without a reason to be."""
    next_steps: tuple[str, ...] = ()
    """Commands to copy."""
    attributions: tuple[str, ...] = ()
    """Who encoded and who signed the instruments it rests on, and when."""
    is_legal_matter: bool = False
    """Adds the sentence that nothing here is legal advice."""
