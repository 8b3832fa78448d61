"""`offramp demo`: the whole story with real models, and what it says when one of them is missing."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.upstream import catalogue, pull

SECONDS = 1500
"""Far beyond what it takes: a stuck story must not hold the tests for ever."""

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def weights() -> dict[str, Path]:
    """The files of every model of the catalogue, fetched where they can be."""
    found = {}
    for slug, model in catalogue().items():
        try:
            found[slug] = pull(model)
        except OfframpError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"no weights: {error.message}")
    return found


def tell(folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "offramp", "demo", "--folder", str(folder)],
        env={**os.environ, "COLUMNS": "120", "NO_COLOR": "1", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def running_in(folder: Path) -> list[str]:
    """Command lines of live processes that work in `folder`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def test_the_whole_story_is_told(weights: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "story"
    done = tell(folder)
    printed = done.stdout
    assert done.returncode == 0, printed[-4000:] + done.stderr
    steps = re.findall(r"^(\d+) {2}\S", printed, re.MULTILINE)
    assert steps == [str(step) for step in range(1, 11)]
    assert len(re.findall(r"^\d+ passed in", printed, re.MULTILINE)) == 2, "its own tests, before and after"
    assert "CONTESTED" in printed
    assert "FORBID" in printed
    assert "the two wordings differ: something is newly allowed; nothing is newly forbidden" in printed
    assert re.search(r"^403: .*determination-4713\.exclusion", printed, re.MULTILINE)
    table = printed[printed.index("What happened") :]
    assert "permit desk answered by incumbent (smollm2-135m)" in table
    assert len(re.findall(r"terms (?:diff|hollow)", table)) == 4
    assert "both desks answered by successor" in table
    assert "permit desk is back: incumbent (smollm2-135m)" in table
    assert "a count reached its line: 403" in table
    assert "a call waited for a person, then" in table
    assert "convoy desk stays moved" in table
    assert "error[norm-in-force]" in printed
    assert "evidence.zip: verified" in printed
    assert "tampered.zip: NOT verified" in printed
    if sys.platform == "linux":
        assert running_in(folder) == []
    keys = [key.read_text("utf-8").strip() for key in (folder / "agency/.offramp/keys").glob("*-desk")]
    assert len(keys) == 3
    for file in folder.rglob("*"):
        if file.is_file() and file.parent.name != "keys":
            assert not any(key.encode() in file.read_bytes() for key in keys), f"{file} holds a caller's key"


def test_with_one_model_it_stops_before_the_move(weights: dict[str, Path], tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "models"
    cache.mkdir(parents=True)
    for file in weights["smollm2-135m"].parent.glob("smollm2-135m*"):
        shutil.copy(file, cache)
    done = tell(
        tmp_path / "story",
        OFFRAMP_CACHE=str(cache.parent),
        PIP_INDEX_URL="http://127.0.0.1:9/simple",
        PIP_EXTRA_INDEX_URL="",
        PIP_CONFIG_FILE=os.devnull,
        PIP_RETRIES="0",
    )
    assert done.returncode == 4, done.stdout[-4000:] + done.stderr
    assert "error[weights-unreachable]" in done.stdout
    assert "The story stops before the move: the model qwen2.5-coder-0.5b" in done.stdout
    assert "8  The move" not in done.stdout


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me", "utf-8")
    done = tell(tmp_path)
    assert done.returncode == 2
    assert "error[demo-folder-not-empty]" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
