"""One spelling of members: the API reads `inline_data` as `inlineData`. What callers named stays as it is."""

import re
from typing import Any, Final

from offramp.core.digests import JsonObject

MAX_DEPTH: Final = 100
"""As deep as the API reads a body."""

_NAMED: Final = frozenset({"defs", "properties"})
"""Members whose own members are names a caller gave, of schemas."""

_FREE: Final = frozenset(
    {
        "args",
        "default",
        "enum",
        "example",
        "labels",
        "parametersJsonSchema",
        "partMetadata",
        "response",
        "responseJsonSchema",
    }
)
"""Members whose whole value is the caller's own."""

_HUMP: Final = re.compile(r"(?<=[A-Za-z0-9])_([a-z0-9])")


def is_too_deep(body: Any) -> bool:
    """Whether values stand inside each other more than `MAX_DEPTH` times."""
    level = [body]
    for _ in range(MAX_DEPTH):
        level = [inner for value in level for inner in _inside(value)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def one_spelling(body: JsonObject) -> JsonObject:
    """`body` with its members in the spelling of the reference. Where both spellings stand, both are left."""
    return {name: _value(name, value) for name, value in _renamed(body).items()}


def _renamed(body: JsonObject) -> JsonObject:
    renamed: JsonObject = {}
    for name, value in body.items():
        camel = _HUMP.sub(lambda match: match.group(1).upper(), name) if "_" in name else name
        renamed[name if camel in body else camel] = value
    return renamed


def _value(name: str, value: Any) -> Any:
    if name in _FREE:
        return value
    if name in _NAMED and isinstance(value, dict):
        return {own: _value("", schema) for own, schema in value.items()}
    if isinstance(value, dict):
        return one_spelling(value)
    if isinstance(value, list):
        return [_value("", item) for item in value]
    return value
