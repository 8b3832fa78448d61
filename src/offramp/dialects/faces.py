"""The registry of dialects, and which of them a request's path belongs to."""

from collections.abc import Mapping
from typing import Final

from offramp.dialects.anthropic_messages.dialect import AnthropicMessages
from offramp.dialects.interface import Dialect
from offramp.dialects.openai_chat.dialect import OpenAIChat

_ALL: Final[tuple[Dialect, ...]] = (AnthropicMessages(), OpenAIChat())

DIALECTS: Final[Mapping[str, Dialect]] = {dialect.slug: dialect for dialect in _ALL}
"""Every dialect by its slug, alphabetically."""


def faces() -> Mapping[str, tuple[Dialect, str]]:
    """Path to dialect and operation. A path that several APIs share leads to the last; see `face_for`."""
    return {path: (dialect, operation) for dialect in _ALL for path, operation in dialect.faces.items()}


def face_for(path: str, headers: Mapping[str, str]) -> tuple[Dialect, str] | None:
    """The dialect and operation of a request. `headers` have lower-case names and settle shared paths."""
    candidates = [(dialect, dialect.faces[path]) for dialect in _ALL if path in dialect.faces]
    for dialect, operation in candidates:
        if len(candidates) == 1 or dialect.recognises(headers):
            return dialect, operation
    return None
