"""Whatever a document holds, loading gives instruments or problems with places, and never anything else."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.errors import OfframpError, Problems
from offramp.instruments import Source, change_points, json_schema, load
from offramp.instruments.calendar import calendar


def names_in(schema: object) -> set[str]:
    """Every key the language has."""
    if isinstance(schema, list):
        return {name for one in schema for name in names_in(one)}
    if not isinstance(schema, dict):
        return set()
    return {name for one in schema.values() for name in names_in(one)} | set(schema.get("properties", ()))


KEYS = sorted(names_in(json_schema()))
WORDS = (
    "order",
    "stay",
    "ruling",
    "extension",
    "demand",
    "prohibit",
    "permit",
    "oblige",
    "lift",
    "entitle",
    "company",
    "anyone",
    "use",
    "any",
    "text",
    "in_force",
    "draft",
    "2030-01-01",
    "2030-02-30",
    "9999-12-31",
    "0001-01-01",
    "2030-03-10T02:30",
    "P6M",
    "P9999M",
    "P0D",
    "P1DT1H",
    "PT1H",
    "served",
    "issued",
    "begins",
    "us-federal",
    "weekdays",
    "DE-BY",
    "America/New_York",
    "Nowhere/City",
    "true",
    "context.force",
    "$t",
    "enum",
    "int",
    "bool",
    "judged",
    "purpose",
    "3 business days",
    'context.purpose in Purpose::"office"',
    "context.persons > 1 && !context.force",
    "",
)

scalars = st.one_of(
    st.sampled_from(WORDS), st.integers(-1, 10**9), st.booleans(), st.none(), st.text(max_size=4)
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=25,
)
norms = st.fixed_dictionaries(
    {
        "id": st.sampled_from(("a", "b")),
        "effect": st.sampled_from(("prohibit", "permit", "oblige")),
        "quote": st.just("q"),
    },
    optional={
        "binds": st.just({"kinds": ["company"]}) | trees,
        "vendor": st.just("any") | trees,
        "action": st.just("use") | trees,
        "from": scalars,
        "until": scalars,
        "duty": trees
        | st.dictionaries(st.sampled_from(("within", "every", "of", "by", "after")), scalars, max_size=2),
        "scope": trees,
        "when": scalars,
        "overrides": st.sampled_from(("one", "two", "one.a", "two.b", "three")),
        "strength": st.sampled_from(("lift", "entitle")),
        "readings": trees,
    },
)
of = st.sampled_from(("one", "two", "one.a", "two.b", "three"))
effects = st.lists(
    of
    | st.fixed_dictionaries(
        {"of": of}, optional={"from": scalars, "until": scalars, "by": scalars, "parties": trees}
    ),
    max_size=2,
)
instruments = st.fixed_dictionaries(
    {
        "id": st.sampled_from(("one", "two")),
        "kind": st.sampled_from(("order", "stay", "ruling", "extension", "demand")),
        "title": st.just("t"),
        "issuer": st.just("i"),
        "basis": st.just("text"),
        "source": st.just({"document": "d"}),
    },
    optional={
        "issued": st.just("2030-01-01") | scalars,
        "until": scalars,
        "served": trees,
        "norms": st.lists(norms, max_size=3),
        "stays": effects,
        "ends": effects,
        "extends": effects,
        "settles": trees,
    },
)
documents = st.fixed_dictionaries(
    {"schema": st.just("offramp.instruments/v1"), "instruments": st.lists(instruments, max_size=3) | trees},
    optional={
        "zone": scalars,
        "calendar": scalars,
        "calendars": trees,
        "vocabulary": trees,
        "facts": trees,
        "terms": trees,
        "readings": trees,
        "record_ends": trees,
    },
)


@settings(max_examples=120, deadline=None)
@given(documents)
def test_a_document_loads_or_says_where_it_does_not(document: object) -> None:
    try:
        loaded = load([Source("x.yaml", json.dumps(document))])
    except OfframpError as error:
        for one in error.problems if isinstance(error, Problems) else (error,):
            assert one.where is not None, one.code
            assert one.where.path == "x.yaml"
            assert one.help
        return
    assert change_points(loaded) is not None
    assert calendar(loaded) is not None


BOMB = (
    "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: [*b, *b, *b, *b, *b, *b]\n"
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "schema: offramp.instruments/v1\ninstruments: " + "[" * 5000,
        "schema: offramp.instruments/v1\ninstruments: " + "{a: " * 5000,
        "schema: offramp.instruments/v1\nabout: {note: '" + "x" * 2_100_000 + "'}\n",
        "schema: !!python/object/apply:os.system [id]\n",
        "schema: offramp.instruments/v1\nschema: offramp.instruments/v1\n",
        "\x00\x01\x02",
        "%YAML 9.9\n---\nschema: x",
        "schema: offramp.instruments/v1\n---\nschema: offramp.instruments/v1\n",
        "- - - -",
        "schema: offramp.instruments/v1\ninstruments:\n" + "  - {}\n" * 2000,
    ],
    ids=[
        "aliases",
        "lists",
        "tables",
        "large",
        "a call",
        "twice",
        "bytes",
        "version",
        "two",
        "a list",
        "many",
    ],
)
def test_hostile_text_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(OfframpError) as caught:
        load([Source("x.yaml", text)])
    found = caught.value.problems if isinstance(caught.value, Problems) else (caught.value,)
    assert all(one.where is not None for one in found)
