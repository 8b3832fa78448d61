"""CSV: a document's sheet, or where it has none the rows of every table, one after another, each under its
own header row.

Of a legal matter the last table, `about`, has who encoded and signed what, and that nothing is legal advice.
"""

import csv
import io

from offramp.report.document import DISCLAIMER, Document

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(document: Document) -> str:
    """RFC 4180 text. Cells a spreadsheet would run as a formula are prefixed with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    tables = document.tables if document.sheet is None else (document.sheet,)
    for position, table in enumerate(tables):
        if position:
            writer.writerow([])
        writer.writerow(table.columns)
        writer.writerows([_inert(cell) for cell in row] for row in table.rows)
    if document.is_legal_matter:
        writer.writerows([[], ["about"], *([_inert(line)] for line in (*document.attributions, DISCLAIMER))])
    return buffer.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
