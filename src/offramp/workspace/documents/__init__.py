"""Texts as pieces with places, out of plain text, Markdown, PDF and DOCX. What cannot be read is an error."""

from offramp.workspace.documents.interface import Reading
from offramp.workspace.documents.reading import LARGEST_DOCUMENT, SUFFIXES, read_document

__all__ = ["LARGEST_DOCUMENT", "SUFFIXES", "Reading", "read_document"]
