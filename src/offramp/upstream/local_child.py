"""The child's side of `local.py`: `python -m offramp.upstream.local_child`.

One JSON line on standard input says what to load; one on standard output says where it answers. Standard
input then stays open as long as the parent lives: its end is this process's end.
"""

import contextlib
import json
import os
import signal
import sys
from typing import Any


def main() -> None:
    """Load the model, say where it answers, and stay until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = json.loads(sys.stdin.buffer.readline())
    # INVARIANT: only our line goes to the pipe; whatever the runtime prints goes to the log.
    answers = os.dup(1)
    os.dup2(2, 1)
    server = start(told)
    os.write(answers, json.dumps({"url": server.listening_address}).encode() + b"\n")
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(0)


def start(told: dict[str, Any]) -> Any:
    """The runtime's own server, loaded and listening on a free loopback port."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = told["path"]
    # The name it reports; without one it reports the file's path.
    params.model_alias = {told["slug"]}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [told["key"]]
    params.cors_origins = ""
    params.n_ctx = told["context"]
    params.cpuparams.n_threads = told["threads"]
    params.cpuparams_batch.n_threads = told["threads"]
    # Waiting threads that spin starve the ones that work where cores are few.
    params.cpuparams.poll = 0
    params.cpuparams_batch.poll = 0
    params.offline = True
    params.ui = False
    params.endpoint_slots = False
    params.cache_ram_mib = 0
    params.verbosity = 1
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
