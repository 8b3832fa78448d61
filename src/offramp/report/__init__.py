"""Documents made of what the rooms found, and the formats they are printed in.

`documents/` turns a room's value into one neutral `Document`; `formats/` prints any `Document`.
"""

from offramp.report.document import Document, Table
from offramp.report.formats import FORMATS, render, rendered

__all__ = ["FORMATS", "Document", "Table", "render", "rendered"]
