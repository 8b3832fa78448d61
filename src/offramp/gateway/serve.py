"""The serving process: starts writer, models and workers, watches them, and leaves nothing behind."""

import logging
import math
import multiprocessing
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from typing import Any

from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from offramp.control import callers, quotas
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import now
from offramp.core.secrets import Secret
from offramp.dialects import faces
from offramp.gateway.children import Children, start_method
from offramp.gateway.kept import Kept
from offramp.gateway.metrics import prepare_metrics
from offramp.gateway.mover import Mover
from offramp.gateway.name_sampling import check_reading
from offramp.gateway.ports import reserve_port
from offramp.gateway.reload import Reloader
from offramp.gateway.settings import (
    BACKLOG,
    HEAD_SECONDS,
    IN_FLIGHT_PER_WORKER,
    LAST_SECONDS,
    LocalAddress,
    Settings,
)
from offramp.gateway.snapshot import take_snapshot
from offramp.gateway.start_entry import record_start
from offramp.gateway.tracing import is_traced
from offramp.gateway.worker import AsgiApp, build
from offramp.plan.following import prepare_following

log = logging.getLogger("offramp.gateway")

READY_SECONDS = 60.0
WATCH_SECONDS = 0.2
FILES = 65536
"""Open files that are enough for every worker's connections."""


@dataclass(frozen=True, slots=True)
class Listening:
    """The gateway answers."""

    url: str
    host: str
    port: int
    workers: tuple[int, ...]
    """Process ids."""


def serve(settings: Settings, on_ready: Callable[[Listening], None]) -> None:
    """Serve until a stop signal; then nothing started here is left running. Blocks.

    `on_ready` is called once every worker answers. Raises what is wrong with the workspace, its keys, the
    port, the models or the ledger, before anything listens; `gateway-broken` when a part of it ended.
    """
    check_open(settings)
    check_reading(settings.workspace)
    _raise_file_limit()
    # Until the server takes the signals over, a stop signal must still stop the children.
    signal.signal(signal.SIGTERM, _stop_early)
    with Children(settings.state) as children, reserve_port(settings.host, settings.port) as reserved:
        port = int(reserved.getsockname()[1])
        slugs = tuple(dict.fromkeys(u.local for u in settings.workspace.upstreams.values() if u.local))
        # Where they will answer does not matter yet; that everything else is right does.
        take_snapshot(replace(settings, locals=dict.fromkeys(slugs, LocalAddress("", Secret("")))))
        children.start_writer()
        # Made here once: two workers that make it at the same moment would lock each other out.
        Kept(settings.state).close()
        prepare_metrics(settings.state)
        prepare_following(settings.state)
        quotas.begin_run(settings.state)
        is_traced()
        record_start(settings)
        addresses = children.start_models(slugs, settings.state / "logs")
        running = replace(settings, port=port, locals=addresses, parent=os.getpid())
        # What became due while nothing ran is caught up before the first request.
        Mover(running).look(running)
        _Run(running, children, on_ready).serve()


def _raise_file_limit() -> None:
    """Each stream takes two connections: as many as this user may open, not as many as shells are given."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or soft < hard:
        most = FILES if hard == resource.RLIM_INFINITY else min(hard, FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _stop_early(_signal: int, _frame: object) -> None:
    raise SystemExit(int(Exit.OK))


def check_open(settings: Settings) -> None:
    """An open gateway is for this machine only. Raises `open-not-loopback` or `caller-key-missing`."""
    if settings.is_open and settings.host not in ("127.0.0.1", "::1", "localhost"):
        raise OfframpError(
            "open-not-loopback",
            f"--open takes any caller's key, and `{settings.host}` can be reached from other machines",
            help="leave out --host, or leave out --open and give each application a key",
        )
    has_key = any(a.key for a in settings.workspace.applications.values())
    if not (settings.is_open or has_key or callers.has_keys(settings.state, now())):
        raise OfframpError(
            "caller-key-missing",
            "no application has a key, so nobody could call",
            help="run `offramp keys issue`, give an application a `key` in offramp.yaml, "
            "or use --open on this machine",
        )


class _Loader:
    """Builds a worker's application. One that is started again begins with the settings then in force."""

    def __init__(self, settings: Settings, on_ready: Callable[[int], None], stopping: Any) -> None:
        self.settings = settings
        self._on_ready = on_ready
        self._stopping = stopping

    def __call__(self) -> AsgiApp:
        return build(self.settings, self._on_ready, self._stopping)


class _Server(Server):  # type: ignore[misc, valid-type]
    """Tells its workers that they are to stop before it stops them."""

    def __init__(self, stopping: Any, unready_seconds: float, **settings: Any) -> None:
        super().__init__(**settings)
        self._stopping = stopping
        self._unready_seconds = unready_seconds

    def signal_handler_interrupt(self, *args: Any, **more: Any) -> None:
        """Stop now; or after the time that whoever asks for its readiness is given. A second signal: now."""
        if self._unready_seconds > 0 and not self._stopping.is_set():
            later = threading.Timer(self._unready_seconds, super().signal_handler_interrupt)
            later.daemon = True
            later.start()
        else:
            super().signal_handler_interrupt(*args, **more)
        self._stopping.set()

    def _stop_workers(self) -> None:
        """No worker is left. Only who is still there after the time it has is killed.

        Who has ended is told by the pipe that ends with a process: a thread of the server waits for each
        worker, too, and of two who wait for one process, one is told that there is none.
        """
        for worker in self.wrks:
            worker.terminate()
        deadline = time.monotonic() + self.workers_kill_timeout
        for worker in self.wrks:
            if not wait([worker.inner.sentinel], max(0.0, deadline - time.monotonic())):
                log.warning("worker %s did not end in time and is killed", worker.idx + 1)
                worker.kill()
            worker.join()
        self.wrks.clear()

    def stop(self) -> None:
        """Stop now."""
        self._stopping.set()
        self.signal_handler_interrupt()


class _Run:
    """One run of the workers."""

    def __init__(self, settings: Settings, children: Children, on_ready: Callable[[Listening], None]) -> None:
        self._settings = settings
        self._children = children
        self._on_ready = on_ready
        context = multiprocessing.get_context(start_method())
        self._ready: Any = context.SimpleQueue()
        stopping = context.Event()
        self._loader = _Loader(settings, self._ready.put, stopping)
        self._reloader = Reloader(settings)
        self._mover = Mover(settings)
        self._is_over = threading.Event()
        self._broken = ""
        self._server = _Server(
            stopping,
            settings.unready_seconds,
            target="offramp",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.ASGI,
            workers=settings.workers,
            loop=Loops.uvloop,
            http1_settings=HTTP1Settings(header_read_timeout=HEAD_SECONDS * 1000),
            websockets=False,
            backpressure=IN_FLIGHT_PER_WORKER,
            backlog=BACKLOG,
            respawn_failed_workers=True,
            workers_kill_timeout=math.ceil(settings.drain_seconds) + LAST_SECONDS,
            log_level=LogLevels.warning,
        )

    def serve(self) -> None:
        # Every API is loaded here once, and not by each worker with its first request.
        faces()
        multiprocessing.set_start_method(start_method(), force=True)
        watch = threading.Thread(target=self._watch, name="offramp-watch", daemon=True)
        watch.start()
        try:
            self._server.serve(target_loader=self._loader, wrap_loader=False)
        except SystemExit:
            if not self._server.interrupt_signal:
                self._broken = self._broken or "the workers ended again and again"
        finally:
            self._is_over.set()
            watch.join()
        if self._broken:
            raise OfframpError(
                "gateway-broken",
                f"the gateway stopped because {self._broken}",
                help="look above for what it said last, and start it again",
                exit_code=Exit.INTERNAL,
            )

    def _watch(self) -> None:
        """Runs beside the server: says when it is ready, and ends it when a part of it is gone."""
        pids: list[int] = []
        deadline = time.monotonic() + READY_SECONDS
        is_told = False
        while not self._is_over.wait(0.02 if not is_told else WATCH_SECONDS):
            while not self._ready.empty():
                pids.append(self._ready.get())
            missing = self._children.missing()
            if missing:
                self._end(missing)
                return
            if is_told:
                if self._reloader.look():
                    self._loader.settings = self._reloader.settings
                self._mover.look(self._reloader.settings)
                continue
            if len(pids) >= self._settings.workers and self._answers():
                is_told = True
                self._on_ready(Listening(self._url, self._settings.host, self._settings.port, tuple(pids)))
            elif time.monotonic() > deadline:
                self._end("its workers were not ready in time")
                return

    def _end(self, why: str) -> None:
        self._broken = why
        self._server.stop()

    @property
    def _url(self) -> str:
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{self._settings.port}"

    def _answers(self) -> bool:
        try:
            socket.create_connection((self._settings.host, self._settings.port), timeout=2).close()
        except OSError:
            return False
        return True
