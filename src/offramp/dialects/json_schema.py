"""JSON schemas as values: what some APIs demand of one, and walking through its parts."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject

_NAMED: Final = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_SINGLE: Final = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_LISTED: Final = ("anyOf", "oneOf", "allOf", "prefixItems")


def mapped(schema: Any, change: Callable[[JsonObject], JsonObject]) -> Any:
    """`schema` with `change` applied to each subschema, innermost first."""
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    for name in _NAMED:
        if isinstance(copy.get(name), dict):
            copy[name] = {key: mapped(value, change) for key, value in copy[name].items()}
    for name in _SINGLE:
        if isinstance(copy.get(name), dict):
            copy[name] = mapped(copy[name], change)
    for name in _LISTED:
        if isinstance(copy.get(name), list):
            copy[name] = [mapped(value, change) for value in copy[name]]
    if isinstance(copy.get("items"), list):
        copy["items"] = [mapped(value, change) for value in copy["items"]]
    return change(copy)


def subschemas(schema: Any) -> Iterator[Mapping[str, Any]]:
    """`schema` and every schema inside it."""
    found: list[Mapping[str, Any]] = []

    def note(part: JsonObject) -> JsonObject:
        found.append(part)
        return part

    mapped(schema, note)
    yield from found


def is_object_schema(schema: Mapping[str, Any]) -> bool:
    """Whether it describes objects."""
    return schema.get("type") == "object" or "properties" in schema


def closed_schema(schema: JsonObject) -> tuple[JsonObject, bool]:
    """`schema` with no additional properties anywhere, and whether that changed it."""
    was_open = any(
        is_object_schema(part) and part.get("additionalProperties") is not False
        for part in subschemas(schema)
    )
    if not was_open:
        return schema, False

    def close(part: JsonObject) -> JsonObject:
        return {**part, "additionalProperties": False} if is_object_schema(part) else part

    closed: JsonObject = mapped(schema, close)
    return closed, True


def is_strict_schema(schema: JsonObject) -> bool:
    """Whether every object in it is closed and requires all its properties."""
    return all(_requires_all(part) for part in subschemas(schema) if is_object_schema(part))


def _requires_all(schema: Mapping[str, Any]) -> bool:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    return (
        schema.get("additionalProperties") is False
        and isinstance(properties, dict)
        and isinstance(required, list)
        and all(isinstance(name, str) for name in required)
        and set(required) == set(properties)
    )
