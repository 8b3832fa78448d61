"""A small repository for each package system: what it asks for itself, and what pulls in the rest."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.inventory.packages import READERS
from offramp.vendors import Profile, load_profiles

CASES = Path(__file__).parent / "ecosystems"
CheckPage = Callable[[Path, Path, Mapping[VendorId, Profile]], None]


@pytest.mark.parametrize("ecosystem", sorted(path.stem for path in CASES.glob("*.md")))
def test_cases(ecosystem: str, check_page: CheckPage, tmp_path: Path) -> None:
    known = load_profiles(CASES.parent / "profiles")
    check_page(CASES / f"{ecosystem}.md", tmp_path, {VendorId("example-a"): known[VendorId("example-a")]})


def test_every_ecosystem_has_a_page() -> None:
    assert {one.ecosystem for one in READERS} <= {path.stem for path in CASES.glob("*.md")}
