"""Recording through a real gateway: opted in, sampled, scrubbed, sealed, and never in anybody's way."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import files_below

from offramp.core.ids import VendorId
from offramp.core.instants import now
from offramp.evidence import Entry, EntryType, read_entries
from offramp.evidence.statements import tally
from offramp.plan.account import read_account
from offramp.recordings import read_recorded
from offramp.recordings.exchanges.exporting import unexported
from offramp.workspace import load

AT = ("--at", "2030-06-15T12:00:00Z")
RECORDED = """
  taped:
    targets: [{upstream: a, model: a-large}]
    recording:
      share: 1
      keep: 30 days
      scrub:
        - {pattern: 'CASE-[0-9]+', as: case}
        - {pointer: /metadata/user_id, as: user}
  translated:
    targets: [{upstream: b, model: b-large}]
    recording: {share: 1, keep: 30 days}
  some:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 0.5, keep: 30 days}
  pair:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 0, keep: 30 days}
  mirrored:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 1, keep: 30 days}
    shadow: {to: b, model: b-large, share: 1}
  forbidden:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 1, keep: 30 days}
    shadow: {to: b, model: b-small, share: 1}
  itself:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 1, keep: 30 days}
    shadow: {to: a, model: "a-large", share: 1}
  counted:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 1, keep: 30 days}
    shadow: {to: gone, model: c-large, share: 1}
  bounded:
    targets: [{upstream: a, model: a-large}]
    recording: {share: 1, keep: 30 days}
    shadow:
      {to: b, model: b-large, share: 1, limits: {requests_per_day: 2}, budgets: {tokens_per_month: 100000}}
"""
COUNTING = """\
schema: offramp.instruments/v1
instruments:
  - id: lines
    kind: usage_policy
    title: a policy that counts
    issuer: a vendor
    basis: text
    source: {document: Policy 1}
    from: 2030-01-01
    norms:
      - {id: mass, effect: prohibit, binds: {kinds: [company]}, vendor: example-c, action: use,
         when: context.persons >= 20, if_unknown: forbid, quote: not of twenty persons or more}
"""
TELLING = "I am jane.doe@example.org, card 4111 1111 1111 1111, CASE-778, phone +47 912 34 567"


def with_recording(folder: Path) -> Path:
    """The usual workspace with routes that record and mirror, and an application that never is."""
    file = folder / "offramp.yaml"
    text = file.read_text()
    text = text.replace("\nroutes:\n", f"\nroutes:{RECORDED}")
    text = text.replace(
        "bare: {key: {file: keys/bare}}",
        "bare: {key: {file: keys/bare}, recording: {share: 0, keep: 30 days}}",
    )
    file.write_text(text)
    (folder / "instruments" / "lines.yaml").write_text(COUNTING)
    return folder


@pytest.fixture(scope="module")
def own(launch: Any, workspace: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    running = launch(with_recording(workspace(tmp_path_factory.mktemp("recording"))), *AT)
    yield running
    assert running.stop() == 0, running.log.read_text()


Ask = Callable[..., Any]


@pytest.fixture
def ask(own: Any, post: Any) -> Ask:
    def send(model: str, text: str = "hello", *, key: str = "desk", face: str = "chat", **more: Any) -> Any:
        headers = more.pop("headers", {})
        body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": text}], **more}
        path = "/v1/chat/completions" if face == "chat" else "/v1/messages"
        whole = {"authorization": f"Bearer {own.keys[key]}", **headers}
        return post(f"{own.url}{path}", json.dumps(body).encode(), whole)

    return send


def kept(own: Any, request_id: str = "") -> list[tuple[int, Entry]]:
    """Entries of texts that were kept, of one request or of all."""
    return [
        (one.index, one.entry)
        for one in read_entries(own.root / ".offramp")
        if one.entry.data.get("predicate") == "text-kept"
        and request_id in ("", one.entry.subject, one.entry.data["exchange"]["pair"])
    ]


def opened(own: Any, index: int) -> Any:
    return json.loads(read_recorded(own.root / ".offramp", index))


def test_an_exchange_is_kept_whole_and_scrubbed(own: Any, ask: Ask, wait_until: Any) -> None:
    answer = ask("taped", TELLING, face="messages", metadata={"user_id": "u-17"})
    assert answer.status == 200
    request_id = answer.headers["offramp-request-id"]
    wait_until(lambda: kept(own, request_id))
    ((index, entry),) = kept(own, request_id)
    exchange = opened(own, index)
    assert exchange["schema"] == "offramp/exchange/v1"
    assert exchange["request"].count("[") >= 4
    for word in ("jane.doe", "4111", "CASE-778", "912 34", "u-17"):
        assert word not in json.dumps(exchange)
    assert exchange["scrubbed"] == {"card": 1, "case": 1, "mail": 1, "phone": 1, "user": 1}
    assert json.loads(exchange["answer"]["text"]) == answer.body
    assert (exchange["vendor"], exchange["upstream"], exchange["model"]) == ("example-a", "a", "a-large")
    assert (exchange["usage"]["output"], exchange["outcome"], exchange["role"]) == (7, "answered", "caller")
    assert entry.actor == "desk"
    assert entry.cause == "recording:trial"
    assert entry.data["scrubbed"] == exchange["scrubbed"]


def test_what_lies_on_disk_and_in_the_ledger_is_sealed(own: Any, ask: Ask, wait_until: Any) -> None:
    canary = "a canary no ledger may sing of"
    answer = ask("taped", canary)
    wait_until(lambda: kept(own, answer.headers["offramp-request-id"]))
    ((index, entry),) = kept(own, answer.headers["offramp-request-id"])
    assert canary in json.dumps(opened(own, index))
    assert canary not in str(entry)
    for path, data in files_below(own.root / ".offramp"):
        assert canary.encode() not in data, path
        assert own.keys["desk"].encode() not in data, path
    assert canary not in own.log.read_text()


@pytest.mark.parametrize("model", ["taped", "translated"])
def test_a_stream_is_kept_with_the_times_of_its_events(
    own: Any, ask: Ask, wait_until: Any, model: str
) -> None:
    answer = ask(model, TELLING, stream=True)
    assert answer.status == 200
    wait_until(lambda: kept(own, answer.headers["offramp-request-id"]))
    ((index, _),) = kept(own, answer.headers["offramp-request-id"])
    exchange = opened(own, index)
    events = exchange["answer"]["events"]
    assert "".join(text for _, text in events) == answer.raw.decode()
    times = [at for at, _ in events]
    assert times == sorted(times)
    assert len(times) > 3


def test_the_answer_is_the_same_with_recording_and_without(ask: Ask) -> None:
    assert ask("taped").raw == ask("model-a").raw.replace(b"model-a", b"taped")


def test_conversations_are_sampled_whole(own: Any, ask: Ask, wait_until: Any) -> None:
    asked: dict[str, list[str]] = {}
    for number in range(12):
        name = f"conversation {number}"
        for turn in ("first", "second"):
            answer = ask("some", turn, headers={"offramp-conversation": name})
            asked.setdefault(name, []).append(answer.headers["offramp-request-id"])

    def found() -> set[tuple[int, ...]]:
        """How often the turns of a conversation were kept, of all conversations."""
        ids = [one.subject for _, one in kept(own)]
        return {tuple(ids.count(id_) for id_ in turns) for turns in asked.values()}

    # Each worker keeps in its own time: half of a conversation is seen only while the rest is written.
    wait_until(lambda: found() == {(0, 0), (1, 1)})


def test_who_opted_out_is_never_recorded_or_mirrored(own: Any, ask: Ask, fakes: Any, wait_until: Any) -> None:
    before = len(fakes["b"].seen)
    refused = ask("mirrored", "not mine", key="bare")
    assert refused.status in (200, 403)
    later = ask("taped").headers["offramp-request-id"]
    wait_until(lambda: kept(own, later))
    assert not kept(own, refused.headers["offramp-request-id"])
    assert not [seen for seen in fakes["b"].seen[before:] if b"not mine" in seen.raw]


def test_a_refused_request_leaves_no_text(own: Any, ask: Ask, wait_until: Any) -> None:
    answer = ask("taped", key="lab")
    assert answer.status == 403
    later = ask("taped").headers["offramp-request-id"]
    wait_until(lambda: kept(own, later))
    assert not kept(own, answer.headers["offramp-request-id"])


def test_a_disk_that_takes_nothing_costs_the_record_and_not_the_answer(
    started: Any, workspace: Any, tmp_path: Path, post: Any, wait_until: Any
) -> None:
    root = with_recording(workspace(tmp_path))
    own = started(root, *AT)
    (root / ".offramp" / "recordings").write_text("a file where a folder should be")
    body = {"model": "taped", "messages": [{"role": "user", "content": "hello"}]}
    answer = post(
        f"{own.url}/v1/chat/completions",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {own.keys['desk']}"},
    )
    assert answer.status == 200

    def missed() -> list[Any]:
        entries = [one.entry.data for one in read_entries(root / ".offramp")]
        return [
            one for data in entries if data.get("predicate") == "exchanges-missed" for one in data["missed"]
        ]

    wait_until(missed)
    assert missed()[0] == {
        "what": "recorded",
        "route": "taped",
        "reason": "recordings-unwritable",
        "count": 1,
    }
    (root / ".offramp" / "recordings").unlink()


def test_recorded_exchanges_are_listed_shown_and_exported(
    own: Any, ask: Ask, wait_until: Any, tmp_path: Path
) -> None:
    usage = {"include_usage": True}
    request_id = ask("mirrored", TELLING, stream=True, stream_options=usage).headers["offramp-request-id"]
    wait_until(lambda: len(kept(own, request_id)) == 2)
    listed = own.offramp("record", "list", "--vendor", "example-b", "--limit", "0", "--format", "json")
    assert listed.returncode == 0, listed.stderr
    (mine,) = [one for one in json.loads(listed.stdout)["exchanges"] if one["pair"] == request_id]
    assert (mine["role"], mine["for"], mine["application"]) == ("candidate", "trial", "desk")

    shown = own.offramp("record", "show", request_id, "--turns")
    assert shown.returncode == 0, shown.stderr
    said = {one["role"]: one for one in json.loads(shown.stdout)}
    assert said["caller"]["reply"]["parts"] == [{"type": "text", "text": "Hello from a"}]
    assert said["candidate"]["reply"]["parts"] == [{"type": "text", "text": "Hello from b"}]
    assert said["caller"]["request"]["turns"][0]["speaker"] == "user"
    assert said["caller"]["reply"]["usage"]["output"] == 7

    folder = tmp_path / "records"
    flags = ("--by", "L. Farouk", "--schedule", "GRS 5.1", "--format", "json")
    assert unexported(own.root / ".offramp", ("example-a", "example-c"))["example-a"] > 0
    done = own.offramp("record", "export", str(folder), "--vendor", "example-a", *flags)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["vendors"] == {"example-a": manifest["exchanges"]}
    for file in told["files"]:
        data = (folder / file["name"]).read_bytes()
        assert sha256(data).hexdigest() == file["sha256"]
        assert (folder / file["name"]).stat().st_mode & 0o077 == 0
    wire = [json.loads(line) for line in (folder / "wire.jsonl").read_text().splitlines()]
    turned = [json.loads(line) for line in (folder / "turns.jsonl").read_text().splitlines()]
    assert [one["id"] for one in wire] == [one["id"] for one in turned]
    assert {one["vendor"] for one in wire} == {"example-a"}
    entry = read_entries(own.root / ".offramp", told["entry"], 1)[0].entry
    assert entry.data["predicate"] == "records-exported"
    assert entry.digests["manifest.json"] == sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert "stated as entry" in done.stderr
    assert unexported(own.root / ".offramp", ("example-a", "example-c")) == {}
    assert unexported(own.root / ".offramp", ("example-b",))["example-b"] > 0

    again = own.offramp("record", "export", str(folder), "--by", "L. Farouk")
    assert again.returncode == 2
    assert "not empty" in again.stderr


def shadows(own: Any, of: str) -> list[Entry]:
    entries = [one.entry for one in read_entries(own.root / ".offramp")]
    return [one for one in entries if one.cause == "shadow" and one.data["shadow"]["of"] == of]


def test_a_candidate_is_asked_beside_and_its_answer_kept_beside(
    own: Any, ask: Ask, fakes: Any, wait_until: Any
) -> None:
    answer = ask("mirrored", "mirror this", face="messages")
    assert "from a" in answer.raw.decode()
    request_id = answer.headers["offramp-request-id"]
    wait_until(lambda: len(kept(own, request_id)) == 2)
    roles = {entry.data["exchange"]["role"]: opened(own, index) for index, entry in kept(own, request_id)}
    assert roles["caller"]["pair"] == roles["candidate"]["pair"] == request_id
    assert roles["candidate"]["dialect"] == "openai-chat"
    assert "from b" in roles["candidate"]["answer"]["text"]
    assert "mirror this" in roles["candidate"]["request"]
    assert roles["caller"]["conversation"] == roles["candidate"]["conversation"]
    (entry,) = shadows(own, request_id)
    assert str(entry.type) == "traffic"
    assert entry.data["shadow"]["outcome"] == "answered"
    assert entry.data["shadow"]["usage"]["output"] == 7
    assert "route" not in entry.data


def test_a_candidates_tool_call_is_recorded_and_goes_nowhere(own: Any, ask: Ask, wait_until: Any) -> None:
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    answer = ask("mirrored", "weather?", tools=[tool], stream=True)
    request_id = answer.headers["offramp-request-id"]
    wait_until(lambda: len(kept(own, request_id)) == 2)
    (candidate,) = [
        opened(own, index)
        for index, entry in kept(own, request_id)
        if entry.data["exchange"]["role"] == "candidate"
    ]
    assert candidate["is_stream"]
    assert "weather" in json.dumps(candidate["answer"])


@pytest.mark.parametrize(
    ("model", "reason"),
    [("forbidden", "norm-forbid"), ("itself", "answered-already"), ("counted", "guarded")],
)
def test_a_candidate_that_may_not_or_need_not_be_asked_is_not(
    own: Any, ask: Ask, fakes: Any, wait_until: Any, model: str, reason: str
) -> None:
    marked = f"only for {model}"
    answer = ask(model, marked)
    assert answer.status == 200
    wait_until(lambda: reason in own.metrics())
    asked = [seen for fake in fakes.values() for seen in fake.seen if marked.encode() in seen.raw]
    assert len(asked) == 1
    assert not shadows(own, answer.headers["offramp-request-id"])


def test_a_shadow_pays_from_its_own_limits_and_its_callers_from_theirs(
    own: Any, ask: Ask, wait_until: Any
) -> None:
    ids = [ask("bounded", f"number {number}").headers["offramp-request-id"] for number in range(5)]
    account = 'application="shadow:bounded",key="",limit='

    def numbers() -> dict[str, str]:
        lines = [line.rsplit(" ", 1) for line in own.metrics().splitlines() if account in line]
        return {name.split("limit=")[1][1:].split('"')[0]: n for name, n in lines if "_used{" in name}

    def not_sent() -> float:
        lines = [line for line in own.metrics().splitlines() if 'outcome="budget-exhausted"' in line]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if 'offramp_route="bounded"' in line)

    wait_until(lambda: not_sent() == 3)
    wait_until(lambda: numbers() == {"requests_per_day": "2", "tokens_per_month": "36"})
    paid = [one.data["shadow"]["charge"] for id_ in ids for one in shadows(own, id_)]
    assert paid == [{"basis": "usage", "requests": 1, "tokens": 18}] * 2
    asked = [one for id_ in ids for one in own.entries(id_) if one.type is EntryType.TRAFFIC]
    assert len(asked) == 5
    assert all("charge" not in one.data for one in asked)
    keys = json.loads(own.offramp("keys", "list", "--format", "json").stdout)
    assert {one["used"] for one in keys["used"] if one["application"] == "shadow:bounded"} == {2, 36}


def test_a_candidate_that_fails_or_hangs_is_nobodys_trouble(own: Any, ask: Ask, wait_until: Any) -> None:
    answer = ask("mirrored", "garbage for the other")
    request_id = answer.headers["offramp-request-id"]
    wait_until(lambda: shadows(own, request_id) or answer.status != 200)


def test_mirrored_requests_count_as_nobodys_traffic(own: Any, ask: Ask, wait_until: Any) -> None:
    answer = ask("mirrored", "count me once")
    wait_until(lambda: shadows(own, answer.headers["offramp-request-id"]))
    entries = read_entries(own.root / ".offramp")
    marked = [one for one in entries if one.entry.cause == "shadow"]
    real = [one for one in entries if str(one.entry.type) == "traffic" and one.entry.cause != "shadow"]
    assert marked
    assert tally.requests(marked).total == 0
    upstreams = {"b": VendorId("example-b")}
    workspace = load(own.root)
    days = read_account(workspace, VendorId("example-b"), now() + timedelta(days=9999)).days
    assert sum(day.vendor for day in days) == sum(
        one.entry.data["upstream"] in upstreams and one.entry.data["outcome"] == "answered" for one in real
    )
    told = json.loads(own.offramp("evidence", "losses", "--format", "json").stdout)
    assert sum(one["requests"] for one in told["applications"]) == len(real)
    numbers = [line for line in own.metrics().splitlines() if line.startswith("offramp_requests_total")]
    assert not [line for line in numbers if 'offramp_route="mirrored"' in line and 'upstream="b"' in line]
