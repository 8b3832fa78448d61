"""The published schemas say what the reader reads."""

from typing import Any

import jsonschema_rs
import pytest
import yaml

from offramp.core.findings import Route
from offramp.workspace import declarations, json_schema, parties, routing, words
from offramp.workspace.declarations import DECLARATION
from offramp.workspace.load import KEYS
from offramp.workspace.model import DeclarationKind


def keys_of(schema: dict[str, Any]) -> set[str]:
    return set(schema["properties"])


def test_the_workspace_schema_has_the_readers_keys() -> None:
    schema = json_schema("workspace")
    inner = schema["properties"]
    named = {
        name: inner[name]["additionalProperties"]
        for name in ("systems", "applications", "upstreams", "routes", "successors")
    }
    assert keys_of(schema) == set(KEYS)
    assert keys_of(inner["organisation"]) == set(parties.ORGANISATION)
    assert keys_of(named["systems"]) == set(parties.SYSTEM)
    assert keys_of(named["applications"]) == set(parties.APPLICATION)
    assert keys_of(named["upstreams"]) == set(routing.UPSTREAM)
    assert keys_of(named["routes"]) == set(routing.ROUTE)
    assert keys_of(named["routes"]["properties"]["targets"]["items"]) == set(routing.TARGET)
    assert keys_of(named["successors"]) == set(routing.SUCCESSOR)
    assert keys_of(inner["stance"]) == set(parties.STANCE)
    assert keys_of(schema["$defs"]["secret"]) == set(words.SECRET)


def test_the_declarations_schema_has_the_readers_keys_and_words() -> None:
    schema = json_schema("declarations")
    entry = schema["properties"]["declarations"]["items"]
    assert keys_of(schema) == set(declarations.KEYS)
    assert keys_of(entry) == set(DECLARATION)
    assert entry["properties"]["kind"]["enum"] == [kind.value for kind in DeclarationKind]
    assert entry["properties"]["route"]["enum"] == [route.value for route in Route]


@pytest.mark.parametrize("name", ["workspace", "declarations"])
def test_each_schema_is_a_schema(name: str) -> None:
    jsonschema_rs.meta.validate(json_schema(name))


def test_a_good_file_validates_and_a_bad_one_does_not() -> None:
    validator = jsonschema_rs.validator_for(json_schema("workspace"))
    good = yaml.safe_load(
        "{schema: offramp/workspace/v1, organisation: {name: X, kinds: [company]}, systems: {a: {owner: B}}}"
    )
    assert validator.is_valid(good)
    assert not validator.is_valid({**good, "sistems": {}})
    assert not validator.is_valid({**good, "systems": {"A b": {"owner": "B"}}})
