"""Each profile finds uses of its vendor where they are, and none where its words mean something else."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.vendors import VENDORS, Profile

CASES = Path(__file__).parent / "vendors"
CheckPage = Callable[[Path, Path, Mapping[VendorId, Profile]], None]


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_cases(vendor: str, check_page: CheckPage, tmp_path: Path) -> None:
    check_page(CASES / f"{vendor}.md", tmp_path, {VendorId(vendor): VENDORS[VendorId(vendor)]})
