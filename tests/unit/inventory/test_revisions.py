"""Scans of revisions: the same findings as a checkout gives, and nothing of the repository is run."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.ids import VendorId
from offramp.inventory import Means, Search, explain, gather, new_since, revision, scan
from offramp.vendors import Profile

USE = 'MODEL = "aria-3"\n'
Invented = Mapping[VendorId, Profile]


def git(folder: Path, *arguments: str) -> str:
    """Run git for the test's own repository, away from the user's settings."""
    settings = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ["git", *settings, *arguments],
        cwd=folder, check=True, capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits: the second adds a use and moves the first one down a line."""
    root = tmp_path / "repository"
    (root / "svc").mkdir(parents=True)
    git(root, "init", "-q")
    (root / "svc" / "a.py").write_text(USE, encoding="utf-8")
    (root / "svc" / "yarn.lock").write_text('"@example-a/sdk@^1":\n  version "1"\n', encoding="utf-8")
    (root / "svc" / "package.json").write_text('{"dependencies": {"@example-a/sdk": "1"}}', encoding="utf-8")
    (root / "link.py").symlink_to("svc/a.py")
    (root / "node_modules").mkdir()
    (root / "node_modules" / "x.py").write_text(USE, encoding="utf-8")
    (root / "b.bin").write_bytes(b"\0\1")
    (root / ".offrampignore").write_text("left/\n", encoding="utf-8")
    (root / "left").mkdir()
    (root / "left" / "z.py").write_text(USE, encoding="utf-8")
    git(root, "add", "-Af")
    git(root, "commit", "-qm", "one")
    (root / "svc" / "a.py").write_text("x = 1\n" + USE + 'OTHER = "bolt-2"\n', encoding="utf-8")
    git(root, "commit", "-qam", "two")
    return root


def test_a_bare_repository_is_looked_at_as_of_its_head_and_explained(
    repository: Path, tmp_path: Path, invented: Invented
) -> None:
    bare = tmp_path / "bare.git"
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(bare))
    found = gather(Search(trees=(bare,)), invented, salt=b"test")
    assert found.findings == scan([repository], invented, salt=b"test").findings
    assert "HEAD" in found.coverage.sources[0]
    (second,) = [one for one in found.findings if one.model == "bolt-2"]
    assert explain(second, [bare], invented).excerpt == 'OTHER = "bolt-2"'
    assert explain(second, [revision(bare, "HEAD~1")], invented).excerpt == ""


def test_an_empty_bare_repository_says_so(tmp_path: Path, invented: Invented) -> None:
    git(tmp_path, "init", "-q", "--bare", "empty.git")
    with pytest.raises(OfframpError, match="no commit or tree `HEAD`"):
        gather(Search(trees=(tmp_path / "empty.git",)), invented)


def test_a_revision_gives_what_its_checkout_gives(repository: Path, invented: Invented) -> None:
    from_disk = scan([repository], invented, salt=b"test")
    from_git = scan([revision(repository, "HEAD")], invented, salt=b"test")
    assert from_git.findings == from_disk.findings
    assert from_git.coverage.files == from_disk.coverage.files
    at_disk = {one.path: one.reason for one in from_disk.coverage.skipped if one.path != ".git/"}
    assert {one.path: one.reason for one in from_git.coverage.skipped} == at_disk
    assert set(at_disk) == {"link.py", "node_modules/", "b.bin", "left/"}
    assert from_git.coverage.unreadable == ()


def test_an_older_revision_a_folder_and_a_bare_repository(repository: Path, invented: Invented) -> None:
    old = scan([revision(repository, "HEAD~1")], invented)
    assert "bolt-2" not in {one.model for one in old.findings}
    part = scan([revision(repository / "svc", "HEAD")], invented)
    assert {one.path for one in part.findings} >= {"a.py"}
    git(repository.parent, "clone", "-q", "--bare", "repository", "bare.git")
    bare = scan([revision(repository.parent / "bare.git", "main")], invented)
    assert bare.findings == scan([revision(repository, "main")], invented).findings


def test_only_what_is_new(repository: Path, invented: Invented) -> None:
    means = Means()
    done = scan([repository], invented)
    compared = new_since(done, [repository], "HEAD~1", invented, means)
    assert [one.model for one in compared.scan.findings] == ["bolt-2"]
    assert compared.known == len(done.findings) - 1
    head = revision(repository, "HEAD")
    again = new_since(scan([head], invented), [head], "HEAD~1", invented, means)
    assert [one.model for one in again.scan.findings] == ["bolt-2"]


def test_new_is_counted_from_where_the_histories_part(repository: Path, invented: Invented) -> None:
    git(repository, "checkout", "-q", "-b", "feature", "HEAD")
    git(repository, "checkout", "-q", "main")
    (repository / "svc" / "a.py").unlink()
    git(repository, "commit", "-qam", "gone on main")
    git(repository, "checkout", "-q", "feature")
    done = scan([repository], invented)
    assert new_since(done, [repository], "main", invented, Means()).scan.findings == ()


@pytest.mark.parametrize("name", ["nowhere", "--output=x", "-h", "HEAD:svc/a.py", ""])
def test_a_revision_that_is_not_there(repository: Path, name: str) -> None:
    with pytest.raises(OfframpError, match="no commit or tree"):
        revision(repository, name)
    assert not (repository / "x").exists()


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(OfframpError, match="no git repository"):
        revision(tmp_path, "HEAD")


def test_nothing_a_repository_names_is_run(repository: Path, invented: Invented) -> None:
    """Hooks, filters, monitors, text conversion and remotes of the repository stay unused."""
    trap = repository.parent / "sprung"
    command = f"touch {trap}"
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.external",
        "filter.x.smudge",
        "diff.x.textconv",
    ):
        git(repository, "config", key, command)
    git(repository, "config", "remote.origin.url", f"ext::sh -c touch% {trap}")
    git(repository, "config", "remote.origin.promisor", "true")
    git(repository, "config", "extensions.partialClone", "origin")
    (repository / ".gitattributes").write_text("* filter=x diff=x\n", encoding="utf-8")
    git(
        repository,
        "-c",
        "core.fsmonitor=false",
        "-c",
        "filter.x.smudge=",
        "commit",
        "-qm",
        "x",
        "--allow-empty",
    )
    trap.unlink(missing_ok=True)
    blob = git(repository, "-c", "core.fsmonitor=false", "rev-parse", "HEAD:svc/a.py")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found = scan([revision(repository, "HEAD")], invented)
    assert [(one.path, one.reason) for one in found.coverage.unreadable] == [
        ("svc/a.py", "its content is not in this repository")
    ]
    assert not trap.exists()
