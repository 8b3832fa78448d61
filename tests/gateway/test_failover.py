"""A target that fails before anything was sent: asked again, then the next one, and the ledger says so."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

AT = ("--at", "2030-06-15T12:00:00Z")
ROUTES = """\
  shaky: {{targets: [{{upstream: shaky, model: s}}, {{upstream: b, model: b-large}}]}}
  once: {{targets: [{{upstream: shaky, model: s}}, {{upstream: b, model: b-large}}], retries: 0}}
  alone: {{targets: [{{upstream: shaky, model: s}}]}}
  untold: {{targets: [{{upstream: shaky, model: s}}, {{upstream: a, model: a-large}}], retries: 0}}
  firm:
    targets: [{{upstream: shaky, model: s}}, {{upstream: b, model: b-large}}]
    on_failure: stop
    retries: 0
  forbidden-next:
    targets: [{{upstream: shaky, model: s}}, {{upstream: b, model: b-small}}, {{upstream: b, model: b-large}}]
    retries: 0
upstreams: {{}}
"""


class Script(http.server.BaseHTTPRequestHandler):
    """Answers with what the test put on the list: a status, `reset`, or nothing for a good answer."""

    todo: list[Any]
    asked: list[bytes]

    def do_POST(self) -> None:
        self.asked.append(self.rfile.read(int(self.headers["content-length"])))
        next_one = self.todo.pop(0) if self.todo else 200
        if next_one == "reset":
            self.connection.close()
            return
        body = json.dumps(GOOD if next_one == 200 else {"error": {"message": "says the script"}}).encode()
        if next_one == "half":
            self._send(200, body[:20], len(body))
        else:
            self._send(next_one, body, len(body))

    def _send(self, status: int, body: bytes, length: int) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


GOOD = {
    "id": "chatcmpl-s",
    "object": "chat.completion",
    "created": 1893456000,
    "model": "s-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "well"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4},
}


@pytest.fixture(scope="module")
def script() -> Iterator[Any]:
    """A server of this module's own: `script.todo` and `script.asked`."""
    handler = type("Own", (Script,), {"todo": [], "asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        handler.url = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
        yield handler
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def own(launch: Any, workspace: Any, script: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    root = workspace(tmp_path_factory.mktemp("failover"))
    file = root / "offramp.yaml"
    text = file.read_text()
    more = ROUTES.replace("{{", "{").replace("}}", "}").partition("upstreams:")[0]
    shaky = f'  shaky: {{vendor: example-c, dialect: openai-chat, url: "{script.url}"}}\n'
    file.write_text(text.replace("routes:\n", f"{shaky}routes:\n{more}"))
    running = launch(root, "--workers", "1", *AT)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def ask(own: Any, post: Any, script: Any) -> Callable[..., Any]:
    def send(model: str, *todo: Any, key: str = "lab", **more: Any) -> Any:
        script.todo[:] = todo
        script.asked.clear()
        body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}], **more}
        headers = {"authorization": f"Bearer {own.keys[key]}"}
        return post(f"{own.url}/v1/chat/completions", json.dumps(body).encode(), headers)

    # One good answer: what failed in another test counts no more.
    assert send("alone").status == 200
    return send


def attempts(own: Any, answer: Any) -> list[tuple[str, str]]:
    entry = own.entry(answer.headers["offramp-request-id"])
    return [(one["upstream"], one["code"]) for one in entry.data.get("attempts", ())]


@pytest.mark.parametrize("trouble", [500, 502, 503, 529, "reset", "half"])
def test_what_works_at_the_second_try_is_answered_by_the_same_target(
    own: Any, ask: Any, script: Any, trouble: Any
) -> None:
    answer = ask("shaky", trouble)
    assert (answer.status, answer.headers["offramp-served-by"]) == (200, "shaky/s")
    assert len(script.asked) == 2
    assert [upstream for upstream, _ in attempts(own, answer)] == ["shaky"]


@pytest.mark.parametrize("trouble", [500, 503, "reset", "half"])
def test_what_goes_on_failing_is_answered_by_the_next_target(
    own: Any, ask: Any, script: Any, trouble: Any
) -> None:
    answer = ask("shaky", trouble, trouble)
    assert (answer.status, answer.headers["offramp-served-by"]) == (200, "b/b-large")
    assert answer.body["model"] == "shaky"
    assert [upstream for upstream, _ in attempts(own, answer)] == ["shaky", "shaky"]
    assert own.entry(answer.headers["offramp-request-id"]).data["outcome"] == "answered"
    assert ask("shaky").status == 200


@pytest.mark.parametrize(("status", "code"), [(401, "upstream-upstream"), (404, "upstream-upstream")])
def test_what_asking_again_does_not_change_is_asked_once(
    own: Any, ask: Any, script: Any, status: int, code: str
) -> None:
    answer = ask("shaky", status)
    assert answer.headers["offramp-served-by"] == "b/b-large"
    assert len(script.asked) == 1
    assert attempts(own, answer) == [("shaky", code)]


def test_a_fault_of_the_callers_is_told_at_once(own: Any, ask: Any, script: Any) -> None:
    answer = ask("shaky", 400)
    assert answer.status == 400
    assert len(script.asked) == 1
    assert attempts(own, answer) == []


def test_the_last_failure_is_told_where_nobody_answers(own: Any, ask: Any) -> None:
    answer = ask("alone", 503, 503)
    assert answer.status == 503
    entry = own.entry(answer.headers["offramp-request-id"])
    assert entry.data["outcome"] == "upstream-error"
    assert attempts(own, answer) == [("shaky", "upstream-overloaded")]


def test_a_route_can_say_that_its_caller_is_told(own: Any, ask: Any) -> None:
    assert ask("firm", 500).status >= 500
    assert ask("once", 500).headers["offramp-served-by"] == "b/b-large"


def test_a_target_that_is_forbidden_is_no_way_out(own: Any, ask: Any) -> None:
    answer = ask("forbidden-next", 500)
    # `b-small` is forbidden to everybody, so that the third one is asked.
    assert answer.headers["offramp-served-by"] == "b/b-large"
    assert [upstream for upstream, _ in attempts(own, answer)] == ["shaky"]


def test_a_target_that_cannot_be_told_the_request_leaves_no_trace(own: Any, ask: Any) -> None:
    # Several answers at once are asked for, which the next target's API has no word for.
    answer = ask("untold", 503, key="desk", n=2)
    assert answer.status == 503
    entry = own.entry(answer.headers["offramp-request-id"])
    told = [entry.data[name] for name in ("upstream", "model", "upstream_dialect", "losses")]
    assert told == ["shaky", "s", "openai-chat", []]
    assert entry.data["decision"]["vendor"] == "example-c"
    assert attempts(own, answer) == []


def test_who_fails_again_and_again_is_asked_last_for_a_while(own: Any, ask: Any, script: Any) -> None:
    for _ in range(6):
        assert ask("once", 500).headers["offramp-served-by"] == "b/b-large"
    ask("once")
    assert script.asked == []


def test_what_no_caller_can_mend_is_told_to_the_operator(own: Any, ask: Callable[..., Any]) -> None:
    answer = ask("shaky", 401)
    assert answer.headers["offramp-served-by"] == "b/b-large"
    assert "upstream `shaky`: it answered with status 401" in own.log.read_text()
    assert "look whether the upstream's `key` or `auth` is still good" in own.log.read_text()
