"""Since a date or a commit, and signs of writing assistants: apart and uncounted, and nothing is run."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.ids import VendorId
from offramp.inventory import Search, gather
from offramp.vendors import Profile

USE = 'MODEL = "aria-3"\n'
Commit = Callable[..., None]


@pytest.fixture
def commit(tmp_path: Path) -> Commit:
    """Commits files to a repository in the test's own folder, at a time."""

    def git(*arguments: str, at: str = "") -> None:
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "HOME": str(tmp_path),
            "GIT_AUTHOR_NAME": "k", "GIT_AUTHOR_EMAIL": "k@example.org",
            "GIT_COMMITTER_NAME": "k", "GIT_COMMITTER_EMAIL": "k@example.org",
            "GIT_AUTHOR_DATE": at, "GIT_COMMITTER_DATE": at,
        }  # fmt: skip
        subprocess.run(
            ["git", "-C", tmp_path / "repo", *arguments], check=True, env=environment, capture_output=True
        )

    def run(files: Mapping[str, str], at: str, message: str = "x") -> None:
        if not (tmp_path / "repo").exists():
            (tmp_path / "repo").mkdir()
            git("init", "-q", "-b", "main")
        for path, text in files.items():
            (tmp_path / "repo" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "repo" / path).write_text(text, encoding="utf-8")
        git("add", "-A", at=at)
        git("commit", "-q", "-m", message, at=at)

    return run


@pytest.fixture
def repository(commit: Commit, tmp_path: Path) -> Path:
    """Two commits, one of them after the first of March, and a change that is not committed."""
    commit({"old.py": USE, "sub/old.py": USE, "edited.py": USE}, "2026-02-01T12:00:00Z")
    commit({"new.py": USE, "sub/new.py": USE}, "2026-03-05T12:00:00Z")
    (tmp_path / "repo" / "edited.py").write_text(USE + USE, encoding="utf-8")
    (tmp_path / "repo" / "untracked.py").write_text(USE, encoding="utf-8")
    return tmp_path / "repo"


@pytest.mark.parametrize("since", ["2026-03-01", "main~1"])
def test_only_files_that_changed(repository: Path, invented: Mapping[VendorId, Profile], since: str) -> None:
    found = gather(Search(trees=(repository,), since=since), invented)
    assert {one.path for one in found.findings} == {"edited.py", "new.py", "sub/new.py", "untracked.py"}
    assert found.coverage.skipped[-1].reason == f"2 files with findings are as they were at {since}"
    below = gather(Search(trees=(repository / "sub",), since=since), invented)
    assert {one.path for one in below.findings} == {"new.py"}


def test_before_the_first_commit_everything_is_new(
    repository: Path, invented: Mapping[VendorId, Profile]
) -> None:
    found = gather(Search(trees=(repository,), since="2020-01-01"), invented)
    assert len({one.path for one in found.findings}) == 6


@pytest.mark.parametrize("since", ["nowhere", "--output=x", "-n1"])
def test_what_is_no_time_is_an_error(
    repository: Path, invented: Mapping[VendorId, Profile], since: str
) -> None:
    with pytest.raises(OfframpError, match="neither a date nor a commit"):
        gather(Search(trees=(repository,), since=since), invented)


def test_without_a_repository_there_is_no_then(tmp_path: Path, invented: Mapping[VendorId, Profile]) -> None:
    with pytest.raises(OfframpError, match="no git repository"):
        gather(Search(trees=(tmp_path,), since="2026-03-01"), invented)


def test_signs_of_assistants_are_apart(
    commit: Commit, tmp_path: Path, invented: Mapping[VendorId, Profile]
) -> None:
    commit(
        {"a.py": "x = 1\n"}, "2026-03-05T12:00:00Z", "Add a\n\nCo-authored-by: Aria <aria@example-a.example>"
    )
    commit({"b.py": "# written with Aria Write\n"}, "2026-03-06T12:00:00Z")
    root = tmp_path / "repo"
    asked = gather(Search(trees=(root,), wants_assisted=True), invented)
    assert asked.assisted is not None
    assert [(one.vendor, one.sort, one.mark) for one in asked.assisted] == [
        ("example-a", "commit", "Co-authored-by: Aria"),
        ("example-a", "file", "written with Aria Write"),
    ]
    assert asked.uses == ()
    assert gather(Search(trees=(root,)), invented).assisted is None


def test_nothing_a_repository_brings_along_is_run(
    repository: Path, tmp_path: Path, invented: Mapping[VendorId, Profile]
) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n", encoding="utf-8")
    script.chmod(0o755)
    with (repository / ".git" / "config").open("a", encoding="utf-8") as config:
        config.write(
            f"[core]\n fsmonitor = {script}\n pager = {script}\n hooksPath = {tmp_path}\n"
            f'[filter "x"]\n clean = {script}\n smudge = {script}\n[diff]\n external = {script}\n'
            f"[gpg]\n program = {script}\n[log]\n showSignature = true\n"
        )
    (repository / ".gitattributes").write_text("* filter=x diff=x\n", encoding="utf-8")
    gather(Search(trees=(repository,), since="main~1", wants_assisted=True), invented)
    assert not ran.exists()
