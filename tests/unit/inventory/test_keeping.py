"""Results kept between scans: the same answer, only what changed is read, and damage does no harm."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from offramp.core.findings import Scan
from offramp.core.ids import VendorId
from offramp.core.instants import parse_instant
from offramp.inventory import Detector, Means, Sheet, scan
from offramp.inventory.detectors import DETECTORS
from offramp.inventory.keeping import FINE_GRAIN
from offramp.report import render
from offramp.report.documents.scan import scan_document
from offramp.vendors import Profile

Invented = Mapping[VendorId, Profile]
KEY = "exa-9fK2mQ7xLp0aZr4TvB8nYc1D"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    root.mkdir()
    for name in ("a", "b"):
        (root / f"{name}.py").write_text(f'MODEL = "aria-3"\nKEY = "{KEY}"\n', encoding="utf-8")
    (root / "empty.py").write_text("x = 1\n", encoding="utf-8")
    (root / "yarn.lock").write_text('"@example-a/sdk@^1":\n  version "1"\n', encoding="utf-8")
    settle()
    return root


def settle() -> None:
    """Let the clock of the disk go on, so that files do not count as just changed."""
    time.sleep(2 * FINE_GRAIN / 1e9)


class Watch:
    """A scan with a cache that tells which files were looked at."""

    def __init__(self, root: Path, cache: Path, invented: Invented) -> None:
        self._root, self._cache, self._invented = root, cache, invented
        self.seen: list[str] = []

    def __call__(self) -> Scan:
        def detect(sheet: Sheet) -> tuple[()]:
            self.seen.append(sheet.source.path)
            return ()

        self.seen = []
        means = Means(cache=self._cache, detectors=(*DETECTORS, Detector("watch", detect)))
        return scan([self._root], self._invented, means=means)


@pytest.fixture
def watched(tree: Path, tmp_path: Path, invented: Invented) -> Watch:
    return Watch(tree, tmp_path / "cache", invented)


def json_of(found: Scan) -> str:
    return render(scan_document(found, parse_instant("2026-03-01"), in_workspace=False), "json")


def test_a_second_scan_reads_nothing_and_says_the_same(watched: Watch) -> None:
    first = watched()
    assert sorted(watched.seen) == ["a.py", "b.py", "yarn.lock"]
    second = watched()
    assert watched.seen == []
    assert json_of(second) == json_of(first)


def test_only_the_changed_file_is_read_and_digests_still_compare(watched: Watch, tree: Path) -> None:
    watched()
    (tree / "b.py").write_text(f'\n\nKEY = "{KEY}"\n', encoding="utf-8")
    found = watched()
    assert watched.seen == ["b.py"]
    literals = [one.message for one in found.findings if "salted digest" in one.message]
    assert len(literals) == 2
    assert len(set(literals)) == 1


def test_the_same_size_and_time_but_another_file(watched: Watch, tree: Path) -> None:
    watched()
    before = (tree / "a.py").stat()
    (tree / "new").write_text(f'MODEL = "aria-4"\nKEY = "{KEY}"\n', encoding="utf-8")
    os.utime(tree / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tree / "new").replace(tree / "a.py")
    assert "aria-4" in {one.model for one in watched().findings}


def test_a_file_just_changed_is_not_trusted(watched: Watch, tree: Path) -> None:
    (tree / "a.py").write_text('MODEL = "aria-5"\n', encoding="utf-8")
    watched()
    watched()
    assert watched.seen == ["a.py"]


def test_a_file_read_with_another_depends_on_both(watched: Watch, tree: Path) -> None:
    (tree / "package.json").write_text('{"dependencies": {"@example-a/sdk": "1"}}', encoding="utf-8")
    settle()
    kinds = {one.kind for one in watched().findings if one.path == "yarn.lock"}
    (tree / "package.json").write_text('{"dependencies": {"x": "1", "y": "2"}}', encoding="utf-8")
    changed = {one.kind for one in watched().findings if one.path == "yarn.lock"}
    assert (kinds, changed) == ({"dependency"}, {"transitive-dependency"})


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other"])
def test_a_damaged_cache_is_passed_over(watched: Watch, tmp_path: Path, damage: str) -> None:
    first = watched()
    kept = sorted((tmp_path / "cache").iterdir())
    assert [one.suffix for one in kept if one.suffix != ".hs"] == [".kept"]
    for place in kept:
        data = bytearray(place.read_bytes())
        if damage == "flip":
            data[len(data) // 2] ^= 255
        place.write_bytes(
            {"cut": bytes(data[:-9]), "flip": bytes(data), "empty": b"", "other": b"x" * 99}[damage]
        )
    second = watched()
    assert sorted(watched.seen) == ["a.py", "b.py", "yarn.lock"]
    assert [one.id for one in second.findings] == [one.id for one in first.findings]
    watched()
    assert watched.seen == []


def test_other_vendors_and_profiles_are_kept_apart(tree: Path, tmp_path: Path, invented: Invented) -> None:
    means = Means(cache=tmp_path / "cache")
    everything = scan([tree], invented, means=means)
    nothing = scan([tree], invented, vendors=[VendorId("example-b")], means=means)
    assert everything.findings
    assert not nothing.findings
    assert scan([tree], invented, means=means) == everything


def test_no_secret_is_kept_and_nobody_else_can_read(watched: Watch, tmp_path: Path) -> None:
    watched()
    for place in (tmp_path / "cache").iterdir():
        assert KEY[4:].encode() not in place.read_bytes()
        assert place.stat().st_mode & 0o077 == 0


def test_a_cache_that_cannot_be_written_changes_nothing(
    tree: Path, tmp_path: Path, invented: Invented
) -> None:
    (tmp_path / "file").touch()
    means = Means(cache=tmp_path / "file" / "cache")
    assert len(scan([tree], invented, means=means).findings) == len(scan([tree], invented).findings)
