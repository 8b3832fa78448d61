"""Typed values: what is read, and what each problem says and points at."""

from enum import StrEnum

from offramp.core.errors import OfframpError
from offramp.core.yaml_values import Codes, Fields, read

CODES = Codes(missing="missing", shape="shape", value="value", word="word")
KNOWN = ("name", "days", "open", "mode", "tags", "inner", "facts")


class Mode(StrEnum):
    """A closed set."""

    FAST = "fast"
    SAFE = "safe"


def fields(text: str, problems: list[OfframpError], *, required: tuple[str, ...] = ()) -> Fields:
    value = read(text, "x.yaml", "the thing", CODES, problems)
    assert value is not None
    return value.fields(KNOWN, required=required)


def told(problems: list[OfframpError]) -> list[str]:
    return [f"{one.code} {one.where}: {one.message}" for one in problems]


def test_what_is_written_is_read() -> None:
    problems: list[OfframpError] = []
    text = (
        "{name: ' A ', days: 3, open: true, mode: safe, tags: [a, 2], inner: {k: {name: x}}, facts: {n: 1}}"
    )
    read_fields = fields(text, problems, required=("name",))
    assert read_fields.text("name") == "A"
    assert read_fields.number("days", least=0, most=3) == 3
    assert read_fields.flag("open")
    assert read_fields.choice("mode", Mode, Mode.FAST) is Mode.SAFE
    assert read_fields.texts("tags") == ("a", "2")
    assert [(name, one.text("name")) for name, one in read_fields.tables("inner", "part", ("name",))] == [
        ("k", "x")
    ]
    assert read_fields.facts("facts") == {"n": 1}
    assert problems == []


def test_what_is_not_written_has_its_default() -> None:
    problems: list[OfframpError] = []
    read_fields = fields("{name: , mode: ~}", problems)
    assert "name" not in read_fields
    assert read_fields.text("name", default="x") == "x"
    assert read_fields.number("days", default=7) == 7
    assert read_fields.flag("open", default=True)
    assert read_fields.choice("mode", Mode, Mode.FAST) is Mode.FAST
    assert (read_fields.texts("tags"), read_fields.items("tags", "a tag")) == ((), ())
    assert problems == []


def test_every_problem_is_told_where_it_stands() -> None:
    problems: list[OfframpError] = []
    text = "name: ''\ndays: 9\nopen: yes\nmode: saef\ntags: {a: 1}\nnmae: 1\ninner: {k: 3}\nfacts: {n: }\n"
    read_fields = fields(text, problems, required=("name", "days"))
    read_fields.text("name")
    read_fields.number("days", least=0, most=3)
    read_fields.flag("open")
    read_fields.choice("mode", Mode, Mode.FAST)
    read_fields.texts("tags")
    assert list(read_fields.tables("inner", "part", ("name",))) == []
    assert read_fields.facts("facts") == {}
    assert told(problems) == [
        "key-unknown x.yaml:6:1: the thing has no `nmae`",
        "value x.yaml:1:7: `name` of the thing must be text that is not empty, not nothing",
        "value x.yaml:2:7: `days` of the thing must be a whole number from 0 to 3, not `9`",
        "value x.yaml:3:7: `open` of the thing must be `true` or `false`, not `yes`",
        "word x.yaml:4:7: `mode` of the thing cannot be `saef`",
        "value x.yaml:5:7: `tags` of the thing must be a list, not names with values",
        "shape x.yaml:7:12: part `k` must be names with values, not `3`",
        "value x.yaml:8:12: fact `n` must be text, a whole number, `true` or `false`, not nothing",
    ]
    assert problems[0].help == "did you mean `name`?"
    assert problems[4].help == "did you mean `safe`?"


def test_what_is_missing_is_told_at_the_table() -> None:
    problems: list[OfframpError] = []
    fields("\n\ndays: 1\nname:\n", problems, required=("name", "days"))
    assert told(problems) == ["missing x.yaml:3:1: the thing needs `name`"]


def test_a_bare_boolean_is_not_text() -> None:
    problems: list[OfframpError] = []
    assert fields("name: true", problems).text("name") == ""
    assert fields("name: 'true'", problems).text("name") == "true"
    assert [one.code for one in problems] == ["value"]


def test_one_table_lies_over_another() -> None:
    problems: list[OfframpError] = []
    below = fields("{name: below, days: 1}", problems)
    over = fields("{name: over, days: }", problems).over(below)
    assert (over.text("name"), over.number("days")) == ("over", 1)
