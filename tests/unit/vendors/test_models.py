"""The tables of models: they read, they are found by the names callers write, and unknown stays unknown."""

from datetime import date
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.vendors import VENDORS
from offramp.vendors.models import check_models, load_models, model_of, read_models

TABLE = """
schema = "offramp/models/v1"
vendor = "example-a"

[[models]]
names = ["large-2"]
source = "a page"
basis = "checked"
checked = 2026-01-02
context = 1000
"""


def test_every_packaged_table_is_of_a_vendor_with_a_profile_and_says_what_it_rests_on() -> None:
    tables = load_models()
    assert set(tables) <= set(VENDORS)
    assert len(tables) >= 10
    for models in tables.values():
        assert all(model.source and (model.checked or model.basis == "recorded") for model in models)


@pytest.mark.parametrize("name", ["claude-opus-4-8", "claude-opus-4-8-20270101", "claude-opus-4-8-latest"])
def test_a_date_after_a_name_is_the_same_model(name: str) -> None:
    found = model_of("anthropic", name)
    assert found is not None
    assert found.knobs == ()
    assert found.prefill is False


def test_a_dated_name_with_an_entry_of_its_own_wins() -> None:
    found = model_of("openai", "gpt-4o-2024-05-13")
    assert found is not None
    assert found.retires == date(2026, 10, 23)


def test_a_name_nobody_listed_is_unknown() -> None:
    assert model_of("anthropic", "claude-opus-99") is None
    assert model_of("example-a", "claude-opus-4-8") is None


def test_a_table_of_ones_own_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "example-a.toml").write_text(TABLE)
    (model,) = load_models(tmp_path)["example-a"]
    assert (model.context, model.vision, model.output) == (1000, None, None)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("context = 1000", 'context = "many"', "Expected `int"),
        ("context = 1000", "speed = 3", "unknown field"),
        ("context = 1000", 'knobs = ["heat"]', "no sampling knob"),
        ("context = 1000", 'efforts = ["huge"]', "no level of effort"),
        ("context = 1000", 'efforts = ["low"]\nbudget = [1, 2]', "not by both"),
        ("context = 1000", "input_price = -1.0", "below zero"),
        ('vendor = "example-a"', 'vendor = "example-b"', "not the name of the file"),
        ("checked = 2026-01-02", "", "needs the day"),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, said: str) -> None:
    with pytest.raises(OfframpError, match=said):
        read_models("example-a.toml", TABLE.replace(old, new))


def test_doubts() -> None:
    text = TABLE.replace("context = 1000", "context = 1000\noutput = 2000")
    read = read_models("example-a.toml", text)
    (doubt,) = check_models("example-a.toml", read, today=date(2026, 1, 3))
    assert "more than it reads" in doubt.message
    assert len(check_models("example-a.toml", read, today=date(2026, 1, 1))) == 2
