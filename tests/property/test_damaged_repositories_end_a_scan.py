"""A scan of a repository whose files were damaged ends, with findings or with words about what is wrong."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offramp.core.errors import OfframpError
from offramp.core.ids import VendorId
from offramp.inventory import Means, new_since, revision, scan
from offramp.inventory.revisions import Blobs, git
from offramp.vendors import load_profiles

KNOWN = load_profiles(Path(__file__).parents[1] / "cases" / "profiles")
INVENTED = {VendorId(one): KNOWN[VendorId(one)] for one in ("example-a", "example-b")}
FILES = 4
USES = "".join(f'MODEL_{number} = "aria-{number}"\n' for number in range(200))
ENVIRONMENT = {"PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}

DAMAGE = st.lists(
    st.tuples(
        st.integers(0, 1 << 16),
        st.sampled_from(("flip", "cut", "insert", "empty", "remove")),
        st.integers(0, 1 << 20),
        st.binary(min_size=1, max_size=8),
    ),
    min_size=1,
    max_size=4,
)


def run(folder: Path, *arguments: str) -> str:
    """Git for the test's own repository, away from the user's settings."""
    options = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main")
    command = ["git", *options, *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=ENVIRONMENT)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repository with a pack of deltas, a packed branch and tag, and objects beside the pack."""
    root = tmp_path_factory.mktemp("git") / "tree"
    root.mkdir()
    run(root, "init", "-q")
    for number in range(FILES):
        (root / f"{number}.py").write_text(USES + f"# {number}\n", encoding="utf-8")
    run(root, "add", "-A")
    run(root, "commit", "-qm", "one")
    run(root, "tag", "first", "-m", "a tag with an object")
    run(root, "gc", "-q", "--aggressive")
    (root / "late.py").write_text('MODEL = "bolt-2"\n', encoding="utf-8")
    run(root, "add", "-A")
    run(root, "commit", "-qm", "two")
    return root / ".git"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=DAMAGE)
def test_damage_ends_with_a_result_or_with_words(
    whole: Path, damage: list[tuple[int, str, int, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.git"
        shutil.copytree(whole, copy, ignore=shutil.ignore_patterns("hooks", "logs", "index"))
        for which, what, at, data in damage:
            harm(copy, which, what, at, data)
        assert looked_at(copy) or words(copy)


def looked_at(repository: Path) -> bool:
    """Whether a scan, and one of what is new, came to an end with files read or named."""
    means = Means(processes=1)
    with suppress(OfframpError):
        found = scan([revision(repository, "HEAD")], INVENTED, means=means)
        new_since(found, [revision(repository, "HEAD")], "first", INVENTED, means)
        return found.coverage.files + len(found.coverage.unreadable) > 0
    return False


def words(repository: Path) -> str:
    """What is said to the user about a repository that cannot be scanned, or of which nothing is left."""
    try:
        scan([revision(repository, "HEAD")], INVENTED, means=Means(processes=1))
        new_since(scan([], INVENTED), [revision(repository, "HEAD")], "first", INVENTED, Means(processes=1))
    except OfframpError as error:
        return error.help
    return "no files"


def harm(repository: Path, which: int, what: str, at: int, data: bytes) -> None:
    """Damage one file of a repository."""
    files = sorted(one for one in repository.rglob("*") if one.is_file())
    if not files:
        return
    path = files[which % len(files)]
    path.chmod(0o600)
    before = path.read_bytes()
    place = at % (len(before) + 1)
    if what == "remove":
        path.unlink()
    elif what == "empty":
        path.write_bytes(b"")
    elif what == "cut":
        path.write_bytes(before[:place])
    elif what == "insert":
        path.write_bytes(before[:place] + data + before[place:])
    else:
        path.write_bytes(before[:place] + data + before[place + len(data) :])


def test_one_damaged_object_costs_one_file(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.git"
    shutil.copytree(whole, copy)
    name = run(copy, "rev-parse", "HEAD:late.py")
    loose = copy / "objects" / name[:2] / name[2:]
    loose.chmod(0o600)
    loose.write_bytes(loose.read_bytes()[:12] + b"\0\0\0\0")
    found = scan([revision(copy, "HEAD")], INVENTED, means=Means(processes=1))
    assert {one.path for one in found.coverage.unreadable} == {"late.py"}
    assert {one.path for one in found.findings} == {f"{number}.py" for number in range(FILES)}


def test_an_object_that_ends_git_is_forgotten(whole: Path) -> None:
    blobs = Blobs(whole)
    buffer = bytearray(1 << 20)
    try:
        with pytest.raises(OSError, match="not in this repository"):
            blobs.read_into("0" * 40, buffer)
        assert blobs.read_into(run(whole, "rev-parse", "HEAD:late.py"), buffer) == 17
    finally:
        blobs.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_place_of_a_branch_is_not_waited_for(whole: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.git"
    shutil.copytree(whole, copy)
    place = copy / "refs" / "heads" / "stuck"
    os.mkfifo(place)
    with pytest.raises(OfframpError) as raised:
        git(copy, "rev-parse", "--verify", "refs/heads/stuck", seconds=0.5)
    assert raised.value.code == "git-failed"
