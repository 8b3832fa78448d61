"""A real local model in its child process."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.upstream import cached, find_weights, launch_local, pull

SLUG = "smollm2-135m"


@pytest.fixture(scope="session")
def weights() -> Path:
    try:
        return pull(find_weights(SLUG))
    except OfframpError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no weights: {error.message}")


@pytest.mark.model
@pytest.mark.usefixtures("weights")
def test_it_answers_under_its_slug_and_leaks_no_path(tmp_path: Path) -> None:
    model = launch_local(SLUG, tmp_path)
    try:
        model.wait_ready()
        body = {"messages": [{"role": "user", "content": "Say hi."}], "max_tokens": 8}
        request = urllib.request.Request(
            f"{model.url}/v1/chat/completions",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json", "authorization": f"Bearer {model.key.reveal()}"},
        )
        with urllib.request.urlopen(request) as answer:
            said = answer.read()
        assert json.loads(said)["model"] == SLUG
        assert str(Path.home()).encode() not in said
    finally:
        model.stop()
    assert not model.is_alive()


@pytest.mark.model
def test_it_ends_when_its_parent_is_killed(weights: Path, tmp_path: Path) -> None:
    assert cached(find_weights(SLUG)) == weights
    program = (
        "import os, pathlib\n"
        "from offramp.upstream import launch_local\n"
        f"model = launch_local('{SLUG}', pathlib.Path({str(tmp_path)!r}))\n"
        "model.wait_ready()\n"
        "print(model.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    pid = int(parent.stdout)
    deadline = time.monotonic() + 60
    while Path(f"/proc/{pid}").exists() and _state(pid) != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.model
def test_a_broken_file_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "models" / f"{SLUG}.gguf"
    broken.parent.mkdir()
    broken.write_bytes(b"GGUF" + b"\0" * 100)
    pinned = find_weights(SLUG)
    stat = broken.stat()
    broken.with_suffix(".checked").write_text(f"{pinned.sha256} {stat.st_size} {stat.st_mtime_ns}\n")
    monkeypatch.setenv("OFFRAMP_CACHE", str(tmp_path))
    model = launch_local(SLUG, tmp_path / "logs")
    with pytest.raises(OfframpError) as caught:
        model.wait_ready()
    assert caught.value.code == "model-failed"
    assert not model.is_alive()


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
