"""Fixtures: a desk running on a free port, and the server the model tests talk to."""

import http.client
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from harbor import web
from harbor.assistant import MODEL, Assistant

Post = Callable[[str, object], tuple[int, bytes]]


@contextmanager
def running(routes: Mapping[str, web.Handler]) -> Iterator[Post]:
    """A desk that serves `routes` until the block ends, and a way to post to it."""
    server = web.build(routes, port=0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def post(path: str, body: object) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=600)
        try:
            connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    try:
        yield post
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def run_desk() -> Callable[[Mapping[str, web.Handler]], object]:
    """Starts desks: `with run_desk(routes) as post`."""
    return running


@pytest.fixture
def make_assistant() -> Iterator[Callable[..., Assistant]]:
    """Makes assistants that reach a real server, or skips where none is named."""
    if not os.environ.get("ANTHROPIC_BASE_URL"):
        pytest.skip("ANTHROPIC_BASE_URL is not set: there is no server to ask")
    made: list[Assistant] = []

    def make(instructions: str, model: str = MODEL) -> Assistant:
        made.append(Assistant(instructions, model))
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()
