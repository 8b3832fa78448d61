"""Somebody writes a profile of their own: told what is wrong with it, then finds uses with it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

GOOD = Path(__file__).parents[1] / "cases" / "profiles" / "example-a.toml"


def test_a_profile_is_checked_mended_and_used(offramp: Callable[..., Any], here: Path) -> None:
    folder = here / "my-vendors"
    folder.mkdir()
    text = GOOD.read_text(encoding="utf-8")
    place = folder / "example-a.toml"
    place.write_text(text.replace('"example.a:sdk"', '"example.a"'), encoding="utf-8")

    ran = offramp("vendors", "check", "my-vendors/example-a.toml", "--format", "json")
    assert ran.code == 2
    (problem,) = json.loads(ran.out)["problems"]
    assert problem["line"] == text[: text.index('"example.a:sdk"')].count("\n") + 1
    assert "maven" in problem["message"]

    place.write_text(text, encoding="utf-8")
    assert offramp("vendors", "check", "--profiles", "my-vendors").code == 0
    (here / "app").mkdir()
    (here / "app" / "build.gradle").write_text("implementation 'example.a:sdk:1'\n", encoding="utf-8")
    ran = offramp("scan", "app", "--profiles", "my-vendors", "--vendor", "example-a", "--format", "json")
    assert ran.code == 1
    assert [one["kind"] for one in json.loads(ran.out)["findings"]] == ["dependency"]


def test_our_own_profiles_hold_and_an_empty_folder_is_told(offramp: Callable[..., Any], here: Path) -> None:
    ran = offramp("vendors", "check", "--format", "json")
    assert ran.code == 0
    assert json.loads(ran.out)["problems"] == []
    (here / "empty").mkdir()
    assert offramp("vendors", "check", "--profiles", "empty").code == 3
    assert offramp("vendors", "check", "nowhere.toml").code == 2
