"""Buckets: stable, spread, and apart by application."""

from offramp.dialects import DIALECTS
from offramp.gateway.conversation import BUCKETS, bucket_of_name, bucket_of_request

CHAT = DIALECTS["openai-chat"]


def bucket(*texts: str, system: str = "s", application: str = "desk") -> int:
    messages = [{"role": "system", "content": system}]
    roles = ("user", "assistant")
    messages += [{"role": roles[n % 2], "content": text} for n, text in enumerate(texts)]
    request = CHAT.decode_request({"model": "m", "messages": messages}).value
    return bucket_of_request(application, request)


def test_a_conversation_keeps_its_bucket_as_it_grows() -> None:
    assert bucket("hi") == bucket("hi", "hello", "and now?")


def test_system_prompt_first_turn_and_caller_matter() -> None:
    others = {bucket("hi", system=f"{n}", application=f"app{n % 3}") for n in range(50)} | {
        bucket(f"{n}") for n in range(50)
    }
    assert len(others) > 30


def test_names_spread_over_all_buckets() -> None:
    found = [bucket_of_name("desk", f"conversation-{number}") for number in range(5000)]
    assert {bucket % 100 for bucket in found} == set(range(100))
    assert max(found) < BUCKETS
    assert len({bucket // 100 for bucket in found}) > 3000


def test_a_body_nobody_understood_still_has_one() -> None:
    assert 0 <= bucket_of_request("desk", None) < BUCKETS
