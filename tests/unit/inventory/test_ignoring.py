"""`.offrampignore` follows git's own rules, and what it leaves out is counted."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.ids import VendorId
from offramp.inventory import scan
from offramp.inventory.ignoring import Ignored
from offramp.vendors import Profile

USE = 'MODEL = "aria-3"\n'
PATHS = ("a.py", "b/a.py", "b/c/a.py", "b/c/d.txt", "docs/a.py", "x y.py", "b/[z].py", "build/out.py")
RULES = (
    "a.py", "/a.py", "b/", "b/*", "!b/a.py", "**/c", "b/**", "b/**/a.py", "*.py", "!a.py", "?.py", "[ab].py",
    "[!a].py", "doc*", "# a.py", "\\#x", "build", "!build/out.py", "x\\ y.py", "x y.py", "**/a.py", "c/",
    "b/c", "/b/c/", "*", "!*.txt", "b/c/**",
)  # fmt: skip


def test_ignored_files_are_left_out_and_counted(invented: Mapping[VendorId, Profile], tmp_path: Path) -> None:
    for path in ("a.py", "old/b.py", "old/keep.py", "sub/c.py", "sub/d.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(USE, encoding="utf-8")
    (tmp_path / ".offrampignore").write_text("old/*\n!old/keep.py\n", encoding="utf-8")
    (tmp_path / "sub" / ".offrampignore").write_text("/c.py\n", encoding="utf-8")
    found = scan([tmp_path], invented)
    assert {one.path for one in found.findings} == {"a.py", "old/keep.py", "sub/d.py"}
    left = {one.path: one.reason for one in found.coverage.skipped}
    assert left == {"old/b.py": "left out by .offrampignore", "sub/c.py": "left out by .offrampignore"}


@settings(max_examples=60, deadline=None)
@given(rules=st.lists(st.sampled_from(RULES), min_size=1, max_size=5))
def test_rules_mean_what_they_mean_to_git(rules: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = tmp_path_factory.mktemp("ignored")
    for path in PATHS:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("", encoding="utf-8")
    (root / ".gitignore").write_text("\n".join(rules) + "\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", root], check=True)
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-z", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    )
    kept = {path for path in listed.stdout.split("\0") if path and path != ".gitignore"}
    ignored = Ignored().below("", "\n".join(rules))
    assert {path for path in PATHS if not _is_left_out(path, ignored)} == kept


def _is_left_out(path: str, ignored: Ignored) -> bool:
    parts = path.split("/")
    folders = ("/".join(parts[:end]) for end in range(1, len(parts)))
    return any(ignored.leaves_out(one, is_folder=True) for one in folders) or ignored.leaves_out(
        path, is_folder=False
    )


@given(st.text(max_size=80), st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_rules(text: str, path: str) -> None:
    Ignored().below("", text).leaves_out(path, is_folder=False)
