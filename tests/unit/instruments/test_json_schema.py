"""The published schema takes every document that loads, and refuses what the loader would not read."""

import re
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from offramp.instruments import Source, json_schema, load

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```yaml[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CASES = sorted((ROOT / "tests" / "cases" / "instruments").glob("*.md"))
EXAMPLES = sorted(
    path
    for path in (ROOT / "examples").rglob("*.yaml")
    if "schema: offramp.instruments/v1" in path.read_text(encoding="utf-8")
)
HEAD = """schema: offramp.instruments/v1
instruments:
  - {id: a, kind: order, title: t, issuer: i, basis: text, source: {document: d}, issued: 2030-01-01, """


class _CoreSchema(yaml.SafeLoader):
    """Dates stay text, and so do `yes` and `no`, as the reader keeps them."""


_CoreSchema.yaml_implicit_resolvers = {
    first: [
        (tag, re.compile("^(?:true|false)$") if tag.endswith(":bool") else pattern)
        for tag, pattern in resolvers
        if not tag.endswith((":timestamp", ":float"))
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json_schema(), validate_formats=True)


def read(text: str) -> object:
    return yaml.load(text, _CoreSchema)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > 5


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_example_is_valid(path: Path, validator: jsonschema_rs.Validator) -> None:
    validator.validate(read(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_case_that_loads_is_valid(case: Path, validator: jsonschema_rs.Validator) -> None:
    text = case.read_text(encoding="utf-8")
    if "```problems" in text:
        return
    for block in BLOCK.findall(text):
        validator.validate(read(block))


@pytest.mark.parametrize("page", ["docs/reference/instruments.md", "spec/instruments.md"])
def test_every_document_in_the_pages_loads_and_is_valid(
    page: str, validator: jsonschema_rs.Validator
) -> None:
    documents = [
        block
        for block in BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
        if block.startswith("schema:")
    ]
    assert documents
    for number, block in enumerate(documents):
        load([Source(f"{page}-{number}.yaml", block)])
        validator.validate(read(block))


@pytest.mark.parametrize(
    "rest",
    [
        "colour: red",
        "kind: commandment",
        "stays: [{until: 2030-02-01}]",
        "extends: [{of: a}]",
        "extends: [{of: a, by: P1M, until: 2030-02-01}]",
        "settles: {q: {from: 2030-02-01}}",
        "until: {within: P6M, since: issued}",
        "norms: [{id: n, effect: forbid}]",
        "norms: [{id: n, effect: prohibit, scope: {model: {but: x}}}]",
        "norms: [{id: n, effect: oblige, duty: {within_days: -1}}]",
        "norms: [{id: n, effect: oblige, duty: {when: soon}}]",
    ],
)
def test_what_the_loader_does_not_read_is_not_valid(rest: str, validator: jsonschema_rs.Validator) -> None:
    document = read(HEAD + "}")
    assert isinstance(document, dict)
    assert validator.is_valid(document)
    document["instruments"][0].update(read(f"{{{rest}}}"))
    assert not validator.is_valid(document)
