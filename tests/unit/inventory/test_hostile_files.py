"""Files that lie about what they are: a scan ends, in little memory, and says what it did not read."""

import os
import resource
import socket
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from offramp.core.ids import VendorId
from offramp.inventory import Means, scan
from offramp.inventory.reading import LARGEST_FILE, Reader
from offramp.inventory.walk import Leaf
from offramp.vendors import Profile

Invented = Mapping[VendorId, Profile]
USE = 'MODEL = "aria-3"\n'


def reasons(root: Path, invented: Invented) -> dict[str, str]:
    return {one.path: one.reason for one in scan([root], invented).coverage.skipped}


def test_two_gigabytes_of_nothing(invented: Invented, tmp_path: Path) -> None:
    with (tmp_path / "huge.py").open("wb") as file:
        file.truncate(2 << 30)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert reasons(tmp_path, invented) == {"huge.py": "larger than 32 MiB"}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_socket_and_a_pipe(invented: Invented) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        root = Path(folder)
        listening.bind(str(root / "socket"))
        os.mkfifo(root / "pipe")
        assert reasons(root, invented) == {"pipe": "not a regular file", "socket": "not a regular file"}


def test_a_pipe_in_the_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    """What was a file when it was listed can be a pipe when it is opened."""
    os.mkfifo(tmp_path / "a.py")
    assert bytes(Reader().read(Leaf(str(tmp_path / "a.py"), "a.py", 10))) == b""


def test_a_link_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text(USE, encoding="utf-8")
    (tmp_path / "a.py").symlink_to(tmp_path / "outside")
    with pytest.raises(OSError, match="symbolic"):
        Reader().read(Leaf(str(tmp_path / "a.py"), "a.py", 10))


@pytest.mark.parametrize("growth", [0, 5, 3_000_000])
def test_a_file_that_grew_since_it_was_listed(tmp_path: Path, growth: int) -> None:
    data = b"x" * (100 + growth)
    (tmp_path / "a.py").write_bytes(data)
    assert bytes(Reader().read(Leaf(str(tmp_path / "a.py"), "a.py", 100))) == data


def test_a_file_that_grew_too_large(tmp_path: Path) -> None:
    with (tmp_path / "a.py").open("wb") as file:
        file.truncate(LARGEST_FILE + 10)
    with pytest.raises(Exception, match="grew larger"):
        Reader().read(Leaf(str(tmp_path / "a.py"), "a.py", 100))


def test_files_that_change_while_they_are_read(invented: Invented, tmp_path: Path) -> None:
    stop = threading.Event()

    def churn() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            place = tmp_path / f"{number % 5}.py"
            place.write_text(USE * (number % 400), encoding="utf-8")
            if number % 7 == 0:
                place.unlink()

    writer = threading.Thread(target=churn)
    writer.start()
    try:
        for _ in range(20):
            found = scan([tmp_path], invented)
            assert {one.reason for one in found.coverage.unreadable} <= {"no such file or directory"}
    finally:
        stop.set()
        writer.join()


def test_twenty_thousand_files_in_one_folder(invented: Invented, tmp_path: Path) -> None:
    """A million behave alike: the walk holds one folder's names at a time."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(20_000):
        os.close(os.open(f"{folder}/{number}.py", os.O_CREAT | os.O_WRONLY))
    (folder / "7.py").write_text(USE, encoding="utf-8")
    found = scan([tmp_path], invented, means=Means(processes=2))
    assert found.coverage.files == 20_000
    assert [one.path for one in found.findings] == ["many/7.py"]


def test_folders_nested_deeper_than_a_path_may_be_long(invented: Invented, tmp_path: Path) -> None:
    """The names are made step by step; what cannot be opened by its whole path is told."""
    start = os.open(tmp_path, os.O_RDONLY)
    here = start
    name = "d" * 200
    for _ in range(40):
        os.mkdir(name, dir_fd=here)
        below = os.open(name, os.O_RDONLY, dir_fd=here)
        if here != start:
            os.close(here)
        here = below
    os.close(here)
    os.close(start)
    (tmp_path / "a.py").write_text(USE, encoding="utf-8")
    found = scan([tmp_path], invented)
    assert [one.path for one in found.findings] == ["a.py"]
    assert [one.reason for one in found.coverage.unreadable] == ["file name too long"]


@pytest.mark.parametrize(
    "text",
    [
        "model = " * 40_000,
        "provider: " * 40_000,
        '"' + "a" * 300_000 + " aria-3",
        "x = client." + "a." * 60_000 + "aria-3",
        "import example_a\n" + "example_a" * 30_000,
        "use example_a::" + "{a::" * 5_000 + "}" * 5_000 + ";",
        "import " + "example." * 20_000 + "a;",
        "let " * 30_000 + "x = AriaClient(",
        "from .x import (" + "a as b, " * 20_000 + "\nexample_a",
        "AriaClient" + "<" * 50_000,
        "<script>" * 20_000 + "example-a",
        "aria-3 " * 8_000,
    ],
    ids=[
        "models",
        "providers",
        "string",
        "chain",
        "names",
        "nesting",
        "dots",
        "lets",
        "froms",
        "angles",
        "scripts",
        "hits",
    ],
)
@pytest.mark.parametrize(
    "suffix", ["py", "ts", "go", "rs", "java", "cs", "rb", "php", "swift", "lua", "ex", "vue", "sh", "sql"]
)
def test_bait_for_every_reader(invented: Invented, tmp_path: Path, suffix: str, text: str) -> None:
    prefix = {"py": "import example_a\n", "go": 'import "git.example/example-a/sdk-go"\n'}.get(suffix, "")
    (tmp_path / f"a.{suffix}").write_text(prefix + text, encoding="utf-8")
    found = scan([tmp_path], invented)
    assert found.coverage.files == 1
    assert not found.coverage.unreadable
