"""A contested norm is enforced only as a named person chose, and the ledger says who."""

import json
from pathlib import Path
from typing import Any

import pytest

AT = ("--at", "2030-06-15T12:00:00Z")
BODY = json.dumps({"model": "model-b", "messages": [{"role": "user", "content": "hi"}]}).encode()


@pytest.mark.parametrize(
    ("how", "status", "norm"),
    [("is_strictest: true", 403, ""), ("readings: {scope: narrow}", 200, "")],
)
def test_a_stance_settles_it(
    tmp_path: Path, workspace: Any, started: Any, post: Any, how: str, status: int, norm: str
) -> None:
    stance = f"stance: {{by: 'A. Mensah, counsel', reason: a test, {how}}}"
    gateway = started(workspace(tmp_path / "place", stance), "--workers", "1", *AT)
    answer = post(
        f"{gateway.url}/v1/chat/completions", BODY, {"authorization": f"Bearer {gateway.keys['desk']}"}
    )
    assert answer.status == status
    assert answer.headers.get("offramp-norm", "") == norm
    start = next(entry for entry in gateway.entries() if entry.type == "config")
    assert start.actor == "A. Mensah, counsel"
    assert start.data["stance"]["reason"] == "a test"
    said = gateway.entry(answer.headers["offramp-request-id"]).data["decision"]
    assert said["outcome"] == "contested"
    assert said["enforced"] == ("forbid" if status == 403 else "permit")
