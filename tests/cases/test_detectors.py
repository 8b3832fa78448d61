"""Each detector finds what its page says, and nothing else, for two invented vendors."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.inventory import DETECTORS
from offramp.vendors import Profile, load_profiles

CASES = Path(__file__).parent / "detectors"
CheckPage = Callable[[Path, Path, Mapping[VendorId, Profile]], None]


@pytest.mark.parametrize("slug", [one.slug for one in DETECTORS])
def test_cases(slug: str, check_page: CheckPage, tmp_path: Path) -> None:
    known = load_profiles(CASES.parent / "profiles")
    invented = {VendorId(one): known[VendorId(one)] for one in ("example-a", "example-b")}
    check_page(CASES / f"{slug}.md", tmp_path, invented)
