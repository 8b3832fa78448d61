"""The registry of dialects, and which of them a request's path belongs to."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Final

from offramp.dialects.interface import Dialect


def _anthropic_messages() -> Dialect:
    from offramp.dialects.anthropic_messages.dialect import AnthropicMessages

    return AnthropicMessages()


def _openai_chat() -> Dialect:
    from offramp.dialects.openai_chat.dialect import OpenAIChat

    return OpenAIChat()


class _Dialects(Mapping[str, Dialect]):
    """Dialects by slug. Each is loaded when it is first looked up: reading settings needs the slugs only."""

    def __init__(self, loaders: Mapping[str, Callable[[], Dialect]]) -> None:
        self._loaders = loaders
        self._loaded: dict[str, Dialect] = {}

    def __getitem__(self, slug: str) -> Dialect:
        if slug not in self._loaded:
            self._loaded[slug] = self._loaders[slug]()
        return self._loaded[slug]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaders)

    def __len__(self) -> int:
        return len(self._loaders)

    def __contains__(self, slug: object) -> bool:
        return slug in self._loaders


DIALECTS: Final[Mapping[str, Dialect]] = _Dialects(
    {"anthropic-messages": _anthropic_messages, "openai-chat": _openai_chat}
)
"""Every dialect by its slug, alphabetically."""


@cache
def _all() -> tuple[Dialect, ...]:
    return tuple(DIALECTS.values())


def faces() -> Mapping[str, tuple[Dialect, str]]:
    """Path to dialect and operation. A path that several APIs share leads to the last; see `face_for`."""
    return {path: (dialect, operation) for dialect in _all() for path, operation in dialect.faces.items()}


def face_for(path: str, headers: Mapping[str, str]) -> tuple[Dialect, str] | None:
    """The dialect and operation of a request. `headers` have lower-case names and settle shared paths."""
    candidates = [(dialect, dialect.faces[path]) for dialect in _all() if path in dialect.faces]
    for dialect, operation in candidates:
        if len(candidates) == 1 or dialect.recognises(headers):
            return dialect, operation
    return None
