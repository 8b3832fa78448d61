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


ORDER = """schema: offramp.instruments/v1
instruments:
  - id: posted
    kind: order
    title: an order that was posted
    issuer: an issuer
    basis: text
    source: {document: Gazette 4}
    announced: 2030-01-01
    served: {company: %s}
    norms:
      - {id: stop, effect: prohibit, binds: {kinds: [company]}, vendor: example-b, action: use, quote: no use}
"""


@pytest.mark.parametrize(
    ("notice", "served", "status"),
    [("announced", "no", 403), ("served", "no", 200), ("served", "2030-06-01", 403)],
)
def test_a_stance_says_whether_announced_or_served_counts(
    tmp_path: Path, workspace: Any, started: Any, post: Any, notice: str, served: str, status: int
) -> None:
    stance = f"stance: {{by: 'A. Mensah', reason: a test, readings: {{scope: narrow}}, notice: {notice}}}"
    root = workspace(tmp_path / "place", stance)
    (root / "instruments" / "posted.yaml").write_text(ORDER % served)
    gateway = started(root, "--workers", "1", *AT)
    answer = post(
        f"{gateway.url}/v1/chat/completions", BODY, {"authorization": f"Bearer {gateway.keys['desk']}"}
    )
    assert answer.status == status
    start = next(entry for entry in gateway.entries() if entry.type == "config")
    assert start.data["stance"]["notice"] == notice
