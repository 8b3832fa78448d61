"""Issued keys: shown once, kept as digests, scoped, rotated and revoked in every worker while it runs."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.gateway.conftest import files_below

from offramp.core.instants import now, parse_instant

ASKS = 20
"""New connections asked one after another: of two workers, none is left out of that many by chance."""
KEY = re.compile(r"offr_[a-z0-9]{10}_[A-Za-z0-9_-]{43}\Z")
BY = ("--by", "R. Okafor")


@pytest.fixture(scope="module")
def own(launch: Any, workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway of this module's own."""
    running = launch(workspace(tmp_path_factory.mktemp("keys")), "--workers", "2")
    yield running
    assert running.stop() == 0, running.log.read_text()


def run(own: Any, *argv: str, code: int = 0) -> Any:
    done = own.offramp("keys", *argv, "--format", "json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout) if done.stdout else None


@pytest.fixture
def codes(own: Any, post: Any) -> Callable[..., set[Any]]:
    """`codes(key)`: what a number of requests with it came to: 200, or the error's code."""

    def ask(key: str, model: str = "model-b", headers: Any = None) -> set[Any]:
        body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        found = set()
        for _ in range(ASKS):
            answer = post(
                f"{own.url}/v1/chat/completions",
                json.dumps(body).encode(),
                {"authorization": f"Bearer {key}", **(headers or {})},
            )
            found.add(200 if answer.status == 200 else answer.body["offramp"]["code"])
        return found

    return ask


def test_a_key_opens_what_it_was_issued_for_and_nothing_else(own: Any, codes: Any, wait_until: Any) -> None:
    made = run(own, "issue", "desk", *BY, "--model", "model-b", "--model", "b-*", "--label", "batch")
    assert KEY.match(made["key"])
    assert made["recorded"]
    wait_until(lambda: codes(made["key"]) == {200})
    assert codes(made["key"], "b-small") != {"key-model"}
    assert codes(made["key"], "model-a") == {"key-model"}
    assert codes(made["key"][:-1] + ("A" if made["key"][-1] != "A" else "B")) == {"caller-unknown"}
    entry = [one for one in own.entries() if one.subject == f"key {made['id']}"]
    assert [one.actor for one in entry] == ["R. Okafor"]
    asked = [one for one in own.entries() if one.data.get("key") == made["id"]]
    assert {one.actor for one in asked} == {"desk"}


def test_a_key_is_kept_nowhere(own: Any) -> None:
    made = run(own, "issue", "desk", *BY)
    secret = made["key"].rpartition("_")[2].encode()
    kept = [path for path, data in files_below(own.root) if secret in data]
    assert not kept
    assert "key" not in run(own, "list")["keys"][-1]


def test_a_purpose_outside_its_scope_is_refused(own: Any, codes: Any, wait_until: Any) -> None:
    one = run(own, "issue", "desk", *BY, "--purpose", "office")["key"]
    wait_until(lambda: codes(one) == {200})
    assert codes(one, headers={"offramp-purpose": "research"}) == {"key-purpose"}
    two = run(own, "issue", "desk", *BY, "--purpose", "office", "--purpose", "research")["key"]
    wait_until(lambda: codes(two) == {"key-purpose"})
    assert codes(two, headers={"offramp-purpose": "office"}) == {200}


def test_old_and_new_overlap_until_the_old_one_is_over(own: Any, codes: Any, wait_until: Any) -> None:
    old = run(own, "issue", "desk", *BY, "--model", "model-b")
    new = run(own, "rotate", old["id"], *BY, "--overlap", "1 day")
    assert new["replaces"] == old["id"]
    assert new["models"] == ["model-b"]
    wait_until(lambda: codes(new["key"]) == {200} == codes(old["key"]))
    run(own, "rotate", old["id"], *BY, code=2)
    newest = run(own, "rotate", new["id"], *BY, "--overlap", "none")
    wait_until(lambda: codes(new["key"]) == {"caller-unknown"})
    assert codes(newest["key"]) == codes(old["key"]) == {200}


def test_a_revoked_key_opens_nothing_in_any_worker(own: Any, codes: Any, wait_until: Any) -> None:
    made = run(own, "issue", "lab", *BY)
    wait_until(lambda: codes(made["key"]) == {200})
    revoke = ("revoke", made["id"], *BY, "--reason", "lost")
    run(own, *revoke, "--dry-run")
    assert codes(made["key"]) == {200}
    run(own, *revoke)
    wait_until(lambda: codes(made["key"]) == {"caller-unknown"})
    again = own.offramp("keys", *revoke)
    assert again.returncode == 0
    assert "nothing changed" in again.stderr
    listed = run(own, "list", "--application", "lab", "--all")["keys"]
    assert [(key["state"], key["revoked_by"]) for key in listed] == [("revoked", "R. Okafor")]
    run(own, "list", "--application", "lab", code=3)


@pytest.mark.parametrize(("lasts", "seconds"), [("12 hours", 43200), ("30 minutes", 1800)])
def test_a_key_may_end_within_hours(own: Any, lasts: str, seconds: int) -> None:
    before = now()
    made = run(own, "issue", "lab", *BY, "--expires", lasts, "--dry-run")
    ends = parse_instant(made["expires_at"])
    assert seconds <= (ends - before).total_seconds() <= seconds + 600


def test_a_dry_run_makes_no_key(own: Any) -> None:
    before = run(own, "list", "--all")["keys"]
    assert "key" not in run(own, "issue", "desk", *BY, "--dry-run")
    assert run(own, "list", "--all")["keys"] == before


def test_a_gateway_starts_on_issued_keys_alone(
    workspace: Any, started: Any, post: Any, offramp: Any, tmp_path: Any
) -> None:
    root = workspace(tmp_path / "place")
    text = root / "offramp.yaml"
    text.write_text(re.sub(r"key: \{file: keys/\w+\}(, )?", "", text.read_text()))
    assert "caller-key-missing" in offramp("serve", "--port", "0", cwd=root).stderr
    done = offramp("keys", "issue", "desk", *BY, "--format", "json", cwd=root)
    key = json.loads(done.stdout)["key"]
    running = started(root, "--workers", "1")
    body = {"model": "model-b", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
    headers = {"authorization": f"Bearer {key}"}
    assert post(f"{running.url}/v1/chat/completions", json.dumps(body).encode(), headers).status == 200


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("issue", "dusk", *BY), "application-unknown"),
        (("issue", "desk", "--by", " "), "name-missing"),
        (("issue", "desk", *BY, "--expires", "2001-01-01"), "key-expired"),
        (("issue", "desk", *BY, "--expires", "soon"), "instant-unreadable"),
        (("issue", "desk", *BY, "--model", "no-such"), "route-unknown"),
        (("issue", "desk", *BY, "--limit", "tokens=many"), "limit-unreadable"),
        (("issue", "desk", *BY, "--limit", "usd_per_day=-1"), "limit-unreadable"),
        (("revoke", "no-such", *BY, "--reason", "x"), "key-unknown"),
        (("rotate", "no-such", *BY), "key-unknown"),
    ],
)
def test_what_is_wrong_is_said(own: Any, argv: tuple[str, ...], code: str) -> None:
    done = own.offramp("keys", *argv)
    assert done.returncode == 2
    assert f"error[{code}]" in done.stderr
