"""Ways around a held call, each tried: other spellings, other hands, other places in an answer."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.gateway import held
from tests.gateway.held import ask, decide, hold_in, lay
from tests.gateway.scripted import Ready, Scripted, run_scripted

from offramp.dialects import DIALECTS, turns

CHAT = "openai-chat"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Scripted]:
    yield from run_scripted()


@pytest.fixture(scope="module")
def gateway(
    upstream: Scripted, launch: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    root = held.write_held(tmp_path_factory.mktemp("attacks"), upstream.url, more="  approvals: {desk: 2}")
    running = launch(root)
    yield running
    assert running.stop() == 0, running.log.read_text()


@pytest.fixture(autouse=True)
def nothing_left_over(upstream: Scripted) -> None:
    """What an earlier test laid ready and did not use is not this one's."""
    upstream.ready.clear()


@pytest.fixture
def hold(gateway: Any, upstream: Scripted, post: Any) -> Callable[..., str]:
    """`hold("what is said", *calls)`: the id of a new hold."""

    def held_now(said: str, *calls: Any) -> str:
        lay(upstream, CHAT, held.reply(*(calls or (held.VALVE,))), is_stream=False)
        return hold_in(ask(gateway, post, CHAT, said, is_stream=False).raw.decode())

    return held_now


def chat_calls(*calls: tuple[str, str, str]) -> dict[str, Any]:
    """A chat answer whose arguments are exactly these texts."""
    whole: dict[str, Any] = held.whole(CHAT, held.reply(held.VALVE))
    whole["choices"][0]["message"]["tool_calls"] = [
        {"id": id_, "type": "function", "function": {"name": name, "arguments": text}}
        for id_, name, text in calls
    ]
    return whole


def code(answer: Any) -> tuple[int, str]:
    return answer.status, answer.body["error"]["code"]


def approve(gateway: Any, post: Any, id_: str) -> None:
    for by in ("ana", "ben"):
        assert decide(gateway, post, id_, "approve", by=by).status == 200


def test_two_persons_and_not_one_twice(gateway: Any, post: Any, hold: Callable[..., str]) -> None:
    id_ = hold("two of us")
    assert decide(gateway, post, id_, "approve").body["state"] == "pending"
    assert code(decide(gateway, post, id_, "approve")) == (409, "decided-already")
    assert decide(gateway, post, id_, "approve", by="ben").body["state"] == "approved"


@pytest.mark.parametrize(
    ("by", "expected"),
    [("own", (403, "own-request")), ("eve", (403, "role-insufficient")), ("desk", (401, "person-unknown"))],
)
def test_neither_who_asked_nor_who_only_watches_nor_the_application_decides(
    gateway: Any, post: Any, hold: Callable[..., str], by: str, expected: tuple[int, str]
) -> None:
    id_ = hold(f"by {by}")
    body = json.dumps({"verdict": "approve", "reason": "mine"}).encode()
    url = f"{gateway.url}/-/api/v1/holds/{id_}"
    post(url, b"", held.bearer(by), method="GET")
    assert code(post(f"{url}/decision", body, held.bearer(by))) == expected


def test_the_user_that_a_request_names_does_not_decide(gateway: Any, upstream: Scripted, post: Any) -> None:
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    body = {**held.asked(CHAT, "for ana"), "user": "  ANA\u200b  Abe"}
    answer = post(
        gateway.url + held.path_of(CHAT, is_stream=False), json.dumps(body).encode(), held.bearer("desk")
    )
    assert code(decide(gateway, post, hold_in(answer.raw.decode()), "approve")) == (403, "own-request")


def test_nobody_approves_unseen_or_without_a_reason(
    gateway: Any, post: Any, hold: Callable[..., str]
) -> None:
    id_ = hold("unseen")
    url = f"{gateway.url}/-/api/v1/holds/{id_}"
    yes = json.dumps({"verdict": "approve", "reason": "fine"}).encode()
    assert code(post(f"{url}/decision", yes, held.bearer("ana"))) == (409, "hold-not-shown")
    post(url, b"", held.bearer("ana"), method="GET")
    silent = json.dumps({"verdict": "approve", "reason": "  "}).encode()
    assert code(post(f"{url}/decision", silent, held.bearer("ana"))) == (400, "reason-missing")


def test_a_form_in_a_browser_decides_nothing(gateway: Any, post: Any, hold: Callable[..., str]) -> None:
    id_ = hold("a form")
    url = f"{gateway.url}/-/api/v1/holds/{id_}/decision"
    body = json.dumps({"verdict": "approve", "reason": "x"}).encode()
    as_form = {**held.bearer("ana"), "content-type": "text/plain"}
    assert code(post(url, body, as_form)) == (415, "type-unknown")
    assert code(post(url, body)) == (401, "person-unknown")
    assert code(post(url, body[:-1], held.bearer("ana"))) == (400, "body-invalid")


def test_an_approval_is_for_that_conversation_and_those_arguments(
    gateway: Any, upstream: Scripted, post: Any, hold: Callable[..., str]
) -> None:
    id_ = hold("this one")
    approve(gateway, post, id_)
    other = ("call_1", "open_valve", {"site": "south", "turns": 3})
    assert hold("another one") != id_
    assert hold("that one", other) != id_
    released = ask(gateway, post, CHAT, "this one", is_stream=False)
    assert held.heard(CHAT, released.raw, is_stream=False)[1] == [held.VALVE]
    assert hold("this one") != id_


def test_a_key_said_twice_is_given_as_it_was_shown(gateway: Any, upstream: Scripted, post: Any) -> None:
    text = '{"site": "north", "site": "south", "turns": 1}'
    upstream.ready.append(Ready(chat_calls(("call_1", "open_valve", text))))
    first = ask(gateway, post, CHAT, "twice", is_stream=False)
    id_ = hold_in(first.raw.decode())
    shown = post(f"{gateway.url}/-/api/v1/holds/{id_}", b"", held.bearer("ana"), method="GET").body
    approve(gateway, post, id_)
    released = ask(gateway, post, CHAT, "twice", is_stream=False)
    (call,) = released.body["choices"][0]["message"]["tool_calls"]
    assert json.loads(call["function"]["arguments"], object_pairs_hook=list) == list(
        shown["what"]["calls"][0]["arguments"].items()
    )


@pytest.mark.parametrize("number", ["123456789012345678901234567890", "9007199254740993", "1e999"])
def test_a_number_that_programs_read_differently_cannot_be_approved(
    gateway: Any, upstream: Scripted, post: Any, number: str
) -> None:
    text = f'{{"turns": {number}}}'
    upstream.ready.append(Ready(chat_calls(("call_1", "open_valve", text))))
    answer = ask(gateway, post, CHAT, f"huge {number}", is_stream=False)
    assert answer.status in (403, 502), answer.raw
    assert number.encode() not in answer.raw


@pytest.mark.parametrize(
    "name", ["\u043epen_valve", "Open_Valve", "open\u200b_valve", "open-valve", "run_anything"]
)
def test_a_tool_that_only_looks_registered_is_held(
    gateway: Any, upstream: Scripted, post: Any, name: str
) -> None:
    upstream.ready.append(Ready(chat_calls(("call_1", name, "{}"))))
    answer = ask(gateway, post, CHAT, f"alike {name}", is_stream=False)
    id_ = hold_in(answer.raw.decode())
    shown = post(f"{gateway.url}/-/api/v1/holds/{id_}", b"", held.bearer("ana"), method="GET").body
    (call,) = shown["what"]["calls"]
    assert call["unregistered"] is True
    assert call.get("resembles", "") == ("" if name == "run_anything" else "open_valve")


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_parallel_set_goes_all_or_none(
    gateway: Any, upstream: Scripted, post: Any, is_stream: bool
) -> None:
    harmless = ("call_0", "look_up", {"site": "north"})
    lay(upstream, CHAT, held.reply(harmless, held.VALVE), is_stream=is_stream)
    said = f"both {is_stream}"
    first = ask(gateway, post, CHAT, said, is_stream=is_stream)
    text, calls = held.heard(CHAT, first.raw, is_stream=is_stream)
    assert calls == []
    approve(gateway, post, hold_in(text))
    released = ask(gateway, post, CHAT, said, is_stream=is_stream)
    assert held.heard(CHAT, released.raw, is_stream=is_stream)[1] == [harmless, held.VALVE]


def test_a_second_choice_is_not_passed_on(gateway: Any, upstream: Scripted, post: Any) -> None:
    whole = held.whole(CHAT, held.reply(text="Nothing to do."))
    second = held.whole(CHAT, held.reply(held.VALVE))["choices"][0]
    whole["choices"].append({**second, "index": 1})
    upstream.ready.append(Ready(whole))
    answer = ask(gateway, post, CHAT, "two choices", is_stream=False)
    assert b"north" not in answer.raw
    assert b"open_valve" not in answer.raw


def test_a_call_written_as_text_goes_on_and_is_noted(gateway: Any, upstream: Scripted, post: Any) -> None:
    said = '<tool_call>{"name": "open_valve", "arguments": {"site": "north"}}</tool_call>'
    for is_stream in (False, True):
        lay(upstream, CHAT, held.reply(text=said), is_stream=is_stream)
        answer = ask(gateway, post, CHAT, f"as text {is_stream}", is_stream=is_stream)
        assert b"tool_calls" not in answer.raw
        entry = gateway.entry(answer.headers["offramp-request-id"])
        assert entry.data["calls_in_text"] == ["open_valve"]


@pytest.mark.parametrize("slug", [CHAT, "anthropic-messages", "bedrock-invoke"])
def test_a_stream_cut_within_a_call_gives_none_of_it(
    gateway: Any, upstream: Scripted, post: Any, slug: str
) -> None:
    raw = held.streamed(slug, held.reply(held.VALVE))
    place = raw.index(b'finish_reason":"tool') if slug == CHAT else len(raw) * 3 // 4
    upstream.ready.append(Ready(raw[:place], headers={"content-type": DIALECTS[slug].stream_type}))
    answer = ask(gateway, post, slug, "cut", is_stream=True)
    assert "open_valve" not in held.unframed(answer.raw)
    assert "north" not in held.unframed(answer.raw)
    assert gateway.entry(answer.headers["offramp-request-id"]).data["outcome"] == "truncated"


def test_a_call_cut_by_its_length_is_not_given(gateway: Any, upstream: Scripted, post: Any) -> None:
    encoder = DIALECTS[CHAT].stream_encoder(wants_usage=False)
    events: list[turns.Event] = [
        turns.ReplyStarted("x", "m"),
        turns.ToolStarted(0, "call_1", "open_valve"),
        turns.ToolDelta(0, '{"site": "nor'),
        turns.ReplyEnded(turns.StopReason.LENGTH),
    ]
    upstream.ready.append(Ready(b"".join(encoder.encode(event) for event in events)))
    answer = ask(gateway, post, CHAT, "long", is_stream=True)
    assert b"open_valve" not in answer.raw
    assert b"call-cut-short" in answer.raw


def test_of_two_who_are_released_at_once_one_gets_the_calls(
    gateway: Any, upstream: Scripted, post: Any, hold: Callable[..., str]
) -> None:
    id_ = hold("race")
    approve(gateway, post, id_)
    answers: list[Any] = []
    both = threading.Barrier(2)
    upstream.ready += [Ready(held.whole(CHAT, held.reply(text="Asked anew."))) for _ in range(2)]

    def run() -> None:
        both.wait(30)
        answers.append(ask(gateway, post, CHAT, "race", is_stream=False))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    upstream.ready.clear()
    given = [one for one in answers if one.status == 200 and held.heard(CHAT, one.raw, is_stream=False)[1]]
    assert len(given) == 1


def test_of_two_decisions_at_once_each_counts_once(gateway: Any, post: Any, hold: Callable[..., str]) -> None:
    id_ = hold("two hands")
    url = f"{gateway.url}/-/api/v1/holds/{id_}"
    post(url, b"", held.bearer("ana"), method="GET")
    body = json.dumps({"verdict": "approve", "reason": "twice"}).encode()
    found: list[int] = []
    both = threading.Barrier(4)

    def run() -> None:
        both.wait(30)
        found.append(post(f"{url}/decision", body, held.bearer("ana")).status)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 409, 409, 409]
    listed = post(url, b"", held.bearer("ana"), method="GET").body
    assert (listed["state"], listed["approved"]) == ("pending", 1)


def test_a_person_who_lost_the_role_does_not_count_any_more(
    gateway: Any, upstream: Scripted, post: Any, hold: Callable[..., str], wait_until: Any
) -> None:
    id_ = hold("lost role")
    approve(gateway, post, id_)
    file = gateway.root / "offramp.yaml"
    text = file.read_text()
    changed = text.replace("ana: {name: Ana Abe, role: decides", "ana: {name: Ana Abe, role: supervises")
    file.write_text(changed.replace("approvals: {desk: 2}", "approvals: {desk: 1}"))
    url = f"{gateway.url}/-/api/v1/holds/{id_}/decision"
    again = json.dumps({"verdict": "approve", "reason": "again"}).encode()

    def said() -> set[str]:
        """What every worker says, each of which takes the change up by itself."""
        return {str(post(url, again, held.bearer("ana")).body["error"]["code"]) for _ in range(16)}

    try:
        wait_until(lambda: said() == {"role-insufficient"})
        refused = ask(gateway, post, CHAT, "lost role", is_stream=False)
        assert (refused.status, refused.body["offramp"]["code"]) == (403, "approval-lapsed")
    finally:
        file.write_text(text)
    wait_until(lambda: said() == {"decided-already"})
    released = ask(gateway, post, CHAT, "lost role", is_stream=False)
    assert held.heard(CHAT, released.raw, is_stream=False)[1] == [held.VALVE]


def test_who_leaves_while_a_call_is_held_gets_it_later(gateway: Any, upstream: Scripted, post: Any) -> None:
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=True)
    parts = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    body = json.dumps(held.asked(CHAT, "leaving", is_stream=True)).encode()
    headers: Mapping[str, str] = {"content-type": "application/json", **held.bearer("desk")}
    connection.request("POST", held.path_of(CHAT, is_stream=True), body, dict(headers))
    answer = connection.getresponse()
    id_ = hold_in(answer.read().decode())
    connection.close()
    approve(gateway, post, id_)
    released = ask(gateway, post, CHAT, "leaving", is_stream=True)
    assert held.heard(CHAT, released.raw, is_stream=True)[1] == [held.VALVE]


def test_what_is_kept_must_be_what_was_decided_about(
    gateway: Any, upstream: Scripted, post: Any, hold: Callable[..., str]
) -> None:
    import asyncio

    from offramp.gateway.held_turn import KIND
    from offramp.gateway.kept import Kept

    id_ = hold("forged")
    approve(gateway, post, id_)
    kept = Kept(gateway.root / ".offramp")

    async def forge() -> None:
        data = await kept.get(KIND, id_, "desk")
        assert data is not None
        await kept.put(KIND, id_, "desk", data.replace(b"north", b"south"))

    asyncio.run(forge())
    kept.close()
    answer = ask(gateway, post, CHAT, "forged", is_stream=False)
    assert answer.status == 403
    assert answer.body["offramp"]["code"] == "binding-broken"


def test_an_application_without_such_tools_is_not_watched(
    gateway: Any, upstream: Scripted, post: Any
) -> None:
    lay(upstream, CHAT, held.reply(held.VALVE), is_stream=False)
    body = json.dumps(held.asked(CHAT, "plain")).encode()
    answer = post(gateway.url + held.path_of(CHAT, is_stream=False), body, held.bearer("plain"))
    assert held.heard(CHAT, answer.raw, is_stream=False)[1] == [held.VALVE]
