"""The processes of the bench: the provider, the floor and the gateway, and what each of them used."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from compileall import compile_dir
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe
from typing import TypeVar

from answers import MODEL

HERE = Path(__file__).parent
START_SECONDS = 60.0
T = TypeVar("T")

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications:
  desk: {{key: {{file: desk.key}}, facts: {{under: commercial, purpose: office}}{limits}}}
upstreams:
  b: {{vendor: example-b, dialect: openai-chat, url: "{url}", key: {{env: BENCH_KEY}}}}
  c: {{vendor: example-c, dialect: openai-chat, url: "{url}"}}
routes:
  {model}: {{targets: [{{upstream: b, model: model-up}}, {{upstream: c, model: model-up}}]}}
"""

INSTRUMENTS = """\
schema: offramp.instruments/v1
instruments:
  - id: order-1
    kind: order
    title: an order
    issuer: an issuer
    basis: text
    source: {document: Gazette 1}
    from: 2020-01-01
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: 'context.under == "dow"', if_unknown: hold, quote: shall not use it for the department}
      - {id: model, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use,
         when: 'context.model == "model-down"', if_unknown: hold, quote: shall not use this model}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A server under measurement."""

    port: int
    key: str
    worker: int
    """Process id."""
    writer: int
    """Process id; 0 where there is none."""
    started_seconds: float
    process: int = 0
    """Process id of the whole."""


@dataclass(frozen=True, slots=True)
class Use:
    """CPU seconds so far."""

    worker: float
    writer: float


def use(place: Place) -> Use:
    """What the processes of `place` have used until now."""
    return Use(_cpu_seconds(place.worker), _cpu_seconds(place.writer) if place.writer else 0.0)


def _cpu_seconds(pid: int) -> float:
    """User and kernel time of all threads, from the scheduler: clock ticks would be 10 ms."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def memory_mb(pid: int) -> float:
    """The process's proportional share of memory."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def provider() -> Iterator[str]:
    """The pretended provider runs; its URL."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "upstream.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        _end(process)


@contextmanager
def floor(url: str, port: int) -> Iterator[Place]:
    """The floor runs."""
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, str(HERE / "floor.py"), url, str(port)])
    try:
        worker = _wait(lambda: next(iter(_children(process.pid)), 0), process)
        _wait(lambda: _answers(port), process)
        yield Place(port=port, key="", worker=worker, writer=0, started_seconds=time.monotonic() - began)
    finally:
        _end(process)


@contextmanager
def gateway(url: str, root: Path, limits: str = "", *, instruments: str = INSTRUMENTS) -> Iterator[Place]:
    """`offramp serve` runs with one worker, keys, instruments and its ledger, and `limits` for its caller."""
    key = f"offr_desk_{token_urlsafe(32)}"
    (root / "instruments").mkdir(parents=True)
    (root / "instruments" / "orders.yaml").write_text(instruments)
    (root / "offramp.yaml").write_text(WORKSPACE.format(url=url, model=MODEL, limits=limits))
    (root / "desk.key").write_text(key)
    (root / "desk.key").chmod(0o600)
    ready = root / "ready.json"
    _compile()
    began = time.monotonic()
    command = ["serve", "--workers", "1", "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [sys.executable, "-m", "offramp", *command],
        cwd=root,
        env={**os.environ, "BENCH_KEY": "bench"},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(ready.exists, process)
        told = json.loads(ready.read_text())
        (worker,) = told["workers"]
        yield Place(
            port=int(told["url"].rpartition(":")[2]),
            key=key,
            worker=worker,
            writer=int((root / ".offramp" / "writer.lock").read_text()),
            started_seconds=time.monotonic() - began,
            process=process.pid,
        )
    finally:
        _end(process)


def _compile() -> None:
    """The package has its bytecode, as an installer leaves it."""
    compile_dir(Path(find_spec("offramp").origin).parent, quiet=2)  # type: ignore[union-attr, arg-type]


def family(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*"):
            try:
                found += [int(child) for child in (task / "children").read_text().split()]
            except OSError:
                continue
    return found


def family_cpu_seconds(pid: int) -> float:
    """User and kernel time of a process and all below it."""
    return sum(_cpu_seconds(one) for one in family(pid))


def family_memory_mb(pid: int) -> float:
    """Proportional share of memory of a process and all below it."""
    return sum(memory_mb(one) for one in family(pid))


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process that was started here."""
    _end(process)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _wait(happened: Callable[[], T], process: "subprocess.Popen[bytes]") -> T:
    deadline = time.monotonic() + START_SECONDS
    while not (value := happened()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"{process.args!r} did not start")
        time.sleep(0.02)
    return value


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.stdin is not None:
        process.stdin.close()
    process.terminate()
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
