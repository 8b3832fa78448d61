"""What a scan says it did not understand: languages without a reader, a binary lock, waivers of nothing."""

from pathlib import Path

from offramp.core.ids import VendorId
from offramp.inventory import Means, scan
from offramp.inventory.keeping import MOST_OF
from offramp.vendors import load_profiles

PROFILES = load_profiles(Path(__file__).parents[2] / "cases" / "profiles")
INVENTED = {VendorId("example-a"): PROFILES[VendorId("example-a")]}


def test_files_of_languages_without_a_reader_are_counted_by_their_endings(tmp_path: Path) -> None:
    for name in ("a.zig", "b.zig", "c.weird", "d.py", "e.md", "Makefile", "yarn.lock"):
        (tmp_path / name).write_text("x\n", encoding="utf-8")
    found = scan([tmp_path], INVENTED)
    assert found.coverage.as_text == (("weird", 1), ("zig", 2))


def test_a_binary_lock_is_left_out_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "bun.lockb").write_bytes(b"#!/usr/bin/env bun\n\x00\x01")
    (left,) = scan([tmp_path], INVENTED).coverage.skipped
    assert left.path == "bun.lockb"
    assert "--save-text-lockfile" in left.reason


def test_a_waiver_beside_no_use_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "# offramp: waive W-1 until 2030-01-01 gone\nx = 1\n"
        "# offramp: waive W-2 until 2030-01-01 still there\nmodel = 'aria-3'\n",
        encoding="utf-8",
    )
    (tmp_path / "notes.md").write_text("`# offramp: waive W-3` is how one is written\n", encoding="utf-8")
    cache = tmp_path.parent / f"{tmp_path.name}-kept"
    for _ in range(2):
        found = scan([tmp_path], INVENTED, means=Means(cache=cache))
        assert [one.path for one in found.coverage.idle_waivers] == ["a.py:1"]
        assert [one.line for one in found.findings if one.waiver] == [4]


def test_kept_files_of_every_sort_are_pruned(tmp_path: Path) -> None:
    tree, cache = tmp_path / "tree", tmp_path / "cache"
    tree.mkdir()
    cache.mkdir()
    (tree / "a.py").write_text("model = 'aria-3'\n", encoding="utf-8")
    for ending, most in MOST_OF.items():
        for number in range(most + 3):
            (cache / f"old-{number}.{ending}").write_bytes(b"old")
    scan([tree], INVENTED, means=Means(cache=cache))
    for ending, most in MOST_OF.items():
        assert len(list(cache.glob(f"*.{ending}"))) == most
