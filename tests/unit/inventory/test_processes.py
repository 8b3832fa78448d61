"""Several processes give what one gives; one that ends costs a file, not the scan."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.inventory import Detector, Means, Sheet, scan
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.processes import FEWEST_FILES
from offramp.vendors import Profile

Invented = Mapping[VendorId, Profile]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    for number in range(FEWEST_FILES + 50):
        folder = tmp_path / "tree" / str(number % 7)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.py").write_text(f'MODEL = "aria-{number}"\n' * (number % 3), encoding="utf-8")
    return tmp_path / "tree"


def test_one_and_two_processes_find_the_same(many: Path, invented: Invented) -> None:
    one, two = (scan([many], invented, salt=b"test", means=Means(processes=count)) for count in (1, 2))
    assert one == two
    assert len(one.findings) == (FEWEST_FILES + 50) // 3 * 3


def test_a_process_that_ends_costs_one_file(many: Path, invented: Invented) -> None:
    def detect(sheet: Sheet) -> tuple[()]:
        if sheet.source.path == "1/8.py":
            os._exit(9)
        return ()

    means = Means(processes=2, detectors=(*DETECTORS, Detector("crash", detect)))
    found = scan([many], invented, means=means)
    assert [(one.path, one.reason) for one in found.coverage.unreadable] == [
        ("1/8.py", "the reader ended while it was read")
    ]
    assert found.coverage.files == FEWEST_FILES + 49
    assert "1/8.py" not in {one.path for one in found.findings}
    assert len({one.path for one in found.findings}) == len(found.findings) - sum(
        int(one.path.split("/")[1][:-3]) % 3 == 2 and one.line == 2 for one in found.findings
    )
