"""Schemas: the API's own kind into JSON Schema, and JSON Schema into the part of it the API knows."""

import re
from collections.abc import Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects.gemini_generate.spelling import MAX_DEPTH
from offramp.dialects.loss import Refusal

_COUNTS: Final = frozenset(
    {"maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"}
)


def lifted(schema: Any) -> Any:
    """A schema of the API's own kind, an OpenAPI subset, as JSON Schema."""
    if not isinstance(schema, dict):
        return schema
    lift: JsonObject = {}
    for name, value in schema.items():
        _lift_member(lift, name, value)
    order = lift.pop("propertyOrdering", None)
    if isinstance(order, list) and isinstance(lift.get("properties"), dict):
        own = lift["properties"]
        first = {name: own[name] for name in order if isinstance(name, str) and name in own}
        lift["properties"] = {**first, **own}
    if lift.pop("nullable", False) is True:
        _make_nullable(lift)
    return lift


def _lift_member(lift: JsonObject, name: str, value: Any) -> None:
    match name:
        case "type" if isinstance(value, str):
            if value.upper() != "TYPE_UNSPECIFIED":
                lift["type"] = value.lower()
        case "properties" | "defs" if isinstance(value, dict):
            lift["$defs" if name == "defs" else name] = {key: lifted(part) for key, part in value.items()}
        case "items" | "additionalProperties":
            lift[name] = lifted(value)
        case "anyOf" if isinstance(value, list):
            lift[name] = [lifted(part) for part in value]
        case "ref" if isinstance(value, str):
            lift["$ref"] = value.replace("#/defs/", "#/$defs/")
        case "format" if value == "enum":
            pass
        case "example":
            lift["examples"] = [value]
        case _ if name in _COUNTS and isinstance(value, str) and value.isdecimal():
            lift[name] = int(value)
        case _:
            lift[name] = value


def _make_nullable(lift: JsonObject) -> None:
    if isinstance(lift.get("type"), str):
        lift["type"] = [lift["type"], "null"]
    elif isinstance(lift.get("anyOf"), list):
        lift["anyOf"] = [*lift["anyOf"], {"type": "null"}]
    if isinstance(lift.get("enum"), list):
        lift["enum"] = [*lift["enum"], None]


_KNOWN: Final = frozenset(
    {
        "description",
        "format",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "propertyOrdering",
        "required",
        "title",
        "type",
    }
)
_SILENT: Final = frozenset({"$anchor", "$comment", "$defs", "$id", "$schema", "definitions"})
"""Keywords that say nothing of values, or whose parts stand where they are referred to."""

_QUOTED: Final = re.compile(rb"%([0-9A-Fa-f]{2})")

HELP: Final = "write the schema without references that go round or nowhere"
CYCLE: Final = "it refers to itself"
UNRESOLVED: Final = "it refers to a part that is not there"
TOO_LARGE: Final = "it is too large with its references resolved"
MAX_PARTS: Final = 20_000


class Lowering:
    """One schema, written with the keywords the API knows. References stand resolved in their place."""

    def __init__(self, root: JsonObject, field: str) -> None:
        self._root = root
        self._field = field
        self._parts = 0
        self.lost: dict[str, None] = {}
        """Keywords that were left out, in the order in which they were met."""

    def lowered(self) -> JsonObject:
        """The schema. Raises `body-unsupported` where its references go round or nowhere."""
        lowered: JsonObject = self._lower(self._root, ())
        return lowered

    def _lower(self, schema: Any, open_refs: tuple[str, ...]) -> JsonObject:
        if not isinstance(schema, dict):
            if schema is False:
                self.lost["false"] = None
            return {}
        self._parts += 1
        if len(open_refs) > MAX_DEPTH or self._parts > MAX_PARTS:
            raise self._refused(TOO_LARGE)
        inside = (*open_refs, "")
        if isinstance(schema.get("$ref"), str):
            ref = schema["$ref"]
            if ref in open_refs:
                raise self._refused(CYCLE)
            target = self._resolved(ref)
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            return {**self._lower(target, (*open_refs, ref)), **self._lower(rest, inside)}
        lowered: JsonObject = {}
        for name, value in schema.items():
            self._member(lowered, name, value, schema, inside)
        for part in schema["allOf"] if isinstance(schema.get("allOf"), list) else ():
            self._merge(lowered, self._lower(part, inside))
        return lowered

    def _member(
        self, lowered: JsonObject, name: str, value: Any, schema: Mapping[str, Any], inside: tuple[str, ...]
    ) -> None:
        match name:
            case "properties" if isinstance(value, dict):
                lowered[name] = {key: self._lower(part, inside) for key, part in value.items()}
            case "anyOf" | "oneOf" | "prefixItems" if isinstance(value, list):
                lowered[name] = [self._lower(part, inside) for part in value]
            case "items" if isinstance(value, list):
                lowered["prefixItems"] = [self._lower(part, inside) for part in value]
            case "items":
                lowered[name] = self._lower(value, inside)
            case "additionalProperties":
                lowered[name] = value if isinstance(value, bool) else self._lower(value, inside)
            case "enum" if isinstance(value, list) and all(_is_plain(item) for item in value):
                lowered[name] = value
            case "const" if _is_plain(value):
                lowered["enum"] = [value]
            case "exclusiveMinimum" if _is_count(schema, value) and "minimum" not in schema:
                lowered["minimum"] = value + 1
            case "exclusiveMaximum" if _is_count(schema, value) and "maximum" not in schema:
                lowered["maximum"] = value - 1
            case "allOf":
                if not isinstance(value, list):
                    self.lost[name] = None
            case _ if name in _KNOWN:
                lowered[name] = value
            case _ if name not in _SILENT:
                self.lost[name] = None

    def _merge(self, into: JsonObject, part: JsonObject) -> None:
        for name, value in part.items():
            if name not in into:
                into[name] = value
            elif name == "properties" and not into[name].keys() & value.keys():
                into[name] = {**into[name], **value}
            elif name == "required" and isinstance(into[name], list) and isinstance(value, list):
                into[name] = list(dict.fromkeys([*into[name], *value]))
            elif into[name] != value:
                self.lost["allOf"] = None

    def _resolved(self, ref: str) -> Any:
        found: Any = self._root
        if not ref.startswith("#"):
            raise self._refused(UNRESOLVED)
        for step in ref[1:].split("/")[1:]:
            name = _unquoted(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, dict) and name in found:
                found = found[name]
            else:
                raise self._refused(UNRESOLVED)
        return found

    def _refused(self, reason: str) -> OfframpError:
        return Refusal(self._field, reason, HELP).error()


def _unquoted(step: str) -> str:
    """A step of a reference without its percent signs."""
    return _QUOTED.sub(lambda code: bytes([int(code.group(1), 16)]), step.encode()).decode("utf-8", "replace")


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _is_count(schema: Mapping[str, Any], value: Any) -> bool:
    return schema.get("type") == "integer" and isinstance(value, int) and not isinstance(value, bool)
