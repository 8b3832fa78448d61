"""A configuration that changes while the gateway runs: taken up whole, or not at all, by every worker."""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ASKS = 20
AT = ("--at", "2030-06-15T12:00:00Z")

ORDER = """\
schema: offramp.instruments/v1
instruments:
  - id: order-9
    kind: order
    title: an order that came at once
    issuer: an issuer
    basis: text
    source: {document: Gazette 9}
    from: 2030-06-15T00:00Z
    norms:
      - {id: at-once, effect: prohibit, binds: {kinds: [company]}, vendor: example-a, action: use,
         quote: shall not use it from today}
"""
STAY = """\
  - id: stay-9
    kind: stay
    title: a stay of it
    issuer: a court
    basis: text
    source: {document: Docket 9}
    from: 2030-06-15T01:00Z
    stays: [{of: order-9}]
"""


@pytest.fixture(scope="module")
def own(launch: Any, workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A gateway of this module's own, because its files change."""
    running = launch(workspace(tmp_path_factory.mktemp("reload")), "--workers", "2", *AT)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture
def asked(own: Any, post: Any) -> Callable[..., set[str]]:
    """`asked(model, key)`: who answered a number of requests on new connections, or the errors' codes."""

    def ask(model: str = "model-a", key: str = "") -> set[str]:
        body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        headers = {"authorization": f"Bearer {key or own.keys['desk']}"}
        answers = [
            post(f"{own.url}/v1/chat/completions", json.dumps(body).encode(), headers) for _ in range(ASKS)
        ]
        return {
            answer.headers["offramp-served-by"] if answer.status == 200 else answer.body["offramp"]["code"]
            for answer in answers
        }

    return ask


def configured(own: Any) -> list[dict[str, Any]]:
    """What the ledger says of configurations, the start left out."""
    return [dict(entry.data) for entry in own.entries() if entry.cause == "file-changed"]


def test_an_order_put_into_the_folder_is_followed_and_a_stay_lifts_it(
    own: Any, asked: Any, wait_until: Any, settle: Any
) -> None:
    file = own.root / "instruments" / "order-9.yaml"
    assert asked() == {"a/a-large"}
    file.write_text(ORDER, encoding="utf-8")
    settle(own)
    assert asked() == {"norm-forbids"}
    loaded = configured(own)[-1]
    assert (loaded["outcome"], loaded["changed"]) == ("loaded", ["instruments/order-9.yaml"])
    file.write_text(ORDER + STAY, encoding="utf-8")
    settle(own)
    assert asked() == {"a/a-large"}
    file.unlink()
    settle(own)
    assert configured(own)[-1]["generation"] == loaded["generation"] + 2
    assert asked() == {"a/a-large"}


def test_a_file_that_is_wrong_changes_nothing_and_the_ledger_says_so(
    own: Any, asked: Any, wait_until: Any, settle: Any
) -> None:
    file = own.root / "offramp.yaml"
    good = file.read_text(encoding="utf-8")
    file.write_text(good.replace("model-a:", "model-a: {"), encoding="utf-8")
    wait_until(lambda: [said["outcome"] for said in configured(own)][-1:] == ["refused"])
    assert configured(own)[-1]["problems"]
    assert asked() == {"a/a-large"}
    file.write_text(good.replace("model: a-large}]", "model: a-other}]"), encoding="utf-8")
    settle(own)
    assert asked() == {"a/a-other"}
    file.write_text(good, encoding="utf-8")
    settle(own)
    assert asked() == {"a/a-large"}


def test_a_callers_key_that_is_replaced_is_refused_and_the_new_one_counts(
    own: Any, asked: Any, wait_until: Any, settle: Any
) -> None:
    file = own.root / "keys" / "desk"
    old = file.read_text(encoding="utf-8")
    file.write_text("offr_new_key", encoding="utf-8")
    wait_until(lambda: asked() == {"caller-unknown"})
    assert asked(key="offr_new_key") == {"a/a-large"}
    file.write_text(old, encoding="utf-8")
    wait_until(lambda: asked() == {"a/a-large"})


def test_a_worker_that_is_started_again_begins_with_what_is_in_force(
    own: Any, asked: Any, wait_until: Any, settle: Any
) -> None:
    file = own.root / "instruments" / "order-9.yaml"
    file.write_text(ORDER, encoding="utf-8")
    settle(own)
    assert asked() == {"norm-forbids"}
    # What it begins with is what was checked, even where the files have become unreadable since.
    (own.root / "offramp.yaml").rename(own.root / "aside.yaml")
    wait_until(lambda: [said["outcome"] for said in configured(own)][-1:] == ["refused"])
    os.kill(json.loads((own.root / "ready.json").read_text())["workers"][0], signal.SIGKILL)
    wait_until(lambda: _answers(asked))
    (own.root / "aside.yaml").rename(own.root / "offramp.yaml")
    file.unlink()
    settle(own)
    assert asked() == {"a/a-large"}


def test_changes_under_load_lose_no_request(own: Any, post: Any, settle: Any) -> None:
    statuses: list[int] = []
    is_over = threading.Event()

    def load() -> None:
        body = {"model": "model-a", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
        headers = {"authorization": f"Bearer {own.keys['desk']}"}
        while not is_over.is_set():
            answer = post(f"{own.url}/v1/chat/completions", json.dumps(body).encode(), headers)
            statuses.append(answer.status)

    caller = threading.Thread(target=load)
    caller.start()
    file: Path = own.root / "offramp.yaml"
    good = file.read_text(encoding="utf-8")
    try:
        for number in range(3):
            file.write_text(f"{good}# {number}\n", encoding="utf-8")
            settle(own)
    finally:
        is_over.set()
        caller.join()
        file.write_text(good, encoding="utf-8")
        settle(own)
    assert len(statuses) > 10
    assert set(statuses) == {200}
    traffic = [entry for entry in own.entries() if str(entry.type) == "traffic"]
    assert len({entry.subject for entry in traffic}) == len(traffic)


def _answers(asked: Callable[..., set[str]]) -> bool:
    try:
        return asked() == {"norm-forbids"}
    except OSError:
        return False
