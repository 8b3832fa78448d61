"""Entry bodies: canonical bytes, their limits, and back."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from offramp.core.errors import OfframpError
from offramp.evidence import Entry
from offramp.evidence.body import decode, encode
from offramp.evidence.entry import MAX_ENTRY_BYTES


def test_keys_are_sorted_and_nothing_is_padded(make_entry: Callable[..., Entry]) -> None:
    assert (
        encode(make_entry("req_1", b=1, a="é\u001b"))
        == (
            '{"actor":"gateway","at":"2026-03-05T12:00:00Z","cause":"request",'
            '"data":{"a":"é\\u001b","b":1},"digests":{"request":"' + "00" * 32 + '"},'
            '"instruments":["order-1"],"subject":"req_1","type":"traffic","v":1}'
        ).encode()
    )


def test_entries_are_read_back_as_recorded(make_entry: Callable[..., Entry]) -> None:
    entry = make_entry("req_1", ratio=0.25, nested={"list": [1, None, True]})
    entry = dataclasses.replace(entry, at=entry.at + timedelta(microseconds=7))
    assert decode(encode(entry)) == entry


def test_the_largest_entry_fits_and_one_byte_more_does_not(make_entry: Callable[..., Entry]) -> None:
    room = MAX_ENTRY_BYTES - len(encode(make_entry(text="")))
    assert len(encode(make_entry(text="x" * room))) == MAX_ENTRY_BYTES
    with pytest.raises(OfframpError) as caught:
        encode(make_entry(text="x" * (room + 1)))
    assert caught.value.code == "entry-too-large"
    assert str(MAX_ENTRY_BYTES + 1) in caught.value.message


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        2**53,
        -(2**70),
        2.0**53,
        1e20,
        b"bytes",
        "\ud800",
        object(),
        {1: 2},
        {"a": {3}},
    ],
)
def test_what_canonical_json_cannot_say_is_refused(make_entry: Callable[..., Entry], value: object) -> None:
    with pytest.raises(OfframpError) as caught:
        encode(make_entry(value=value))
    assert caught.value.code == "entry-unrepresentable"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"v":2,"type":"scan","at":"2026-03-05","actor":"","cause":"","subject":"","instruments":[],"data":{},"digests":{}}',
        '{"v":1,"type":"nonsense","at":"2026-03-05","actor":"","cause":"","subject":"","instruments":[],"data":{},"digests":{}}',
        '{"v":1,"type":"scan","at":"yesterday","actor":"","cause":"","subject":"","instruments":[],"data":{},"digests":{}}',
        '{"v":1,"type":"scan","at":"2026-03-05","actor":"","cause":"","subject":"","instruments":[],"data":'
        + '{"a":' * 5000
        + "1"
        + "}" * 5000
        + ',"digests":{}}',
    ],
)
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        decode(text.encode())
