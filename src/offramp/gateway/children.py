"""The processes beside the workers: the ledger's writer and the local models. Started, watched, stopped."""

import fcntl
import multiprocessing
import sys
import time
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import IO

from offramp.core.errors import OfframpError
from offramp.gateway.settings import LocalAddress
from offramp.gateway.writer_child import WriterChild, be_writer
from offramp.upstream import LocalModel, launch_local

WRITER_SECONDS = 60.0
STOP_SECONDS = 10.0


def start_method() -> str:
    """How processes begin: by fork where it is the system's way, which saves each of them its imports."""
    return "fork" if sys.platform == "linux" else "spawn"


class Children:
    """Everything that must be gone when the gateway is. A context manager."""

    def __init__(self, state: Path, *, is_embedded: bool = False) -> None:
        self._state = state
        self._is_embedded = is_embedded
        """This process is another's server: it is neither forked nor begun again."""
        self._writer: BaseProcess | WriterChild | None = None
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
        if self._is_embedded:
            child = self._writer = WriterChild(self._state)
            if not child.wait_ready(WRITER_SECONDS):
                raise self._no_writer()
            return
        context = multiprocessing.get_context(start_method())
        listens = context.Event()
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=_be_writer, args=(self._state, listens), name="offramp-writer"
        )
        self._writer = process
        process.start()
        deadline = time.monotonic() + WRITER_SECONDS
        while not listens.wait(0.05):
            if not process.is_alive() or time.monotonic() > deadline:
                raise self._no_writer()

    def _no_writer(self) -> OfframpError:
        return OfframpError(
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
        writer, self._writer = self._writer, None
        if writer is None:
            return
        if isinstance(writer, WriterChild):
            writer.stop(STOP_SECONDS)
            return
        writer.terminate()
        writer.join(STOP_SECONDS)
        if writer.is_alive():
            writer.kill()
            writer.join()


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
    be_writer(state, listens.set)
