"""A check says what is doubtful about a profile, and on which line it stands."""

from datetime import date
from pathlib import Path

import pytest

from offramp.vendors import check_profiles

GOOD = Path(__file__).parents[2] / "cases" / "profiles" / "example-a.toml"
TODAY = date(2026, 3, 5)


def test_packaged_profiles_have_no_problem() -> None:
    found = check_profiles(today=date(2100, 1, 1))
    assert [one.render() for one in found.problems] == []
    assert len(found.paths) >= 8


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('networks = ["198.51.100.0/25"', 'networks = ["198.51.100.9/25"', "is no network"),
        ('hosts = ["api.', 'hosts = ["https://api.', "is no host"),
        ('pypi = ["example-a",', 'pypi = ["example-a", "example-a",', "stands twice"),
        ('"example.a:sdk"', '"example.a.sdk"', "no package of `maven`"),
        ("aria-[0-9][a-z0-9.-]*'", "[a-z0-9.-]+'", "matches `a`"),
        ("aria-[0-9][a-z0-9.-]*'", "aria-(?=[0-9])[a-z0-9]+'", "not for both engines"),
        ("'exa-[A-Za-z0-9]{24,}'", "'[A-Za-z0-9]{24,}'", "has no prefix"),
        ('AriaCloudClient = "vertex"', 'AriaCloud = "vertex"', "which no list"),
        ('ambiguous = ["Aria",', 'ambiguous = ["examplea",', "also does not"),
        (
            "in_context = ['aria']",
            "in_context = ['aria']\naliases = { bolt = 'aria-3' }",
            "no pattern matches `bolt`",
        ),
        ("checked = 2026-01-01\nnames", "checked = 2026-12-01\nnames", "still to come"),
        ('source = "https://example-a.example/keys"', 'source = " "', "names no source"),
        ('env = ["EXAMPLE_A_API_KEY", "EXAMPLE_A_ACCOUNT_ID"]', 'env = ["KEY"]', "no name of a setting"),
    ],
)
def test_each_problem_is_told_with_its_line(tmp_path: Path, old: str, new: str, words: str) -> None:
    text = GOOD.read_text(encoding="utf-8")
    assert old in text
    place = tmp_path / "example-a.toml"
    place.write_text(text.replace(old, new, 1), encoding="utf-8")
    (problem,) = check_profiles([place], today=TODAY).problems
    assert words in problem.message
    assert problem.where is not None
    assert problem.where.line > 1
    assert problem.help


def test_all_problems_of_all_files_are_told_together(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8")
    (tmp_path / "example-a.toml").write_text(text.replace("api.example-a", "API.example-a"), encoding="utf-8")
    (tmp_path / "example-c.toml").write_text('schema = "offramp/vendor/v1"\nid = 3\n', encoding="utf-8")
    (tmp_path / "example-d.toml").write_bytes(b"\xff")
    missing = tmp_path / "example-e.toml"
    found = check_profiles([*sorted(tmp_path.glob("*.toml")), missing], today=TODAY)
    assert [Path(one.where.path).stem for one in found.problems if one.where] == [
        "example-a", "example-c", "example-d", "example-e",
    ]  # fmt: skip
