"""Loading: hostile and odd documents end in located errors; the schema accepts what loads."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from offramp.core.errors import OfframpError
from offramp.instruments import Source, json_schema, load

US = Path(__file__).parents[3] / "examples" / "us-2026"


class PlainLoader(yaml.SafeLoader):
    """YAML as editors read it: dates stay text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def error_of(text: str) -> OfframpError:
    with pytest.raises(OfframpError) as caught:
        load([Source("x.yaml", text)])
    return caught.value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "document-empty"),
        ("- a\n- b\n", "type-wrong"),
        ("schema: offramp.instruments/v2\n", "schema-unknown"),
        ("schema: &a offramp.instruments/v1\nabout: *a\n", "yaml-unreadable"),
        ("schema: offramp.instruments/v1\nabout: {title: [\n", "yaml-unreadable"),
        ("a: 1\n---\nb: 2\n", "yaml-unreadable"),
        ("schema: offramp.instruments/v1\nabout: " + "[" * 200 + "]" * 200, "yaml-unreadable"),
        ("schema: offramp.instruments/v1\n\x00", "yaml-unreadable"),
        ("schema: !!python/object:os.system x\n", "schema-unknown"),
        ("schema: offramp.instruments/v1\nschema: offramp.instruments/v1\n", "key-twice"),
        ("schema: offramp.instruments/v1\n" + "#" * 2_000_001, "document-too-large"),
    ],
)
def test_odd_documents_end_in_an_error_with_a_place(text: str, code: str) -> None:
    error = error_of(text)
    assert error.code == code
    assert error.where is not None
    assert error.where.path == "x.yaml"


def ordered(condition: str, terms: str = "{}", when: str = "from: 2030-01-01") -> str:
    """One document with one norm under a condition."""
    binds = "binds: {kinds: [company]}, vendor: v, action: use, quote: q"
    return (
        f"schema: offramp.instruments/v1\nterms: {terms}\ninstruments:\n  - {{id: o, kind: order, title: t,"
        " issuer: i, basis: text, source: {document: d}, announced: 2026-01-01,"
        f" norms: [{{id: a, effect: prohibit, {binds}, when: '{condition}', {when}}}]}}\n"
    )


def test_an_expression_that_nests_too_deep_is_refused() -> None:
    deep = "!" + "(!" * 120 + "context.force" + ")" * 120
    assert error_of(ordered(deep)).code in ("condition-too-deep", "condition-unreadable")


@pytest.mark.parametrize(
    "condition",
    [
        "(" * 3000 + "context.force" + ")" * 3000,
        " && ".join(["context.force"] * 3000),
        "[" * 3000 + "]" * 3000,
        "context.persons" + "+1" * 3000 + " > 1",
        "context" + ".a" * 3000,
    ],
    ids=["brackets", "and", "lists", "sum", "dots"],
)
def test_an_expression_too_long_for_the_parser_never_reaches_it(condition: str) -> None:
    error = error_of(ordered(condition))
    assert error.code == "condition-too-long"
    assert error.where is not None


def test_a_long_list_of_values_is_no_long_expression() -> None:
    names = ", ".join(f'"m-{number}.0"' for number in range(2000))
    assert set(load([Source("x.yaml", ordered(f"[{names}].contains(context.model)"))]).norms) == {"o.a"}


@pytest.mark.parametrize("body", ["$t{0} && $t{0}", "$t{0}"], ids=["doubling", "a chain"])
def test_terms_that_grow_without_end_are_refused(body: str) -> None:
    terms = ", ".join(f"t{number}: '{body.format(number - 1)}'" for number in range(1, 600))
    error = error_of(ordered("$t599", terms=f"{{t0: context.force, {terms}}}"))
    assert error.code == "condition-too-long"


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ("from: 2026-03-08T02:30", "instant-ambiguous"),  # clocks go forward: no such time
        ("from: 2026-11-01T01:30", "instant-ambiguous"),  # clocks go back: twice
        ("until: 9999-12-31", "instant-out-of-range"),
        ("from: 2030-03-05, until: 2030-03-01", "until-before-from"),
        ("from: 2026-02-30", "instant-unreadable"),
    ],
)
def test_a_time_that_cannot_be_meant_is_told_at_its_place(when: str, code: str) -> None:
    error = error_of("zone: America/New_York\n" + ordered("true", when=when))
    assert error.code == code
    assert error.where is not None
    assert error.where.line == 5


def test_a_time_with_its_offset_is_taken_when_clocks_change() -> None:
    whens = (
        "from: 2026-03-08T02:30-05:00",
        "from: 2026-11-01T01:30-04:00",
        "from: 2026-11-01, until: 2026-11-01",
    )
    for when in whens:
        load([Source("x.yaml", "zone: America/New_York\n" + ordered("true", when=when))])


def test_two_documents_share_words_and_refuse_the_same_id() -> None:
    text = (
        "schema: offramp.instruments/v1\ninstruments:\n"
        "  - {id: o, kind: law, title: t, issuer: i, basis: text, source: {document: d}, from: 2030-01-01}\n"
    )
    with pytest.raises(OfframpError) as caught:
        load([Source("a.yaml", text), Source("b.yaml", text)])
    assert caught.value.code == "id-twice"
    assert str(caught.value.where) == "b.yaml:3:5"


@pytest.mark.parametrize("path", sorted(US.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_published_schema_accepts_the_examples(path: Path) -> None:
    document: Any = yaml.load(path.read_text(), Loader=PlainLoader)
    validator = jsonschema_rs.Draft202012Validator(json_schema())
    assert [error.message for error in validator.iter_errors(document)] == []


@pytest.mark.parametrize("path", sorted(US.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_instrument_of_the_example_is_reported_and_sourced(path: Path) -> None:
    every = load([Source(one.name, one.read_text()) for one in sorted(US.glob("*.yaml"))])
    for instrument in every.instruments.values():
        assert instrument.basis.value == "reported"
        assert instrument.source.document
        assert instrument.source.date
        assert all(norm.says and not norm.is_quote for norm in instrument.norms)


def test_the_example_of_the_reference_page_loads() -> None:
    page = (US.parents[1] / "docs" / "reference" / "instruments.md").read_text(encoding="utf-8")
    loaded = load([Source("reference.yaml", page.split("```yaml\n")[1].split("```")[0])])
    assert {"order-7.stop", "order-7.tell", "waiver-7.pilots"} <= set(loaded.norms)
