"""Nothing waits for an acknowledgement: TCP_NODELAY both ways, towards callers and towards upstreams."""

import ctypes
import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.gateway.conftest import Gateway, eventually

PIDFD_GETFD = 438
"""The number of the system call; Python has no function for it."""


def connections(pid: int) -> Iterator[socket.socket]:
    """Copies of the connections of a process, each to be closed."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if not str(entry.readlink()).startswith("socket:"):
                    continue
                copied = libc.syscall(PIDFD_GETFD, process, int(entry.name), 0)
                if copied < 0:
                    pytest.skip(f"this user may not look into its own children: errno {ctypes.get_errno()}")
                with socket.socket(fileno=copied) as found:
                    yield found
    finally:
        os.close(process)


@pytest.mark.skipif(sys.platform != "linux", reason="connections of another process are looked at")
def test_both_ways_send_at_once(gateway: Gateway) -> None:
    body = json.dumps(
        {"model": "model-b", "stream": True, "messages": [{"role": "user", "content": "slow"}]}
    ).encode()
    port = int(gateway.url.rpartition(":")[2])
    workers = json.loads((gateway.root / "ready.json").read_text())["workers"]
    with socket.create_connection(("127.0.0.1", port)) as caller:
        head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"
        head += f"authorization: Bearer {gateway.keys['desk']}\r\n"
        caller.sendall(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        assert caller.recv(100).startswith(b"HTTP/1.1 200")

        def sides() -> set[str]:
            found = set()
            for worker in workers:
                for one in connections(worker):
                    if one.family != socket.AF_INET:
                        continue
                    with suppress(OSError):
                        one.getpeername()
                        side = "caller" if one.getsockname()[1] == port else "upstream"
                        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), side
                        found.add(side)
            return found

        eventually(lambda: sides() == {"caller", "upstream"})
