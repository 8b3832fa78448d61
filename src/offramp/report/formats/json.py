"""JSON: the document's body with its schema, and an `about` block with scope, method, gaps and date."""

import json

from offramp.core.instants import format_instant
from offramp.report.document import DISCLAIMER, Document


def render(document: Document) -> str:
    """One JSON object, indented, ending in a newline."""
    about: dict[str, object] = {
        "title": document.title,
        "at": format_instant(document.at),
        "scope": document.scope,
        "method": document.method,
        "gaps": list(document.gaps),
        "notes": list(document.notes),
    }
    if document.attributions:
        about["attributions"] = list(document.attributions)
    if document.is_legal_matter:
        about["disclaimer"] = DISCLAIMER
    whole = {"schema": document.schema, **document.body, "about": about}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
