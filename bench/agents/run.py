"""Coding agents from npm, headless through the gateway to another vendor's API, with tools they really run.

    python bench/agents/run.py [AGENT…] [--cache FOLDER]

Each agent speaks its own vendor's API to the gateway. The gateway has one upstream, which speaks Chat
Completions and is a script on loopback: it calls the agent's tool that reads a file, then answers with what
that returned. Nothing leaves this machine. The agents (some hundred MB each, under their vendors' own terms)
are installed in the cache.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex, token_urlsafe
from typing import Any

from agents import AGENTS, Agent

from offramp.evidence import read_entries

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Company, kinds: [company]}}
applications: {{desk: {{key: {{file: desk.key}}}}}}
upstreams: {{b: {{vendor: example-b, dialect: openai-chat, url: "{url}"}}}}
routes: {{"*": {{targets: [{{upstream: b, model: model-up}}]}}}}
"""


class Script(BaseHTTPRequestHandler):
    """The upstream: a call of the agent's tool first, then what the tool returned."""

    protocol_version = "HTTP/1.1"
    agent: Agent
    file: Path
    asked: list[dict[str, Any]]

    def do_POST(self) -> None:
        """Answer one request, as a stream where one was asked for."""
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        type(self).asked.append(body)
        message = self._message(body)
        reason = "tool_calls" if message.get("tool_calls") else "stop"
        frame = {"id": "chatcmpl-1", "created": 1893456000, "model": "model-up"}
        usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        if not body.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason}
            whole = {**frame, "object": "chat.completion", "choices": [choice], "usage": usage}
            self._send("application/json", json.dumps(whole).encode())
            return
        pieces = [(_numbered(message), None), ({}, reason)]
        text = ""
        for delta, ended in pieces:
            choice = {"index": 0, "delta": delta, "finish_reason": ended}
            chunk = {**frame, "object": "chat.completion.chunk", "choices": [choice]}
            text += f"data: {json.dumps(chunk)}\n\n"
        last = {**frame, "object": "chat.completion.chunk", "choices": [], "usage": usage}
        text += f"data: {json.dumps(last)}\n\n"
        self._send("text/event-stream", f"{text}data: [DONE]\n\n".encode())

    def _message(self, body: dict[str, Any]) -> dict[str, Any]:
        results = [one for one in body["messages"] if one["role"] == "tool"]
        names = [tool["function"]["name"] for tool in body.get("tools", ())]
        if results:
            return {"role": "assistant", "content": f"The file says: {results[-1]['content']}"}
        if self.agent.tool not in names:
            return {"role": "assistant", "content": "ok"}
        call = {"name": self.agent.tool, "arguments": json.dumps(self.agent.arguments(self.file))}
        calls = [{"id": "call_1", "type": "function", "function": call}]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    def _send(self, kind: str, data: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Nothing is printed."""


def _numbered(message: dict[str, Any]) -> dict[str, Any]:
    calls = [{"index": number, **call} for number, call in enumerate(message.get("tool_calls", ()))]
    return {**message, "tool_calls": calls} if calls else message


def install(agent: Agent, cache: Path) -> Path:
    """The agent's program."""
    modules = cache / "node_modules"
    program = modules / ".bin" / agent.program
    if not program.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run([*command, "--prefix", str(cache), agent.package], check=True)
    found = [path for path in modules.glob(agent.native) if path.is_file()] if agent.native else []
    return found[0] if found else program


@contextmanager
def gateway(url: str, root: Path) -> Iterator[tuple[str, str]]:
    """A gateway to `url` runs; its address and a caller's key."""
    key = f"offr_desk_{token_urlsafe(32)}"
    (root / "offramp.yaml").write_text(WORKSPACE.format(url=url))
    (root / "desk.key").write_text(key)
    (root / "desk.key").chmod(0o600)
    ready = root / "ready.json"
    command = ["serve", "--workers", "1", "--port", "0", "--ready-file", str(ready)]
    process = subprocess.Popen(
        [sys.executable, "-m", "offramp", *command], cwd=root, stdin=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the gateway did not start")
            time.sleep(0.05)
        yield json.loads(ready.read_text())["url"], key
    finally:
        process.terminate()
        process.wait(60)


def main(agent: Agent, cache: Path) -> int:
    """Run the agent once; 0 where it read the file and told what is in it."""
    program = install(agent, cache)
    secret = token_hex(12)
    with tempfile.TemporaryDirectory() as folder:
        root, place = Path(folder) / "gateway", Path(folder) / "work"
        root.mkdir()
        place.mkdir()
        file = place / "note.txt"
        file.write_text(f"the word is {secret}\n")
        script = type("Own", (Script,), {"agent": agent, "file": file, "asked": []})
        with ThreadingHTTPServer(("127.0.0.1", 0), script) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            with gateway(f"http://127.0.0.1:{server.server_port}", root) as (url, key):
                answer = _run(agent, program, place, url, key)
            server.shutdown()
        asked: list[dict[str, Any]] = script.asked  # type: ignore[attr-defined]
        results = [one for body in asked for one in body["messages"] if one["role"] == "tool"]
        entries = [recorded.entry for recorded in read_entries(root / ".offramp")]
    ran = any(secret in str(one["content"]) for one in results)
    told = secret in answer
    answered = [entry.data for entry in entries if entry.data.get("outcome") == "answered"]
    faces = ", ".join(sorted({data["dialect"] for data in answered}))
    print(
        f"{agent.package}: {len(asked)} requests upstream, {len(answered)} answered in the ledger ({faces})"
    )
    print(f"its tool ran and returned the file: {ran}; its answer tells what is in it: {told}")
    return 0 if ran and told else 1


def _run(agent: Agent, program: Path, place: Path, url: str, key: str) -> str:
    home = place / "home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    arguments, environment = agent.start(home, url, key)
    done = subprocess.run(
        [str(program), *arguments],
        cwd=place,
        env={**kept, "HOME": str(home), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        print(f"the agent ended with {done.returncode}: {done.stdout[-2000:]} {done.stderr[-2000:]}")
    return done.stdout


def _asked() -> tuple[list[str], Path]:
    default = Path(os.environ.get("OFFRAMP_CACHE") or Path.home() / ".cache" / "offramp") / "bench-agents"
    parser = ArgumentParser(description="Run coding agents through the gateway.")
    parser.add_argument("agents", nargs="*", metavar="AGENT", help=", ".join(AGENTS))
    parser.add_argument("--cache", type=Path, default=default, help="where the agents are installed")
    given = parser.parse_args()
    unknown = set(given.agents) - set(AGENTS)
    if unknown:
        parser.error(f"no such agent: {', '.join(sorted(unknown))}")
    return given.agents or list(AGENTS), given.cache


if __name__ == "__main__":
    names, folder = _asked()
    sys.exit(max(main(AGENTS[name], folder) for name in names))
