"""What is taken out of a text before it is kept, however it is written and wherever a stream cuts it."""

import json
import time

import pytest

from offramp.recordings.exchanges.check_digits import REGISTERS
from offramp.recordings.exchanges.scrubbing import Scrubber
from offramp.recordings.exchanges.taken import Rule

FOUND = {
    "mail": ["jane.doe@example.org", "o'neil+x@sub.example.co"],
    "phone": [
        "+47 912 34 567",
        "+1 (555) 123-4567",
        "(555) 123-4567",
        "555-123-4567",
        "06 12 34 56 78",
        "0049 30 1234567",
    ],
    "card": ["4111 1111 1111 1111", "4111-1111-1111-1111", "5500005555555559", "378282246310005"],
    "account": ["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"],
    "national": [
        "123-45-6789",
        "01017000027",
        "86095742719",
        "44051401359",
        "529.982.247-25",
        "811218-9876",
        "19811218-9876",
        "943 476 5919",
        "2341 2341 2346",
        "756.9217.0769.85",
        "180126955222380",
        "12345678Z",
        "X1234567L",
        "RSSMRA85T10A562S",
        "131052-308T",
        "85073003328",
        "111222333",
        "193 456 787",
        "123 456 782",
    ],
    "secret": [
        "offr_desk_" + "k" * 43,
        "sk-proj-" + "a1B2" * 8,
        "AKIAIOSFODNN7EXAMPLE",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\nxyz\n-----END RSA PRIVATE KEY-----",
    ],
}
LEFT = [
    "2026-11-22",
    "2026-11-22T12:00:00Z",
    "version 1.2.3",
    "order 1234567",
    "model-20250101",
    "10.0.0.1",
    "temperature 0.7, 4096 tokens",
    "4111 1111 1111 1112",
    "a@b",
    "the token is short",
]


@pytest.mark.parametrize(("word", "text"), [(word, text) for word, texts in FOUND.items() for text in texts])
def test_identifiers_are_found_in_a_sentence(word: str, text: str) -> None:
    scrubbed = Scrubber().text(f"here, {text}. And more")
    assert scrubbed == f"here, [{word}-1]. And more"


@pytest.mark.parametrize("text", LEFT)
def test_what_tells_nobody_stays(text: str) -> None:
    assert Scrubber().text(f"so {text} it is") == f"so {text} it is"


def test_secrets_are_found_by_what_stands_before_them() -> None:
    scrub = Scrubber().text
    assert scrub("password: hunter2hunter2, next") == "password: [secret-1], next"
    assert scrub('{"api_key": "abcd1234efgh"}') == '{"api_key": "[secret-2]"}'
    assert scrub("Authorization: Bearer abcdefghijklmnop1234") == "Authorization: Bearer [secret-3]"
    assert scrub("https://user:pa55word@host:80/x") == "https://[secret-4]@host:80/x"


def test_the_same_thing_has_the_same_name_within_a_record() -> None:
    scrubber = Scrubber()
    assert scrubber.text("a@x.org, b@x.org, a@x.org") == "[mail-1], [mail-2], [mail-1]"
    assert scrubber.text("b@x.org") == "[mail-2]"
    assert scrubber.counts == {"mail": 4}


def test_json_stays_json() -> None:
    arguments = json.dumps({"card": 4111111111111111, "to": "jane@x.org", "n": 3})
    body = json.dumps(
        {"input": {"card": 4111111111111111, "n": 5}, "arguments": arguments, "created": 1893456000}
    )
    scrubbed = json.loads(Scrubber().body(body))
    assert scrubbed["input"] == {"card": "[card-1]", "n": 5}
    assert json.loads(scrubbed["arguments"]) == {"card": "[card-1]", "to": "[mail-1]", "n": 3}
    assert scrubbed["created"] == 1893456000


def test_a_body_without_anything_to_hide_is_kept_to_the_byte() -> None:
    text = '{ "model" : "m",\n "messages": [] }'
    assert Scrubber().body(text) == text


def test_own_patterns_and_pointers_go_too() -> None:
    rules = [
        Rule("case", pattern=r"CASE-\d+"),
        Rule("user", pointer="/metadata/user_id"),
        Rule("tag", pointer="/tags/*"),
    ]
    body = json.dumps({"metadata": {"user_id": {"id": 1}}, "tags": ["x", "y"], "text": "about CASE-12"})
    assert json.loads(Scrubber(rules).body(body)) == {
        "metadata": {"user_id": "[user-1]"},
        "tags": ["[tag-1]", "[tag-2]"],
        "text": "about [case-1]",
    }


SPOKEN = "write to jane.doe@example.org or +47 912 34 567, card 4111 1111 1111 1111, thanks"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
def test_a_stream_is_scrubbed_however_it_is_cut(size: int) -> None:
    pieces = [SPOKEN[at : at + size] for at in range(0, len(SPOKEN), size)]
    events = [json.dumps({"id": "msg-1", "index": 0, "delta": {"text": piece}}) for piece in pieces]
    scrubbed = Scrubber().events([*events, "[DONE]"])
    assert scrubbed[-1] == "[DONE]"
    whole = "".join(json.loads(event)["delta"]["text"] for event in scrubbed[:-1])
    assert whole == "write to [mail-1] or [phone-1], card [card-1], thanks"


def test_calls_that_interleave_in_a_stream_are_read_apart() -> None:
    events = []
    for number in range(len("jane@x.org")):
        for index, text in enumerate(("jane@x.org", "abcdefghij")):
            call = {"index": index, "function": {"arguments": text[number]}}
            events.append(json.dumps({"choices": [{"delta": {"tool_calls": [call]}}]}))
    scrubbed = [
        json.loads(event)["choices"][0]["delta"]["tool_calls"][0] for event in Scrubber().events(events)
    ]
    said = [
        "".join(one["function"]["arguments"] for one in scrubbed if one["index"] == index) for index in (0, 1)
    ]
    assert said == ["[mail-1]", "abcdefghij"]


def test_files_as_text_are_left_as_they_are() -> None:
    data = "QUJD" * 600
    assert Scrubber().text(data) == data
    assert Scrubber().text(f"data:image/png;base64,{data}") == f"data:image/png;base64,{data}"


@pytest.mark.parametrize(
    "text", ["1 " * 40_000, "1-" * 40_000, "a.a@" * 20_000, "token " * 20_000, "eyJ" * 30_000, "[" * 9000]
)
def test_texts_made_to_be_slow_are_not(text: str) -> None:
    began = time.process_time()
    Scrubber().body(text)
    assert time.process_time() - began < 20


def test_what_is_nested_too_deep_goes_whole() -> None:
    deep: object = "jane@x.org"
    for _ in range(300):
        deep = [deep]
    assert "jane" not in json.dumps(Scrubber().value(deep))


def test_every_register_is_named_once() -> None:
    assert len(REGISTERS) == len(set(REGISTERS)) >= 15
