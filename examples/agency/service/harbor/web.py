"""A desk over HTTP: JSON in, JSON or streamed text out, on the standard library's server."""

import json
import os
from collections.abc import Callable, Iterable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from typing import Any

LARGEST_BODY = 64 * 1024

Handler = Callable[[Mapping[str, Any]], dict[str, Any] | Iterable[str]]
"""Takes the JSON body. Returns a JSON object, or pieces of text to send as they come."""


class BadRequest(ValueError):
    """The body is not what the desk asks for."""


def text_field(body: Mapping[str, Any], name: str) -> str:
    """A field of the body that must be non-empty text."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadRequest(f"`{name}` must be text")
    return value


def build(routes: Mapping[str, Handler], port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """A server for `routes`. Port 0 takes a free one; `server_address` tells which.

    A model that fails before the first piece is a 502 with its words. One that fails later cuts the
    answer off without the closing chunk, so that nobody takes half an answer for a whole one.
    """

    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/healthz":
                self._json(200, {"ok": True})
            else:
                self._json(404, {"error": "no such page"})

        def do_POST(self) -> None:
            handler = routes.get(self.path)
            if handler is None:
                self._json(404, {"error": "no such form"})
                return
            try:
                answer = handler(self._body())
                pieces = iter(()) if isinstance(answer, dict) else iter(answer)
                first = next(pieces, "")
            except BadRequest as problem:
                self._json(400, {"error": str(problem)})
                return
            except Exception as problem:
                self._json(502, {"error": f"{type(problem).__name__}: {problem}"})
                return
            if isinstance(answer, dict):
                self._json(200, answer)
            else:
                self._pieces(chain([first], pieces))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            if os.environ.get("HARBOR_LOG"):
                super().log_message(format, *args)

        def _body(self) -> Mapping[str, Any]:
            length = int(self.headers.get("content-length") or 0)
            if length > LARGEST_BODY:
                self.close_connection = True
                raise BadRequest("the body is too large")
            try:
                body = json.loads(self.rfile.read(length))
            except ValueError:
                raise BadRequest("the body is not JSON") from None
            if not isinstance(body, dict):
                raise BadRequest("the body is not an object")
            return body

        def _json(self, status: int, value: dict[str, Any]) -> None:
            data = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _pieces(self, pieces: Iterable[str]) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            try:
                for piece in pieces:
                    data = piece.encode()
                    if data:
                        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            except Exception as problem:
                self.log_error("cut off: %s", problem)
                self.close_connection = True
                return
            self.wfile.write(b"0\r\n\r\n")

    return ThreadingHTTPServer((host, port), Desk)


def serve(name: str, routes: Mapping[str, Handler], port: int) -> None:
    """Run a desk until it is interrupted."""
    server = build(routes, port)
    print(f"{name} listens on http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
