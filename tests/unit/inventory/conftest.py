"""The two invented vendors, and a way to scan a small tree for them."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from offramp.core.findings import Scan
from offramp.core.ids import VendorId
from offramp.inventory import scan
from offramp.inventory.probe import Probe, make_probe
from offramp.vendors import Profile, load_profiles

ScanTree = Callable[[Mapping[str, str]], Scan]


@pytest.fixture(scope="session")
def invented() -> Mapping[VendorId, Profile]:
    """The profiles of `example-a` and `example-b`."""
    known = load_profiles(Path(__file__).parents[2] / "cases" / "profiles")
    return {VendorId(one): known[VendorId(one)] for one in ("example-a", "example-b")}


@pytest.fixture
def scan_tree(invented: Mapping[VendorId, Profile], tmp_path: Path) -> ScanTree:
    """Writes files below a folder of the test's own and scans it."""

    def run(files: Mapping[str, str]) -> Scan:
        for path, text in files.items():
            place = tmp_path / "tree" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        return scan([tmp_path / "tree"], invented, salt=b"test")

    return run


@pytest.fixture(scope="session")
def probe(invented: Mapping[VendorId, Profile]) -> Probe:
    """The engine for content that is no file of a tree, for the invented vendors."""
    return make_probe(invented, tuple(invented), b"test")
