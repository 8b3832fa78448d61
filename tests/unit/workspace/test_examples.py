"""The example organisation is read whole, and its files validate against the published schemas."""

from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from offramp.workspace import json_schema, load, load_instruments

AGENCY = Path(__file__).parents[3] / "examples" / "agency"


class _CoreSchema(yaml.SafeLoader):
    """Dates stay text, as the reader keeps them."""


_CoreSchema.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("path", sorted(AGENCY.glob("declarations/*.yaml")), ids=lambda path: path.name)
def test_declarations_validate(path: Path) -> None:
    jsonschema_rs.validator_for(json_schema("declarations")).validate(read(path))


def test_the_workspace_validates() -> None:
    jsonschema_rs.validator_for(json_schema("workspace")).validate(read(AGENCY / "offramp.yaml"))


def test_the_workspace_loads_with_its_instruments() -> None:
    workspace = load(AGENCY)
    assert len(workspace.declared) == len(list(AGENCY.glob("declarations/*.yaml")))
    assert load_instruments(workspace).norms


def read(path: Path) -> object:
    return yaml.load(path.read_text(encoding="utf-8"), _CoreSchema)
