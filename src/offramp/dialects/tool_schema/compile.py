"""Tools into one JSON schema: `{"name": <tool>, "arguments": {…}}` for each tool that may be called.

The form is what grammar compilers of local servers accept: constants, `anyOf`, and references from the
root. Tool schemas move into `$defs` with their own references rewritten.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects.json_schema import mapped, subschemas
from offramp.dialects.loss import Effect, Loss
from offramp.dialects.turns import Tool

_NOT_ENFORCED: Final = frozenset(
    {
        "contains",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "if",
        "maxContains",
        "maxProperties",
        "minContains",
        "minProperties",
        "multipleOf",
        "not",
        "patternProperties",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
        "uniqueItems",
    }
)
"""Keywords that grammar compilers pass over."""

NOT_ENFORCED: Final = Loss(
    "tools.schema", "the upstream does not enforce every keyword of the tools' schemas", Effect.CONTROL
)


def call_schema(tools: Sequence[Tool], answer: JsonObject | None = None) -> JsonObject:
    """A schema that exactly the calls of `tools` satisfy, and `answer` where that is allowed as well."""
    named = {f"t{number}": _closed_if_empty(tool.schema) for number, tool in enumerate(tools)}
    definitions = {key: _moved(schema, f"#/$defs/{key}") for key, schema in named.items()}
    options = [_call(tool.name, key) for tool, key in zip(tools, named, strict=True)]
    if answer is not None:
        definitions["answer"] = _moved(answer, "#/$defs/answer")
        options.append({"$ref": "#/$defs/answer"})
    if len(options) == 1:
        return {**options[0], "$defs": definitions}
    return {"anyOf": options, "$defs": definitions}


def _call(name: str, key: str) -> JsonObject:
    return {
        "type": "object",
        "properties": {"name": {"const": name}, "arguments": {"$ref": f"#/$defs/{key}"}},
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _closed_if_empty(schema: JsonObject) -> JsonObject:
    """A tool that declares no arguments gets none; left open, a weak model would invent them at length."""
    says_more = {"properties", "anyOf", "oneOf", "allOf", "$ref", "additionalProperties", "patternProperties"}
    if schema.get("properties") or schema.keys() & (says_more - {"properties"}):
        return schema if "type" in schema or "$ref" in schema else {"type": "object", **schema}
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _moved(schema: JsonObject, root: str) -> JsonObject:
    def rewrite(part: JsonObject) -> JsonObject:
        reference = part.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            return {**part, "$ref": root + reference[1:]}
        return part

    moved: JsonObject = mapped(schema, rewrite)
    return moved


def has_loose_keywords(tools: Sequence[Tool]) -> bool:
    """Whether a schema uses a keyword the upstream will pass over."""
    return any(_is_loose(part) for tool in tools for part in subschemas(tool.schema))


def _is_loose(schema: Mapping[str, Any]) -> bool:
    return not _NOT_ENFORCED.isdisjoint(schema)
