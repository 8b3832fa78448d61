"""The next piece of text is recognised only where it differs from the last in nothing but the text."""

import json

import pytest

from offramp.dialects.text_shape import TextShape
from offramp.dialects.turns import TextDelta

MEMBERS = (b"content", b"noise")


def event(text: str, **more: object) -> bytes:
    body = {"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}], **more}
    return f"data: {json.dumps(body)}\n\n".encode()


def shape_of(data: bytes, text: str = "one") -> TextShape | None:
    return TextShape.of("", data[6:-2], MEMBERS, TextDelta(3, text))


def shape() -> TextShape:
    found = shape_of(event("one", noise="x"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        "two",
        'a "quoted" word',
        "back\\slash\\",
        "\n\r\t",
        "é \u2028 👋",
        '", "finish_reason": "stop"',
        "[DONE]",
    ],
)
def test_any_text_is_the_same_shape(text: str) -> None:
    data = event(text, noise="yy") + event("end", noise="")
    assert shape().skip(data, 0) == len(data)
    assert shape().read(data, 0) == ([TextDelta(3, text), TextDelta(3, "end")], len(data))


@pytest.mark.parametrize(
    "other",
    [
        event("two", noise="x").replace(b"null", b'"stop"'),
        event("two", noise="x", usage={"prompt_tokens": 1}),
        event("two"),
        event("two", noise="x").replace(b'"c"', b'"d"'),
        event("two", noise="x").replace(b"two", b"t\nwo"),
        event("two", noise="x").replace(b"two", b"t\\qwo"),
        event("two", noise="x").replace(b"two", b'two"x'),
        event("two", noise="x")[:-1],
        b"data: [DONE]\n\n",
        b"event: error\n" + event("two", noise="x"),
    ],
)
def test_any_other_difference_ends_the_run(other: bytes) -> None:
    first = event("a", noise="b")
    assert shape().skip(first + other, 0) == len(first)
    assert shape().read(first + other, 0) == ([TextDelta(3, "a")], len(first))


def test_bytes_that_are_no_text_end_the_run_where_text_is_wanted() -> None:
    data = event("two", noise="x").replace(b"two", b"\xff")
    assert shape().read(data, 0) == ([], 0)


@pytest.mark.parametrize(
    "data",
    [
        event("one").replace(b'"one"', b"null"),
        event("one", content="one"),
        event("one").replace(b'"one"', b'"o\\u006ee"').replace(b"content", b"text"),
        event("other"),
    ],
)
def test_what_is_not_plain_has_no_shape(data: bytes) -> None:
    assert shape_of(data) is None


def test_a_name_of_events_belongs_to_the_shape() -> None:
    data = event("one")
    found = TextShape.of("piece", data[6:-2], MEMBERS, TextDelta(0, "one"))
    assert found is not None
    assert found.skip(b"event: piece\n" + data, 0) == len(b"event: piece\n" + data)
    assert found.skip(data, 0) == 0
