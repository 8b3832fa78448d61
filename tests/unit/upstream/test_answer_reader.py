"""Answers in HTTP/1.1, however they are cut into pieces; and bytes that are none."""

import pytest

from offramp.upstream.answer_reader import HEAD_LIMIT, AnswerReader, NotHttp

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
WHOLE = {
    "length": (HEAD + b"Content-Length:  5 \r\n\r\nhello", b"hello", True),
    "length twice the same": (HEAD + b"content-length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    "nothing": (HEAD + b"content-length: 0\r\n\r\n", b"", True),
    "no content": (b"HTTP/1.1 204 \r\n\r\n", b"", True),
    "chunks": (
        HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n0003;a=b\r\nllo\r\n0\r\n\r\n",
        b"hello",
        True,
    ),
    "chunks of line ends": (
        HEAD
        + b"transfer-encoding: Chunked\r\n\r\n4\r\n\r\n\r\n\r\nA\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\nx: y\r\n\r\n",
        b"\r\n\r\n0\r\n\r\n0\r\n\r\n",
        True,
    ),
    "said to be closed": (HEAD + b"connection: Close\r\ncontent-length: 2\r\n\r\nhi", b"hi", False),
    "older": (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", b"hi", False),
    "announced": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n"
        + HEAD
        + b"content-length: 1\r\n\r\n!",
        b"!",
        True,
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_an_answer_is_read_wherever_it_is_cut(name: str) -> None:
    raw, body, is_kept = WHOLE[name]
    for first in range(len(raw) + 1):
        for second in range(first, len(raw) + 1, 7):
            reader = AnswerReader()
            found = b"".join(
                reader.feed(piece) for piece in (raw[:first], raw[first:second], raw[second:]) if piece
            )
            assert (found, reader.is_over, reader.is_kept, reader.rest) == (body, True, is_kept, b"")


def test_byte_by_byte() -> None:
    for raw, body, _ in WHOLE.values():
        reader = AnswerReader()
        assert b"".join(reader.feed(bytes((one,))) for one in raw) == body
        assert reader.is_over


def test_what_follows_the_end_is_kept_apart() -> None:
    reader = AnswerReader()
    assert reader.feed(HEAD + b"content-length: 2\r\n\r\nhiHTTP/1.1 200") == b"hi"
    assert reader.feed(b" OK") == b""
    assert reader.rest == b"HTTP/1.1 200 OK"


def test_without_a_length_the_connection_is_the_end() -> None:
    reader = AnswerReader()
    assert reader.feed(HEAD + b"\r\nab") == b"ab"
    assert reader.feed(b"c") == b"c"
    assert (reader.is_over, reader.is_kept) == (False, False)
    assert reader.end()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        HEAD + b"content-length: 5\r\n\r\nhell",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
    ],
)
def test_a_connection_that_ends_early_ends_no_answer(raw: bytes) -> None:
    reader = AnswerReader()
    reader.feed(raw)
    assert not reader.end()


CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 099 X\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\n\n" + b"x" * HEAD_LIMIT,
        HEAD + b"a: b\nc: d\r\n\r\n",
        HEAD + b"a: b\rc: d\r\n\r\n",
        HEAD + b"a: b\0\r\n\r\n",
        HEAD + b" folded\r\n\r\n",
        HEAD + b"name : x\r\n\r\n",
        HEAD + b"nothing\r\n\r\n",
        HEAD + b"content-length: 5\r\ncontent-length: 6\r\n\r\n",
        HEAD + b"content-length: 5, 5\r\n\r\n",
        HEAD + b"content-length: +5\r\n\r\n",
        HEAD + b"content-length: -5\r\n\r\n",
        HEAD + "content-length: ٣\r\n\r\n".encode(),
        HEAD + b"content-length: " + b"9" * 19 + b"\r\n\r\n",
        HEAD + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        HEAD + b"transfer-encoding: gzip, chunked\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        HEAD + b"x: " + b"y" * HEAD_LIMIT + b"\r\n\r\n",
        CHUNKED + b"zz\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"0x5\r\n",
        CHUNKED + b"5\nhello\r\n",
        CHUNKED + b"11111111111111111\r\n",
        CHUNKED + b"5\r\nhelloX\r\n",
        CHUNKED + b"5\r\nhello\n0\r\n",
        CHUNKED + b"5;" + b"x" * 5000,
        CHUNKED + b"0\r\n" + b"x: y\r\n" * 20000,
    ],
)
def test_bytes_that_are_no_answer(raw: bytes) -> None:
    for size in (len(raw), 1) if len(raw) < 6000 else (len(raw), 1000):
        with pytest.raises(NotHttp):
            feed(raw, size)


def feed(raw: bytes, size: int) -> None:
    reader = AnswerReader()
    for at in range(0, len(raw), size):
        reader.feed(raw[at : at + size])
