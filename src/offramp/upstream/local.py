"""A local model in a child process: started, watched, stopped. The child's side is `local_child.py`.

The child listens on a loopback port of its own choosing, wants a key made for this run, and ends when this
process does, however this process ends.
"""

import json
import selectors
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_urlsafe
from typing import IO

from offramp.core.errors import OfframpError
from offramp.core.secrets import Secret
from offramp.upstream.extras import require_extra
from offramp.upstream.weights.cache import cached
from offramp.upstream.weights.catalogue import find_weights

START_SECONDS = 180.0
STOP_SECONDS = 5.0
CONTEXT_TOKENS = 8192
"""Prompt and answer together."""


class LocalModel:
    """One running local model."""

    def __init__(self, slug: str, process: "subprocess.Popen[bytes]", log: Path, key: Secret) -> None:
        self.slug = slug
        self.key = key
        self.url = ""
        """Set once it is ready."""
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """It answers at `url`. Raises `model-failed` with what its log said last; then nothing is left."""
        assert self._process.stdout is not None
        line = _first_line(self._process.stdout, seconds)
        if not line:
            is_dead = self._process.poll() is not None
            self.stop()
            what = "ended while it was starting" if is_dead else f"was not ready after {seconds:.0f} seconds"
            raise OfframpError(
                "model-failed",
                f"the local model `{self.slug}` {what}: {self._last_words()}",
                help=f"read {self._log}; free some memory, or run: offramp models pull {self.slug}",
            )
        self.url = str(json.loads(line)["url"])

    def is_alive(self) -> bool:
        """The child runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """The child is gone and reaped. Idempotent."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _last_words(self) -> str:
        lines = (
            self._log.read_text(encoding="utf-8", errors="replace").splitlines() if self._log.exists() else []
        )
        spoken = [line.strip() for line in lines if line.strip()]
        return spoken[-1][:300] if spoken else "it said nothing"


def launch_local(slug: str, logs: Path, *, threads: int = 1) -> LocalModel:
    """A child that loads `slug`; call `wait_ready` before its `url`. Its log goes to a file in `logs`.

    More threads than free cores collapse its speed.

    Raises `model-unknown`, `extra-missing` or `weights-missing`, and has then started nothing.
    """
    weights = find_weights(slug)
    require_extra("local")
    path = cached(weights)
    if path is None:
        raise OfframpError(
            "weights-missing",
            f"the weights of the local model `{slug}` are not in the cache",
            help=f"fetch them once: offramp models pull {slug}",
        )
    key = Secret(token_urlsafe(24))
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"local-{slug}.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "offramp.upstream.local_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    told = {"path": str(path), "slug": slug, "key": key.reveal(), "threads": threads}
    assert process.stdin is not None
    process.stdin.write(json.dumps({**told, "context": CONTEXT_TOKENS}).encode() + b"\n")
    process.stdin.flush()
    return LocalModel(slug, process, log, key)


def _first_line(stream: IO[bytes], seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                return stream.readline()
    return b""
