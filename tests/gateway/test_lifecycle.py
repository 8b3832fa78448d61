"""Starting, stopping, dying: what is acknowledged is in the ledger, and nothing is left running."""

import json
import os
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

ASKED = 300
KILLED_AFTER = 100


def children(pid: int) -> set[int]:
    """Every process below `pid`."""
    found: set[int] = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found |= {int(entry.name), *children(int(entry.name))}
    return found


def is_running(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def ask(gateway: Any, post: Any, text: str = "hi") -> Any:
    body = {"model": "model-b", "messages": [{"role": "user", "content": text}]}
    return post(
        f"{gateway.url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {gateway.keys['desk']}"},
    )


def test_killed_under_load_it_keeps_every_acknowledged_entry_and_starts_again(
    tmp_path: Path, workspace: Any, started: Any, post: Any, wait_until: Any
) -> None:
    root = workspace(tmp_path / "place")
    gateway = started(root)
    below = children(gateway.process.pid)
    assert len(below) >= 3
    acknowledged: list[str] = []
    enough = threading.Event()

    def load() -> None:
        for _ in range(ASKED // 6):
            try:
                answer = ask(gateway, post)
            except OSError:
                return
            if answer.status == 200:
                acknowledged.append(answer.headers["offramp-request-id"])
            if len(acknowledged) >= KILLED_AFTER:
                enough.set()

    threads = [threading.Thread(target=load) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert enough.wait(120)
    gateway.process.send_signal(signal.SIGKILL)
    for thread in threads:
        thread.join()
    gateway.process.wait(60)
    wait_until(lambda: not any(is_running(pid) for pid in below))

    again = started(root)
    recorded = {entry.subject for entry in again.entries()}
    assert len(acknowledged) >= KILLED_AFTER
    assert set(acknowledged) <= recorded
    assert ask(again, post).status == 200


def test_a_killed_worker_is_replaced(
    tmp_path: Path, workspace: Any, started: Any, post: Any, wait_until: Any
) -> None:
    gateway = started(workspace(tmp_path / "place"), "--workers", "1")
    (worker,) = json.loads((gateway.root / "ready.json").read_text())["workers"]
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not is_running(worker))

    def answers() -> bool:
        try:
            return bool(ask(gateway, post).status == 200)
        except OSError:
            return False

    wait_until(answers)


def test_without_its_ledger_writer_the_gateway_stops_and_says_so(
    tmp_path: Path, workspace: Any, started: Any, wait_until: Any
) -> None:
    gateway = started(workspace(tmp_path / "place"))
    below = children(gateway.process.pid)
    workers = set(json.loads((gateway.root / "ready.json").read_text())["workers"])
    (writer,) = below - workers
    os.kill(writer, signal.SIGKILL)
    assert gateway.process.wait(180) == 70
    assert "the ledger's writer ended" in gateway.log.read_text()
    wait_until(lambda: not any(is_running(pid) for pid in below))


def test_stopped_it_drains_what_is_under_way(
    tmp_path: Path, workspace: Any, started: Any, post: Any, fakes: Any, wait_until: Any
) -> None:
    gateway = started(workspace(tmp_path / "place"))
    below = children(gateway.process.pid)
    answers: list[Any] = []
    before = len(fakes["b"].seen)
    thread = threading.Thread(target=lambda: answers.append(ask(gateway, post, "slow")))
    thread.start()
    wait_until(lambda: len(fakes["b"].seen) > before)
    assert gateway.stop() == 0
    thread.join()
    assert [answer.status for answer in answers] == [200]
    wait_until(lambda: not any(is_running(pid) for pid in below))


def test_a_taken_port_is_a_clear_error(tmp_path: Path, workspace: Any, offramp: Any) -> None:
    root = workspace(tmp_path / "place")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = offramp("serve", "--port", str(port), cwd=root, env={"FAKE_KEY": "x"})
    assert done.returncode == 2
    assert done.stderr.startswith("error[port-taken]")
    assert "= help: stop that program" in done.stderr


def test_a_second_gateway_on_the_same_port_is_refused(
    gateway: Any, workspace: Any, offramp: Any, tmp_path: Path
) -> None:
    port = gateway.url.rpartition(":")[2]
    root = workspace(tmp_path / "place")
    done = offramp("serve", "--port", port, cwd=root, env={"FAKE_KEY": "x"})
    assert "error[port-taken]" in done.stderr


def test_a_second_gateway_on_the_same_state_is_refused(gateway: Any, offramp: Any) -> None:
    for port in ("0", gateway.url.rpartition(":")[2]):
        done = offramp("serve", "--port", port, cwd=gateway.root, env={"FAKE_KEY": "x"})
        assert done.returncode == 2
        assert "error[gateway-running]" in done.stderr


def test_a_missing_key_names_where_it_should_be(tmp_path: Path, workspace: Any, offramp: Any) -> None:
    root = workspace(tmp_path / "place")
    done = offramp("serve", "--port", "0", cwd=root)
    assert done.returncode == 2
    assert "FAKE_KEY" in done.stderr
    (root / "keys" / "lab").unlink()
    assert "keys/lab" in offramp("serve", "--port", "0", cwd=root, env={"FAKE_KEY": "x"}).stderr


@pytest.mark.parametrize(
    ("upstream", "code"),
    [
        ("{vendor: example-d, dialect: no-such-api, url: 'http://127.0.0.1:1'}", "dialect-unknown"),
        ("{vendor: example-d, dialect: openai-chat, local: no-such-model}", "model-unknown"),
    ],
)
def test_a_workspace_that_cannot_be_served_says_why(
    tmp_path: Path, workspace: Any, offramp: Any, upstream: str, code: str
) -> None:
    root = workspace(tmp_path / "place")
    text = (root / "offramp.yaml").read_text()
    (root / "offramp.yaml").write_text(text.replace("upstreams:\n", f"upstreams:\n  d: {upstream}\n"))
    done = offramp("serve", "--port", "0", cwd=root, env={"FAKE_KEY": "x"})
    assert done.returncode == 2
    assert f"error[{code}]" in done.stderr
