"""Schemas on their way into and out of the generateContent API."""

from typing import Any

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects.gemini_generate.schema import MAX_PARTS, Lowering, lifted

PET = {"type": "object", "properties": {"name": {"type": "string"}}}


def lowered(schema: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    lowering = Lowering(schema, "tools.schema")
    return lowering.lowered(), list(lowering.lost)


def test_references_stand_in_their_place() -> None:
    schema = {
        "$defs": {"pet": PET, "a/b": {"type": "integer"}},
        "type": "object",
        "properties": {
            "one": {"$ref": "#/$defs/pet", "description": "first"},
            "two": {"type": "array", "items": {"$ref": "#/$defs/pet"}},
            "three": {"$ref": "#/$defs/a~1b"},
        },
    }
    assert lowered(schema) == (
        {
            "type": "object",
            "properties": {
                "one": {**PET, "description": "first"},
                "two": {"type": "array", "items": PET},
                "three": {"type": "integer"},
            },
        },
        [],
    )


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"n": {"properties": {"next": {"$ref": "#/$defs/n"}}}}, "$ref": "#/$defs/n"},
        {"type": "object", "properties": {"self": {"$ref": "#"}}},
        {"$ref": "#/$defs/none"},
        {"$ref": "https://example.org/schema"},
        {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"},
    ],
)
def test_references_that_go_round_or_nowhere_are_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(OfframpError) as caught:
        lowered(schema)
    assert caught.value.code == "body-unsupported"
    assert "`tools.schema`" in caught.value.message


def test_references_that_multiply_are_refused_in_time() -> None:
    doubling = {f"d{n}": {"anyOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)}
    schema = {"$defs": {**doubling, "d40": {"type": "string"}}, "$ref": "#/$defs/d0"}
    lowering = Lowering(schema, "tools.schema")
    with pytest.raises(OfframpError, match="too large"):
        lowering.lowered()
    assert lowering._parts <= MAX_PARTS + 1


def test_what_the_api_does_not_know_is_named() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "pattern": "^x", "default": "x"},
            "b": {"const": True},
            "c": {"const": "x"},
            "d": {"type": "integer", "exclusiveMinimum": 0},
            "e": {"type": "number", "exclusiveMinimum": 0},
            "f": {"enum": ["x", None]},
            "g": {"not": {"type": "null"}},
        },
    }
    body, lost = lowered(schema)
    assert body["properties"] == {
        "a": {"type": "string"},
        "b": {},
        "c": {"enum": ["x"]},
        "d": {"type": "integer", "minimum": 1},
        "e": {"type": "number"},
        "f": {},
        "g": {},
    }
    assert lost == ["pattern", "default", "const", "exclusiveMinimum", "enum", "not"]


def test_parts_that_must_all_hold_become_one() -> None:
    one = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    two = {"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}
    assert lowered({"allOf": [one, two], "title": "T"}) == (
        {
            "title": "T",
            "type": "object",
            "properties": {**one["properties"], **two["properties"]},  # type: ignore[dict-item]
            "required": ["a", "b"],
        },
        [],
    )
    assert lowered({"allOf": [{"type": "string"}, {"type": "integer"}]}) == ({"type": "string"}, ["allOf"])


def test_the_apis_own_kind_becomes_json_schema() -> None:
    schema = {
        "type": "OBJECT",
        "properties": {
            "b": {"type": "STRING", "nullable": True, "format": "enum", "enum": ["x"]},
            "a": {"type": "ARRAY", "items": {"type": "INTEGER"}, "maxItems": "3"},
            "c": {"anyOf": [{"type": "STRING"}], "nullable": True},
            "d": {"ref": "#/defs/pet"},
        },
        "propertyOrdering": ["a", "b"],
        "defs": {"pet": {"type": "OBJECT", "example": {}}},
    }
    lift = lifted(schema)
    assert list(lift["properties"]) == ["a", "b", "c", "d"]
    assert lift == {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": {"type": "integer"}, "maxItems": 3},
            "b": {"type": ["string", "null"], "enum": ["x", None]},
            "c": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "d": {"$ref": "#/$defs/pet"},
        },
        "$defs": {"pet": {"type": "object", "examples": [{}]}},
    }
