"""The gateway under a service manager: its unit, and what it is told of a start and a stop."""

import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def unit(tmp_path: Path, workspace: Any, offramp: Any) -> Path:
    root = workspace(tmp_path / "a place with 100 %")
    done = offramp("serve", "--print-unit", "--port", "8485", "--workers", "3", cwd=root)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "offramp.service"
    file.write_text(done.stdout)
    return file


def test_a_unit_has_its_paths_and_nothing_writable_but_the_state(unit: Path, tmp_path: Path) -> None:
    lines = unit.read_text().splitlines()
    root = str(tmp_path / "a place with 100 %").replace("%", "%%")
    assert f'ReadWritePaths="{root}/.offramp"' in lines
    assert f"WorkingDirectory={root}" in lines
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert start.endswith(f'-m offramp serve --workspace "{root}" --host 127.0.0.1 --port 8485 --workers 3')
    for line in ("ProtectSystem=strict", "NoNewPrivileges=yes", "Type=notify", "CapabilityBoundingSet="):
        assert line in lines


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here")
def test_a_unit_is_what_its_manager_takes(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert unit.name not in done.stderr


def test_a_service_manager_hears_of_the_start_and_the_stop(
    started: Any, workspace: Any, tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        address = tmp_path / "notify"
        manager.bind(str(address))
        manager.settimeout(60)
        running = started(
            workspace(tmp_path / "place"), "--workers", "1", env={"NOTIFY_SOCKET": str(address)}
        )
        assert manager.recv(100) == b"READY=1"
        assert running.stop() == 0
        assert manager.recv(100) == b"STOPPING=1"
