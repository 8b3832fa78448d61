"""`offramp scan` keeps what it learns where `OFFRAMP_CACHE` says, and nowhere else."""

from collections.abc import Callable
from pathlib import Path


def test_results_are_kept_in_the_folder_named(
    here: Path, offramp: Callable[..., object], cache: Path
) -> None:
    (here / "a.py").write_text("x = 1\n", encoding="utf-8")
    offramp("scan", str(here), "--no-record")
    assert list((cache / "scan").glob("patterns-*.hs"))
