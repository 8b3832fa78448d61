"""Agents' files that are links to another file of the tree: their names alone say what they are.

The link is not followed: what it leads to is read where it lies, under its own name.
"""

import re
from collections.abc import Callable, Sequence

from offramp.core.findings import Finding
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.examining import examine
from offramp.inventory.knowledge import Knowledge
from offramp.inventory.reading import source_named
from offramp.inventory.sheet import Sheet

MAY_BE_AN_AGENTS = re.compile(r"(?:\.mdc?|\.json|\.toml|rules|ignore)$", re.IGNORECASE)
"""What agents' files are called; asking for all other links would cost what knowing every vendor costs."""


def linked(path: str, knowledge: Callable[[], Knowledge]) -> Sequence[Finding]:
    """The finding for a link that a vendor's agent reads as its own file."""
    if not (MAY_BE_AN_AGENTS.search(path) and knowledge().is_agent_file(path)):
        return ()
    return examine(Sheet(source_named(path, b""), (), knowledge(), b""), DETECTORS).findings
