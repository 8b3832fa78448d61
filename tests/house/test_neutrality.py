"""Code names no vendor outside the rooms that are about formats and profiles.

The names come from the profiles: words that mean a vendor and nothing else, shapes of model names, hosts and
names of keys. The slugs of dialects name formats, not vendors, and may stand anywhere.
"""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

MAY_NAME_VENDORS = {"dialects", "codemods", "vendors"}


@pytest.fixture(scope="module")
def names(root: Path) -> tuple[str, ...]:
    """Patterns of what means one vendor: names, model names, hosts and environment names."""
    found: set[str] = set()
    for path in (root / "src" / "offramp" / "vendors" / "profiles").glob("*.toml"):
        profile = tomllib.loads(path.read_text(encoding="utf-8"))
        found.update(map(re.escape, profile["words"]["names"]))
        found.update(profile.get("models", {}).get("patterns", ()))
        found.update(map(re.escape, profile.get("endpoints", {}).get("hosts", ())))
        found.update(map(re.escape, profile.get("credentials", {}).get("env", ())))
    assert found, "no vendor profile has words.names: this test would pass on anything"
    return tuple(sorted(found))


@pytest.fixture(scope="module")
def formats(root: Path) -> tuple[str, ...]:
    """Slugs of the dialects."""
    folders = (root / "src" / "offramp" / "dialects").glob("*/__init__.py")
    return tuple(sorted(path.parent.name.replace("_", "-") for path in folders))


def named_in(text: str, names: Iterable[str], formats: Iterable[str]) -> list[tuple[int, str]]:
    """Line and name of every vendor named, letters around a name excepted."""
    for slug in formats:
        text = text.replace(slug, "·" * len(slug))
    pattern = re.compile(r"(?<![a-z])(?:" + "|".join(names) + r")(?![a-z])", re.I)
    return [(text.count("\n", 0, match.start()) + 1, match.group()) for match in pattern.finditer(text)]


def test_code_names_no_vendor(
    modules: tuple[Any, ...], names: tuple[str, ...], formats: tuple[str, ...]
) -> None:
    partial = [
        f"{module.shown}:{line} `{name}`"
        for module in modules
        if module.room not in MAY_NAME_VENDORS
        for line, name in named_in(module.text, names, formats)
    ]
    assert not partial, (
        "a vendor is data: ask the profile or the registry, and use `example-a` in examples:\n"
        + "\n".join(partial)
    )


def test_a_name_is_found_wherever_it_stands() -> None:
    text = "x = 'acme-chat'\nACME_API_KEY = 1\npharmacme = 2\nif vendor == 'Acme':\n"
    assert named_in(text, ["acme"], ["acme-chat"]) == [(2, "ACME"), (4, "Acme")]
