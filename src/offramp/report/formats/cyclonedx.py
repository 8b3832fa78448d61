"""CycloneDX 1.6: what a scan found as a bill of materials for AI: services, models, and libraries.

Reads `body["findings"]`: a document without them has no bill. Each vendor and route is a service; each model
a component of type `machine-learning-model` with a card of what is known here; each package a library,
with their places as evidence. Statements about it become declarations, and their gaps counter-evidence.
Mentions are left out. A bill that lists nothing does not say that nothing is used: `metadata.properties`
carries scope, method and gaps.
"""

from offramp.report.bill import write_bill
from offramp.report.document import Document

SPEC = "1.6"


def render(document: Document) -> str:
    """One bill of materials. Raises `format-without-findings`."""
    return write_bill(document, SPEC)
