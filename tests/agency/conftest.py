"""The rows of PLANTED.md, and a scripted server for the Messages API that is strict about what it is asked.

The server stands in for any server that speaks the API: plain, streamed, and a tool call when one is forced.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

AGENCY = Path(__file__).parents[2] / "examples" / "agency"
WORDS = ("The ", "north ", "berth ", "is ", "free.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of one of the three tables."""

    section: str
    cells: dict[str, str]

    @property
    def path(self) -> str:
        return self.cells["path"]

    @property
    def line(self) -> int:
        return int(self.cells["line"])

    @property
    def text(self) -> str:
        return self.cells["text"].strip("`")


def read_rows(page: str) -> tuple[Row, ...]:
    """Every row of every table of the page, with the heading it stands under."""
    rows: list[Row] = []
    section = ""
    header: list[str] = []
    for line in page.splitlines():
        if line.startswith("## "):
            section, header = line[3:], []
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not header:
                header = cells
            elif not set(line) <= set("| -"):
                rows.append(Row(section=section, cells=dict(zip(header, cells, strict=True))))
    return tuple(rows)


@dataclass
class MessagesServer:
    """Where the server listens, and every body it was asked with."""

    url: str
    calls_tools: bool = True
    """False: a forced tool call is answered with prose, as a server without tools does."""
    asked: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def agency() -> Path:
    """The folder of the example organisation."""
    return AGENCY


@pytest.fixture(scope="session")
def rows() -> tuple[Row, ...]:
    """Every row of PLANTED.md."""
    return read_rows((AGENCY / "PLANTED.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def planted(rows: tuple[Row, ...]) -> Callable[[str], tuple[Row, ...]]:
    """The rows under one heading of PLANTED.md."""
    return lambda section: tuple(row for row in rows if row.section == section)


@pytest.fixture
def messages_server() -> Iterator[MessagesServer]:
    """The scripted server, stopped afterwards."""
    state = MessagesServer(url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            problem = _problem(self.path, dict(self.headers.items()), body)
            if problem:
                error = {"type": "error", "error": {"type": "invalid_request_error", "message": problem}}
                self._send(400, "application/json", json.dumps(error).encode())
                return
            state.asked.append(body)
            message = _message(body, calls_tools=state.calls_tools)
            if body.get("stream"):
                self._send(200, "text/event-stream", _events(message))
            else:
                self._send(200, "application/json", json.dumps(message).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Quiet."""

        def _send(self, status: int, kind: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def _problem(path: str, headers: dict[str, str], body: dict[str, Any]) -> str:
    """What a strict server would refuse, or nothing."""
    lower = {name.lower(): value for name, value in headers.items()}
    if path != "/v1/messages":
        return f"no such path {path}"
    has_key = lower.get("x-api-key") or lower.get("authorization", "").startswith("Bearer ")
    if not has_key or not lower.get("anthropic-version"):
        return "the key or anthropic-version is missing"
    if not isinstance(body.get("max_tokens"), int) or not body.get("model"):
        return "max_tokens or model is missing"
    open_calls: set[str] = set()
    for message in body["messages"]:
        blocks = message["content"] if isinstance(message["content"], list) else []
        answered = {block["tool_use_id"] for block in blocks if block["type"] == "tool_result"}
        if answered != open_calls:
            return f"tool calls {open_calls} answered with {answered}"
        open_calls = {block["id"] for block in blocks if block["type"] == "tool_use"}
    return f"tool calls {open_calls} left open" if open_calls else ""


def _message(body: dict[str, Any], *, calls_tools: bool) -> dict[str, Any]:
    content: list[dict[str, Any]] = [{"type": "text", "text": "".join(WORDS)}]
    stop_reason = "end_turn"
    if calls_tools and body.get("tool_choice", {}).get("type") == "tool":
        tool = next(tool for tool in body["tools"] if tool["name"] == body["tool_choice"]["name"])
        content = [{"type": "tool_use", "id": "toolu_1", "name": tool["name"], "input": _fill_in(tool)}]
        stop_reason = "tool_use"
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": len(WORDS)},
    }


def _fill_in(tool: dict[str, Any]) -> dict[str, str]:
    properties: dict[str, dict[str, Any]] = tool["input_schema"]["properties"]
    return {name: rules.get("enum", ["as written"])[0] for name, rules in properties.items()}


def _events(message: dict[str, Any]) -> bytes:
    start = {**message, "content": [], "stop_reason": None, "usage": {"input_tokens": 12, "output_tokens": 0}}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    events += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
        for word in WORDS
    ]
    events += [
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None},
            "usage": {"output_tokens": len(WORDS)},
        },
        {"type": "message_stop"},
    ]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()
