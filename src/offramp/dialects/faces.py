"""The registry of dialects, and which of them a request's path belongs to."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Final, cast

from offramp.dialects.interface import Dialect, Head, HeaderFields
from offramp.dialects.providing import provides

_HOLES: Final = {"{model}": "(?P<model>.+)", "{id}": "(?P<id>[^/]+)"}
_PLACE: Final = re.compile(r"\\{[a-z]+\\}")
"""A name in an escaped template that tells nothing of model or answer, such as a project's."""


def _anthropic_messages() -> Dialect:
    from offramp.dialects.anthropic_messages.dialect import AnthropicMessages

    return AnthropicMessages()


def _bedrock_converse() -> Dialect:
    from offramp.dialects.bedrock_converse.dialect import BedrockConverse

    return BedrockConverse()


def _bedrock_invoke() -> Dialect:
    from offramp.dialects.bedrock_invoke.dialect import BedrockInvoke

    return BedrockInvoke()


def _gemini_generate() -> Dialect:
    from offramp.dialects.gemini_generate.dialect import GeminiGenerate

    return GeminiGenerate()


def _openai_chat() -> Dialect:
    from offramp.dialects.openai_chat.dialect import OpenAIChat

    return OpenAIChat()


def _openai_responses() -> Dialect:
    from offramp.dialects.openai_responses.dialect import OpenAIResponses

    return OpenAIResponses()


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
    {
        "anthropic-messages": _anthropic_messages,
        "bedrock-converse": _bedrock_converse,
        "bedrock-invoke": _bedrock_invoke,
        "gemini-generate": _gemini_generate,
        "openai-chat": _openai_chat,
        "openai-responses": _openai_responses,
    }
)
"""Every dialect by its slug, alphabetically."""


@cache
def _all() -> tuple[Dialect, ...]:
    return tuple(DIALECTS.values())


@dataclass(frozen=True, slots=True)
class Face:
    """Whose API a request is in, and what it is for."""

    dialect: Dialect
    operation: str
    model: str = ""
    """The model its path names; empty where the body does."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Settings it has in headers, which are read with the members of its body."""
    id: str = ""
    """The kept answer its path names; empty where it names none."""


def faces() -> Mapping[str, Face]:
    """Path to face. A path that several APIs share leads to the last; see `face_for`."""
    return {path: Face(dialect, operation) for dialect in _all() for path, operation in dialect.faces.items()}


def face_for(head: Head) -> Face | None:
    """The face of a request. What the head says beside its path settles paths that APIs share."""
    candidates = _exact().get(head.path) or _templated(head.path)
    for face in candidates:
        if len(candidates) == 1 or face.dialect.recognises(head):
            if provides(face.dialect, HeaderFields):
                return replace(face, fields=cast(HeaderFields, face.dialect).request_fields(head))
            return face
    return None


@cache
def _exact() -> Mapping[str, list[Face]]:
    found: dict[str, list[Face]] = {}
    for dialect in _all():
        for path, operation in dialect.faces.items():
            found.setdefault(path, []).append(Face(dialect, operation))
    return found


def _templated(path: str) -> list[Face]:
    for pattern, found in _templates():
        match = pattern.fullmatch(path)
        if match:
            return [_filled(face, match.groupdict()) for face in found]
    return []


def _filled(face: Face, named: Mapping[str, str]) -> Face:
    return replace(face, model=named.get("model", ""), id=named.get("id", ""))


@cache
def _templates() -> tuple[tuple[re.Pattern[str], list[Face]], ...]:
    """The longest first: what stands behind the model's name is no part of it."""
    paths = sorted((path for path in _exact() if "{" in path), key=len, reverse=True)
    return tuple((_pattern(path), _exact()[path]) for path in paths)


def _pattern(path: str) -> re.Pattern[str]:
    pattern = re.escape(path)
    for hole, group in _HOLES.items():
        pattern = pattern.replace(re.escape(hole), group)
    return re.compile(_PLACE.sub("[^/]+", pattern))
