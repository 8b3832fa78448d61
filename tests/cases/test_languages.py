"""Each language is read as its case says: what is a use, and what only looks like one."""

from collections.abc import Callable, Mapping
from pathlib import Path

from offramp.core.ids import VendorId
from offramp.vendors import Profile, load_profiles

CASES = Path(__file__).parent
CheckPage = Callable[[Path, Path, Mapping[VendorId, Profile]], None]


def test_cases(check_page: CheckPage, tmp_path: Path) -> None:
    known = load_profiles(CASES / "profiles")
    invented = {VendorId(one): known[VendorId(one)] for one in ("example-a", "example-b")}
    check_page(CASES / "languages.md", tmp_path, invented)
