"""The processes beside the workers: the ledger's writer and the local models. Started, watched, stopped."""

import fcntl
import multiprocessing
import signal
import sys
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import IO

import uvloop

from offramp.core.errors import Exit, OfframpError
from offramp.evidence import run_writer
from offramp.gateway.settings import LocalAddress
from offramp.upstream import LocalModel, launch_local

WRITER_SECONDS = 60.0
STOP_SECONDS = 10.0


def start_method() -> str:
    """How processes begin: by fork where it is the system's way, which saves each of them its imports."""
    return "fork" if sys.platform == "linux" else "spawn"


class Children:
    """Everything that must be gone when the gateway is. A context manager."""

    def __init__(self, state: Path, method: str = "") -> None:
        self._state = state
        self._method = method or start_method()
        self._writer: BaseProcess | None = None
        self._models: list[LocalModel] = []
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> "Children":
        self._state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _only_one(self._state)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._lock is not None:
            self._lock.close()

    def start_writer(self) -> None:
        """The ledger's writer listens and the database has its tables. Raises `ledger-writer-failed`."""
        context = multiprocessing.get_context(self._method)
        listens = context.Event()
        self._writer = context.Process(target=_be_writer, args=(self._state, listens), name="offramp-writer")  # type: ignore[attr-defined]
        self._writer.start()
        deadline = time.monotonic() + WRITER_SECONDS
        while not listens.wait(0.05):
            if not self._writer.is_alive() or time.monotonic() > deadline:
                raise OfframpError(
                    "ledger-writer-failed",
                    f"the ledger's writer for `{self._state}` did not start",
                    help="stop the other gateway that uses this directory, or look above for what it said",
                )

    def start_models(self, slugs: tuple[str, ...], logs: Path) -> Mapping[str, LocalAddress]:
        """Every local model answers; returns where. Raises what `launch_local` and `wait_ready` raise."""
        for slug in slugs:
            self._models.append(launch_local(slug, logs))
        for model in self._models:
            model.wait_ready()
        return {model.slug: LocalAddress(model.url, model.key) for model in self._models}

    def missing(self) -> str:
        """Which child has ended, in words; empty while all run."""
        if self._writer is not None and not self._writer.is_alive():
            return "the ledger's writer ended"
        for model in self._models:
            if not model.is_alive():
                return f"the local model `{model.slug}` ended"
        return ""

    def stop(self) -> None:
        """No child is left. Models first: nobody asks them any more; the writer has the last word."""
        for model in self._models:
            model.stop()
        self._models.clear()
        writer = self._writer
        if writer is None:
            return
        writer.terminate()
        writer.join(STOP_SECONDS)
        if writer.is_alive():
            writer.kill()
            writer.join()
        self._writer = None


def is_running(state: Path) -> bool:
    """Whether a gateway runs on `state`, in another process."""
    try:
        with (state / "gateway.lock").open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _only_one(state: Path) -> IO[bytes]:
    """A lock that says a gateway runs on `state`. It ends with this process and is not the children's."""
    file = (state / "gateway.lock").open("ab")
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise OfframpError(
            "gateway-running",
            f"another gateway runs on `{state}`",
            help="stop that one first, or serve another workspace",
        ) from None
    return file


def _be_writer(state: Path, listens: Event) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        run_writer(state, new_loop=uvloop.new_event_loop, on_ready=listens.set)
    except OfframpError as error:
        sys.stderr.write(error.render() + "\n")
        raise SystemExit(int(Exit.USAGE)) from None
