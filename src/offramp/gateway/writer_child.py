"""The ledger's writer in a program of its own, beside a process that is not ours.

A server that has an application of ours in it cannot be forked (its sockets and its running loop would come
along), nor begun a second time (its own script would serve again).
"""

import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import uvloop

from offramp.core.errors import Exit, OfframpError
from offramp.evidence import run_writer

_READY = b"ready\n"
_PROGRAM = "from offramp.gateway.writer_child import main; main()"


class WriterChild:
    """The writer of `state` in a program of its own. Ends with this process, however that ends."""

    def __init__(self, state: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(state)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def wait_ready(self, seconds: float) -> bool:
        """Whether it listens, within so long."""
        deadline = time.monotonic() + seconds
        assert self._process.stdout is not None
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._process.stdout], [], [], left)[0]:
                return self._process.stdout.readline() == _READY
        return False

    def is_alive(self) -> bool:
        """It runs."""
        return self._process.poll() is None

    def stop(self, seconds: float) -> None:
        """It is gone and reaped; killed where it did not end in so long."""
        self._process.terminate()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def be_writer(state: Path, on_ready: Callable[[], None]) -> None:
    """Be the writer until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run_writer(state, new_loop=uvloop.new_event_loop, on_ready=on_ready)
    except OfframpError as error:
        sys.stderr.write(error.render() + "\n")
        raise SystemExit(int(Exit.USAGE)) from None


def main() -> None:
    """The program: be the writer of the directory that is its argument, and say when it listens."""
    be_writer(Path(sys.argv[1]), _say_ready)


def _say_ready() -> None:
    with suppress(OSError):
        sys.stdout.buffer.write(_READY)
        sys.stdout.buffer.flush()
