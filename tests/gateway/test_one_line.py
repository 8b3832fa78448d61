"""`offramp serve --to …`: every face in front of one provider."""

import json
from pathlib import Path
from typing import Any

import pytest

BODY = json.dumps(
    {"model": "any-name", "max_tokens": 20, "messages": [{"role": "user", "content": "hi"}]}
).encode()


@pytest.mark.parametrize(("dialect", "name"), [("anthropic-messages", "a"), ("openai-chat", "b")])
def test_every_face_leads_to_the_provider_under_the_callers_own_name(
    tmp_path: Path, started: Any, fakes: Any, post: Any, dialect: str, name: str
) -> None:
    fake = fakes[name]
    (tmp_path / "keys").mkdir()
    gateway = started(tmp_path, "--to", f"{dialect}={fake.url}", "--key-env", "FAKE_KEY", "--open")
    for path in ("/v1/messages", "/v1/chat/completions"):
        answer = post(gateway.url + path, BODY, {"authorization": "Bearer anything"})
        assert answer.status == 200, answer.raw
        assert f"Hello from {name}" in answer.raw.decode()
        assert fake.last().body["model"] == "any-name"
        assert "upstream-secret-key" in " ".join(fake.last().headers.values())
    assert "goes" in gateway.log.read_text() or "gone" in gateway.log.read_text()
    assert "upstream-secret-key" not in gateway.log.read_text()


def test_with_a_state_folder_the_ledger_stays_and_callers_need_their_key(
    tmp_path: Path, started: Any, fakes: Any, post: Any, offramp: Any
) -> None:
    state = tmp_path / "state"
    argv = ["--to", f"openai-chat={fakes['b'].url}", "--model", "b-small", "--state", str(state)]
    gateway = started(tmp_path, *argv, env={"OFFRAMP_KEY": "the-key"})
    assert post(f"{gateway.url}/v1/messages", BODY, {"x-api-key": "another"}).status == 401
    answer = post(f"{gateway.url}/v1/messages", BODY, {"x-api-key": "the-key"})
    assert answer.headers["offramp-served-by"] == "provider/b-small"
    assert fakes["b"].last().body["model"] == "b-small"
    assert gateway.stop() == 0
    listed = offramp(
        "evidence", "entries", "--state", str(state / ".offramp"), "--format", "json", cwd=tmp_path
    )
    assert answer.headers["offramp-request-id"] in listed.stdout


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["--to", "openai-chat"], "to-unreadable"),
        (["--to", "no-such-api=http://127.0.0.1:1"], "dialect-unknown"),
        (["--to", "openai-chat=example.com"], "url-unreadable"),
        (["--to", "openai-chat=https://user:secret@example.com"], "url-unreadable"),
        (["--to", "local=no-such-model"], "model-unknown"),
        (["--to", "openai-chat=http://127.0.0.1:1", "--open", "--host", "0.0.0.0"], "open-not-loopback"),
        (["--to", "openai-chat=http://127.0.0.1:1", "--workers", "0"], "serve-unreadable"),
        (["--to", "openai-chat=http://127.0.0.1:1"], "secret-missing"),
        (["--to", "openai-chat=http://127.0.0.1:1", "--open", "--key-env", "NO_SUCH_KEY"], "secret-missing"),
        (["--model", "x"], "to-missing"),
        (["--to", "local=smollm2-135m", "--open"], "weights-missing"),
        ([], "workspace-missing"),
    ],
)
def test_what_is_wrong_is_said_before_anything_runs(
    tmp_path: Path, offramp: Any, argv: list[str], code: str
) -> None:
    done = offramp("serve", "--port", "0", *argv, cwd=tmp_path, env={"OFFRAMP_CACHE": str(tmp_path)})
    assert done.returncode == 2
    assert f"error[{code}]" in done.stderr, done.stderr
    assert "= help: " in done.stderr
    assert "secret@" not in done.stderr
