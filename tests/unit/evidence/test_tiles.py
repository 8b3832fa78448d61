"""Tiles: plain files that grow, verify by themselves, and refuse another past."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.evidence import Entry, Ledger, keys, verify
from offramp.evidence.tiles import Tile, tiles, write_tiles

MakeEntry = Callable[..., Entry]


@pytest.fixture
def filled(state: Path, make_entry: MakeEntry) -> Path:
    """A ledger of 700 entries: two full tiles, a partial one, and one above them."""
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(700)])
    return state


def problems(folder: Path, state: Path) -> tuple[str, ...]:
    return verify(folder, str(keys.load(state).verifier)).problems


def test_the_tiles_of_a_tree_are_those_of_the_specification() -> None:
    wanted = list(tiles(70_000))
    assert [(one.level, one.width) for one in wanted if one.width < 256] == [(0, 112), (1, 17), (2, 1)]
    assert sum(one.level == 0 for one in wanted) == 274
    assert [(one.level, one.width) for one in tiles(256)] == [(0, 256), (1, 1)]
    assert list(tiles(0)) == []


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(1, 67, 12), "tile/1/067.p/12"),
        (Tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path() == path


def test_written_tiles_verify(filled: Path, tmp_path: Path) -> None:
    made = write_tiles(filled, tmp_path / "log")
    assert made.checkpoint.size == 700
    found = [path for path in (tmp_path / "log").rglob("*") if path.is_file()]
    assert sorted(str(path.relative_to(tmp_path / "log")) for path in found) == [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/188",
    ]
    assert problems(tmp_path / "log", filled) == ()


def test_what_is_new_is_added(filled: Path, tmp_path: Path, make_entry: MakeEntry) -> None:
    folder = tmp_path / "log"
    write_tiles(filled, folder)
    full = (folder / "tile/0/000").stat().st_mtime_ns
    with Ledger.open(filled) as ledger:
        ledger.append_all([(make_entry(f"more_{number}"), ()) for number in range(80)])
    assert write_tiles(filled, folder).files == 5
    assert (folder / "tile/0/000").stat().st_mtime_ns == full
    assert problems(folder, filled) == ()
    assert write_tiles(filled, folder).files == 0


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("tile/0/001", "`tile/0/001` is not what lies below it"),
        ("tile/1/000.p/2", "`tile/1/000.p/2` is not what lies below it"),
        ("tile/entries/000", "the entries do not give the root"),
        ("checkpoint", "`checkpoint` does not verify"),
    ],
)
def test_one_flipped_bit_is_named(filled: Path, tmp_path: Path, file: str, says: str) -> None:
    folder = tmp_path / "log"
    write_tiles(filled, folder)
    content = bytearray((folder / file).read_bytes())
    content[40] ^= 1
    (folder / file).write_bytes(content)
    assert any(says in problem for problem in problems(folder, filled))


def test_a_missing_tile_is_named(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "log"
    write_tiles(filled, folder)
    (folder / "tile/0/000").unlink()
    assert problems(folder, filled) == ("`tile/0/000` cannot be read: No such file or directory",)
    (folder / "tile/entries/000").unlink()
    assert problems(folder, filled)[-1].startswith("`tile/entries/000` cannot be read")


def test_another_past_is_refused(filled: Path, tmp_path: Path, make_entry: MakeEntry) -> None:
    folder = tmp_path / "log"
    copy = tmp_path / "copy"
    shutil.copytree(filled, copy)
    with Ledger.open(filled) as ledger:
        ledger.append(make_entry("one"))
    with Ledger.open(copy) as ledger:
        ledger.append(make_entry("other"))
    write_tiles(filled, folder)
    with pytest.raises(OfframpError) as caught:
        write_tiles(copy, folder)
    assert caught.value.code == "past-rewritten"


def test_a_folder_of_other_things_is_left_alone(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OfframpError, match="holds other files"):
        write_tiles(filled, tmp_path / "mine")
