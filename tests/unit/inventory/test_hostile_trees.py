"""Trees that mean harm, or only look like it: a scan ends with a result and says what it did not see."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from offramp.core.findings import FindingKind
from offramp.core.ids import VendorId
from offramp.inventory import scan
from offramp.vendors import Profile

USE = 'MODEL = "aria-3"\n'


def reasons(root: Path, invented: Mapping[VendorId, Profile]) -> tuple[list[str], dict[str, str]]:
    found = scan([root], invented)
    assert not found.coverage.unreadable
    return [one.path for one in found.findings], {one.path: one.reason for one in found.coverage.skipped}


def test_links_are_not_followed(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.py").write_text(USE, encoding="utf-8")
    (root / "loop").symlink_to(root)
    (root / "away").symlink_to(outside)
    (root / "file.py").symlink_to(outside / "secret.py")
    (root / "dangling").symlink_to(root / "nowhere")
    found, skipped = reasons(root, invented)
    assert found == []
    assert set(skipped) == {"loop", "away", "file.py", "dangling"}


def test_an_agents_file_that_is_a_link_is_told_by_its_name(
    invented: Mapping[VendorId, Profile], tmp_path: Path
) -> None:
    (tmp_path / "AGENTS.md").write_text("Be brief.", encoding="utf-8")
    (tmp_path / "ARIA.md").symlink_to("AGENTS.md")
    (tmp_path / "OTHER.md").symlink_to("AGENTS.md")
    found = scan([tmp_path], invented)
    assert [(one.path, one.kind) for one in found.findings] == [("ARIA.md", FindingKind.AGENT_CONFIG)]
    assert [one.path for one in found.coverage.skipped] == ["ARIA.md", "OTHER.md"]


def test_a_lock_beside_a_link_does_not_read_through_it(
    invented: Mapping[VendorId, Profile], tmp_path: Path
) -> None:
    (tmp_path / "outside.json").write_text('{"dependencies": {"@example-a/sdk": "1"}}', encoding="utf-8")
    root = tmp_path / "root"
    root.mkdir()
    (root / "package.json").symlink_to(tmp_path / "outside.json")
    (root / "yarn.lock").write_text('"@example-a/sdk@^1":\n  version "1"\n', encoding="utf-8")
    found = scan([root], invented)
    assert [one.kind for one in found.findings] == ["dependency"]


def test_what_is_not_text_or_too_large(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"\x00" + USE.encode())
    with (tmp_path / "large.py").open("wb") as file:
        file.truncate(40 * 1024 * 1024)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "wide.py").write_bytes(b"\xff\xfe" + USE.encode("utf-16-le"))
    found, skipped = reasons(tmp_path, invented)
    assert found == ["wide.py"]
    assert skipped == {
        "a.bin": "binary",
        "large.py": "larger than 32 MiB",
        "pipe": "not a regular file",
    }


def test_names_that_are_not_utf_8(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    place = os.path.join(os.fsencode(tmp_path), b"caf\xe9.py")  # noqa: PTH118 - bytes
    with open(place, "wb") as file:  # noqa: PTH123 - bytes
        file.write(USE.encode() + b"# caf\xe9\n")
    found, _ = reasons(tmp_path, invented)
    assert found == ["caf\\xe9.py"]


def test_version_control_and_installed_packages_are_left_out(
    invented: Mapping[VendorId, Profile], tmp_path: Path
) -> None:
    for folder in (".git", "node_modules/x", "env", "src"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.py").write_text(USE, encoding="utf-8")
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / ".env").write_text("MODEL=aria-3\n", encoding="utf-8")
    found, skipped = reasons(tmp_path, invented)
    assert found == [".env", "src/a.py"]
    assert skipped == {
        ".git/": "version control",
        "env/": "installed packages",
        "node_modules/": "installed packages",
    }


@pytest.mark.parametrize(
    "text",
    [
        "(" * 20_000 + USE,
        '{"a":' * 20_000 + '"aria-3"',
        "'" * 50_001 + USE,
        'x = """' + "aria-3 " * 5_000,
        "pip install " + "a" * 100_000 + " example-a\n",
        "import example_a as " + "a." * 20_000 + "b\n",
        "/*" * 30_000 + "aria-3",
    ],
    ids=["parentheses", "json", "quotes", "open string", "long word", "dots", "comments"],
)
@pytest.mark.parametrize(
    "name",
    [
        "a.py",
        "a.ts",
        "a.json",
        "a.yaml",
        "a.toml",
        "package-lock.json",
        "uv.lock",
        "a.ipynb",
        "a.tf",
        "go.mod",
    ],
)
def test_bait_for_slow_or_deep_readers(
    invented: Mapping[VendorId, Profile], tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert scan([tmp_path], invented).coverage.files == 1


@contextmanager
def somebody_else() -> Iterator[None]:
    """Without the powers of root, which may read anything."""
    if os.geteuid() != 0:
        yield
        return
    os.setegid(65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_a_file_nobody_may_read_is_told(invented: Mapping[VendorId, Profile]) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "a.py").write_text(USE, encoding="utf-8")
        (root / "locked.py").write_text(USE, encoding="utf-8")
        (root / "locked.py").chmod(0)
        (root / "folder").mkdir(mode=0)
        with somebody_else():
            found = scan([root], invented)
        (root / "folder").chmod(0o700)
    assert [one.path for one in found.findings] == ["a.py"]
    assert {one.path: one.reason for one in found.coverage.unreadable} == {
        "folder": "permission denied",
        "locked.py": "permission denied",
    }


def test_a_mark_before_the_first_line_is_no_part_of_it(
    tmp_path: Path, invented: Mapping[VendorId, Profile]
) -> None:
    (tmp_path / "Ask.cs").write_bytes(b"\xef\xbb\xbfusing ExampleA.Sdk;\n")
    (tmp_path / "short.cs").write_bytes(b"\xef\xbb")
    found = scan([tmp_path], invented).findings
    assert [(one.path, one.line, one.column, one.kind) for one in found] == [("Ask.cs", 1, 7, "sdk-import")]
