"""Profiles: what is wrong with one is told with its line; a user's own directory adds and replaces."""

from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.vendors import VENDORS, Basis, blocks, load_clouds, load_profiles, profile

GOOD = Path(__file__).parents[2] / "cases" / "profiles" / "example-a.toml"


def write(folder: Path, text: str, name: str = "example-a.toml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def problem_of(folder: Path) -> OfframpError:
    with pytest.raises(OfframpError) as caught:
        load_profiles(folder)
    return caught.value


def test_packaged_profiles_are_alphabetical_and_whole() -> None:
    assert list(VENDORS) == sorted(VENDORS)
    for one in VENDORS.values():
        assert one.words.names
        assert one.models.patterns or one.models.in_context or one.resells
        assert one.endpoints.hosts or one.endpoints.host_patterns
        assert one.credentials is not None or one.packages is not None


def test_packaged_profiles_say_what_was_not_checked() -> None:
    """Not everything was compared with something, and the profiles as a whole do not claim it."""
    bases = [block.basis for one in VENDORS.values() for _, block in blocks(one)]
    assert set(bases) == {Basis.CHECKED, Basis.RECORDED}
    assert any(block.unchecked for one in VENDORS.values() for _, block in blocks(one))


def test_a_directory_adds_a_vendor_without_any_code(tmp_path: Path) -> None:
    write(tmp_path, GOOD.read_text(encoding="utf-8"))
    known = load_profiles(tmp_path)
    assert set(known) == {*VENDORS, VendorId("example-a")}
    assert known[VendorId("example-a")].name == "Example A"


def test_an_unknown_field_is_told_with_its_line(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8").replace("env = [", 'colour = "red"\nenv = [', 1)
    found = problem_of(write(tmp_path, text))
    assert found.code == "profile-invalid"
    assert "colour" in found.message
    assert found.where is not None
    assert found.where.line == text[: text.index("colour")].count("\n") + 1


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "example-a"', 'id = "example-c"', "is not the file's name"),
        ("offramp/vendor/v1", "offramp/vendor/v2", "`offramp/vendor/v2` is not"),
        ("aria-[0-9][a-z0-9.-]*", "aria-([0-9", "is not one"),
        ("aria-[0-9][a-z0-9.-]*", "(?:aria)?", "matches nothing"),
        ("checked = 2026-01-01", "checked = soon", "not TOML"),
        ("checked = 2026-01-01\n", "", "`words` says it was checked, and not on which day"),
        ('basis = "checked"', 'basis = "recorded"', "`words` is only recorded, and yet speaks of a check"),
        ('basis = "checked"', 'basis = "believed"', "invalid enum value"),
        ('basis = "checked"\n', "", "missing required field `basis`"),
        (
            "names = [",
            'unchecked = ["Aria", "Arya"]\nnames = [',
            "`Arya` is no field and no entry of `words`",
        ),
    ],
)
def test_each_mistake_has_a_place_and_a_way_out(tmp_path: Path, old: str, new: str, words: str) -> None:
    found = problem_of(write(tmp_path, GOOD.read_text(encoding="utf-8").replace(old, new, 1)))
    assert words in found.message
    assert found.where is not None
    assert found.where.line > 0
    assert found.help


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    text = GOOD.read_text(encoding="utf-8")
    write(tmp_path, text.replace("offramp/vendor/v1", "x", 1))
    write(tmp_path, text.replace("aria-[0-9][a-z0-9.-]*", "(", 1), name="example-b.toml")
    found = problem_of(tmp_path)
    assert isinstance(found, Problems)
    assert len(found.problems) >= 2


def test_a_missing_directory_is_told() -> None:
    with pytest.raises(OfframpError, match="no directory"):
        load_profiles(Path("nowhere"))


def test_an_unknown_vendor_gets_the_nearest_name() -> None:
    with pytest.raises(OfframpError) as caught:
        profile("exampel-a", {VendorId("example-a"): load_profiles(GOOD.parent)[VendorId("example-a")]})
    assert "did you mean `example-a`" in caught.value.help


def test_a_product_leads_to_its_vendor() -> None:
    with pytest.raises(OfframpError) as caught:
        profile("aria", load_profiles(GOOD.parent))
    assert "did you mean `example-a`" in caught.value.help


def test_clouds_have_services() -> None:
    assert {Route.AZURE, Route.BEDROCK, Route.RESELLER, Route.VERTEX} == set(load_clouds())
    assert all(one.services for one in load_clouds().values())
