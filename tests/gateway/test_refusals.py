"""What the gateway answers itself: in the caller's API shape, with our code and the request's id."""

import json
import socket
from collections.abc import Mapping
from typing import Any

import anthropic
import openai
import pytest

MESSAGES, CHAT = "/v1/messages", "/v1/chat/completions"
FACES = pytest.mark.parametrize("path", [MESSAGES, CHAT])


class Asker:
    """Posts to one gateway as one of its applications."""

    def __init__(self, gateway: Any, post: Any) -> None:
        self._gateway = gateway
        self._post = post

    def __call__(self, path: str, model: str, text: str = "hi", *, as_: str = "desk", **rest: Any) -> Any:
        body = {"model": model, "max_tokens": 20, "messages": [{"role": "user", "content": text}], **rest}
        return self.raw(path, json.dumps(body).encode(), as_=as_)

    def raw(self, path: str, body: bytes, *, as_: str = "desk", **headers: str) -> Any:
        key = self._gateway.keys.get(as_, as_)
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._post(self._gateway.url + path, body, {"authorization": f"Bearer {key}", **more})


@pytest.fixture
def ask(gateway: Any, post: Any) -> Asker:
    return Asker(gateway, post)


def kind(answer: Any) -> str:
    return str(answer.body["error"]["type"])


@FACES
def test_a_forbidden_request_cites_norm_instrument_and_quote(ask: Asker, gateway: Any, path: str) -> None:
    answer = ask(path, "model-a", as_="lab")
    assert answer.status == 403
    assert kind(answer) == "permission_error"
    ours = answer.body["offramp"]
    assert ours["code"] == "norm-forbids"
    assert ours["norms"] == [
        {
            "id": "order-1.stop",
            "instrument": "order-1",
            "quote": "“shall not use it for the department”",
            "source": "Gazette 1",
        }
    ]
    assert "shall not use it for the department" in answer.body["error"]["message"]
    assert ours["request_id"] == answer.headers["offramp-request-id"]
    entry = gateway.entry(ours["request_id"])
    assert (entry.type, entry.cause, entry.instruments) == ("decision", "norm:order-1.stop", ("order-1",))
    assert entry.data["decided_at"].startswith("2030-06-15")


@FACES
@pytest.mark.parametrize("route", ["small", "b-small"])
def test_a_norm_about_a_model_sees_the_name_the_upstream_is_asked_for(
    ask: Asker, gateway: Any, path: str, route: str
) -> None:
    answer = ask(path, route)
    assert answer.status == 403
    assert "order-3.model" in [norm["id"] for norm in answer.body["offramp"]["norms"]]
    assert gateway.entry(answer.headers["offramp-request-id"]).data["model"] == "b-small"
    assert ask(path, "model-b").status == 200


def test_a_forbidden_request_never_reaches_the_upstream(ask: Asker, fakes: Mapping[str, Any]) -> None:
    before = len(fakes["a"].seen)
    assert ask(MESSAGES, "model-a", as_="lab").status == 403
    assert len(fakes["a"].seen) == before


def test_a_route_may_go_on_to_its_next_permitted_target(ask: Asker) -> None:
    answer = ask(CHAT, "either", as_="lab")
    assert answer.status == 200
    assert answer.headers["offramp-served-by"] == "b/b-large"


def test_a_contested_norm_without_a_stance_is_reported_and_not_enforced(ask: Asker, gateway: Any) -> None:
    answer = ask(CHAT, "model-b")
    assert answer.status == 200
    assert answer.headers["offramp-norm"] == "contested order-2.avoid"
    said = gateway.entry(answer.headers["offramp-request-id"]).data["decision"]
    assert (said["outcome"], said["enforced"]) == ("contested", "contested")
    assert said["is_contested_and_not_enforced"] is True


@FACES
def test_undecided_fails_closed(ask: Asker, path: str) -> None:
    answer = ask(path, "model-a", as_="bare")
    assert answer.status == 403
    assert answer.body["offramp"]["code"] in ("norm-holds", "norm-unknown")
    assert "under" in answer.body["error"]["message"]


def test_a_declared_purpose_is_recorded(ask: Asker, gateway: Any) -> None:
    body = b'{"model": "model-b", "messages": [{"role": "user", "content": "hi"}]}'
    answer = ask.raw(CHAT, body, offramp_purpose="translation")
    assert answer.status == 200
    assert gateway.entry(answer.headers["offramp-request-id"]).data["purpose"] == "translation"


@FACES
def test_an_unknown_caller_is_refused_and_not_recorded(ask: Asker, gateway: Any, path: str) -> None:
    answer = ask(path, "model-a", as_="offr_who_knows")
    assert answer.status == 401
    assert answer.body["offramp"]["code"] == "caller-unknown"
    assert gateway.entries(answer.headers["offramp-request-id"]) == []


@FACES
def test_a_broken_body_names_the_place(ask: Asker, path: str) -> None:
    answer = ask.raw(path, b'{"model": "model-a",\n "messages": [}')
    assert answer.status == 400
    assert "line 2, column 15" in answer.body["error"]["message"]
    assert answer.body["offramp"]["code"] == "body-not-json"


@FACES
@pytest.mark.parametrize("body", [b"[]", b'{"messages": []}', b'{"model": 7}', b"\xff", b""])
def test_a_body_without_a_model_is_refused(ask: Asker, path: str, body: bytes) -> None:
    assert ask.raw(path, body).status == 400


def test_what_the_callers_api_forbids_is_said_with_its_pointer(ask: Asker) -> None:
    answer = ask(MESSAGES, "model-b", temperature="hot")
    assert answer.status == 400
    assert "/temperature" in answer.body["error"]["message"]


@FACES
def test_an_unknown_model_lists_the_routes(ask: Asker, path: str) -> None:
    answer = ask(path, "no-such-model")
    assert answer.status == 404
    assert "`model-a`" in answer.body["error"]["message"]


def test_an_unknown_path_is_a_neutral_404(gateway: Any, post: Any) -> None:
    answer = post(f"{gateway.url}/v2/nothing", b"{}")
    assert answer.status == 404
    assert answer.body["offramp"]["code"] == "path-unknown"
    assert MESSAGES in answer.body["error"]["message"]


def test_health_and_readiness(gateway: Any, post: Any) -> None:
    for path in ("/-/healthz", "/-/readyz"):
        assert post(gateway.url + path, b"", method="GET").body == {"status": "ok"}


@FACES
def test_another_method_or_an_encoded_body_is_refused(gateway: Any, post: Any, path: str) -> None:
    assert post(gateway.url + path, b"", method="GET").status == 405
    assert post(gateway.url + path, b"xx", {"content-encoding": "gzip"}).status == 415


def test_a_body_said_to_be_too_large_is_refused_before_it_is_read(gateway: Any) -> None:
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as link:
        link.sendall(b"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n")
        assert b" 413 " in link.recv(65536)


@FACES
@pytest.mark.parametrize("model", ["model-a", "model-b"])
def test_a_busy_upstream_passes_its_status_and_retry_after(ask: Asker, path: str, model: str) -> None:
    answer = ask(path, model, "busy")
    assert answer.status == 429
    assert kind(answer) == "rate_limit_error"
    assert answer.headers["retry-after"] == "7"


@FACES
@pytest.mark.parametrize("model", ["model-a", "model-b"])
@pytest.mark.parametrize("text", ["garbage", "deny"])
def test_a_fault_on_our_side_of_the_upstream_is_a_502(
    ask: Asker, gateway: Any, path: str, model: str, text: str
) -> None:
    answer = ask(path, model, text)
    assert answer.status == 502
    assert "says the fake" not in answer.raw.decode()
    entry = gateway.entry(answer.headers["offramp-request-id"])
    assert entry.data["outcome"] == "upstream-error"
    assert entry.data["usage"]["output"] is None


@FACES
def test_an_upstream_that_is_not_there_is_explained(ask: Asker, path: str) -> None:
    answer = ask(path, "nowhere", as_="desk")
    assert answer.status == 502
    assert "no connection to it" in answer.body["error"]["message"]
    assert answer.body["offramp"]["code"] == "upstream-refused"


@pytest.mark.parametrize("model", ["model-a", "model-b"])
def test_a_cut_stream_is_an_error_to_the_messages_sdk(gateway: Any, model: str) -> None:
    with (
        anthropic.Anthropic(base_url=gateway.url, api_key=gateway.keys["desk"], max_retries=0) as client,
        pytest.raises(anthropic.APIError),
        client.messages.stream(
            model=model, max_tokens=20, messages=[{"role": "user", "content": "cut"}]
        ) as stream,
    ):
        stream.get_final_message()
    truncated = [entry for entry in gateway.entries() if entry.data.get("outcome") == "truncated"]
    assert truncated[-1].data["code"] == "upstream-cut"


@pytest.mark.parametrize("model", ["model-a", "model-b"])
def test_a_cut_stream_is_an_error_to_the_chat_sdk(gateway: Any, model: str) -> None:
    with (
        openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=gateway.keys["desk"], max_retries=0) as client,
        pytest.raises(openai.APIError),
    ):
        list(
            client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": "cut"}], stream=True
            )
        )


@pytest.mark.parametrize("model", ["model-a", "model-b"])
def test_a_caller_that_leaves_takes_the_upstream_request_with_it(
    gateway: Any, fakes: Mapping[str, Any], wait_until: Any, model: str
) -> None:
    fake = fakes[model[-1]]
    before = fake.abandoned
    body = {
        "model": model,
        "max_tokens": 20,
        "stream": True,
        "messages": [{"role": "user", "content": "slow"}],
    }
    raw = json.dumps(body).encode()
    host, port = gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as link:
        link.sendall(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            + f"authorization: Bearer {gateway.keys['desk']}\r\n".encode()
            + f"content-length: {len(raw)}\r\n\r\n".encode()
            + raw
        )
        head = link.recv(4096)
    request_id = head.decode().lower().split("offramp-request-id: ")[1].split("\r\n")[0]
    wait_until(lambda: fake.abandoned > before)
    wait_until(lambda: gateway.entries(f"req_{request_id[4:].upper()}"))
    assert gateway.entry(f"req_{request_id[4:].upper()}").data["outcome"] == "cancelled"
