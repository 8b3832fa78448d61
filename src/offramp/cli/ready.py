"""What `offramp serve` says once it answers: where, which faces, and a line to copy."""

import json
import os
from pathlib import Path

from offramp.cli.notifying import notify
from offramp.cli.output import say
from offramp.core.instants import format_instant
from offramp.dialects import DIALECTS, Operation, faces
from offramp.gateway import Listening, Settings


def announce(settings: Settings, listening: Listening, ready_file: Path | None) -> None:
    """Tell the person at the terminal, then the program that waits for `ready_file`."""
    say(f"offramp gateway on {listening.url} ({settings.workers} workers)")
    if settings.at is not None:
        say(f"  decides as if it were {format_instant(settings.at)} at the start")
    for path, face in sorted(faces().items(), key=lambda item: item[0]):
        if face.operation == Operation.CONVERSE:
            say(f"  face {face.dialect.slug}: POST {path}")
    routes = settings.workspace.routes
    for route in routes.values():
        led = " → ".join(f"{target.upstream}/{target.model}" for target in route.targets)
        say(f"  route {route.name}: {led}")
    if settings.workspace.stance is None and settings.workspace.instruments:
        say("  no stance: contested norms are reported, not enforced")
    say(f"try it:\n  {_example(settings, listening)}")
    notify("READY=1")
    if ready_file is not None:
        told = {
            "url": listening.url,
            "port": listening.port,
            "pid": os.getpid(),
            "workers": list(listening.workers),
        }
        draft = ready_file.with_name(f"{ready_file.name}.new")
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(told) + "\n", encoding="utf-8")
        draft.replace(ready_file)


def _example(settings: Settings, listening: Listening) -> str:
    """A line for the first dialect with one message; every dialect here takes this body."""
    dialect = next(iter(DIALECTS.values()))
    path = next(path for path, operation in dialect.faces.items() if operation == Operation.CONVERSE)
    names = [name for name in settings.workspace.routes if name != "*"]
    model = names[0] if names else "any-model"
    key = "any" if settings.is_open else "$KEY"
    body = {"model": model, "max_tokens": 32, "messages": [{"role": "user", "content": "Say hello."}]}
    headers = " ".join(f'-H "{name}: {value}"' for name, value in dialect.request_headers(key).items())
    return f"curl -i {listening.url}{path} {headers} -d '{json.dumps(body)}'"
