"""What a signature covers: an instrument as written, and what its own document says beside it.

The digest does not depend on spacing, comments, quotes or the order of keys. It covers the document's `zone`,
`calendar`, `calendars`, `vocabulary`, `facts`, `terms` and `readings`, because a change there can change what
the instrument says.
"""

from typing import Any

from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.yaml_nodes import Listing, Node, Scalar, Table

BESIDE = ("zone", "calendar", "calendars", "vocabulary", "facts", "terms", "readings")
SIGNED = "signed"


def signed_digest(instrument: Node, document: Node | None) -> str:
    """Hex SHA-256 of what a signature of this instrument covers."""
    beside: dict[str, Any] = {}
    if isinstance(document, Table):
        beside = {key.text: _plain(node) for key, node in document if key.text in BESIDE}
    content = _plain(instrument)
    if isinstance(content, dict):
        content.pop(SIGNED, None)
    return sha256_hex(canonical_json({"beside": beside, "instrument": content}))


def _plain(node: Node) -> Any:
    match node:
        case Scalar():
            return node.value
        case Listing():
            return [_plain(item) for item in node.items]
        case Table():
            return {key.text: _plain(value) for key, value in node}
