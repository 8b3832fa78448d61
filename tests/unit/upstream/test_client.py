"""The client: what it sends, what it refuses to guess, and how it explains a failure."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from offramp.upstream import Answer, Client, Dial, Timeouts, Trouble, UpstreamFailed, open_client

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Scripted = Callable[[Script], AbstractAsyncContextManager[str]]

PLAIN = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: application/json\r\n\r\n{}"


def run(scripted: Scripted, script: Script, use: Callable[[Client, str], Awaitable[None]]) -> None:
    async def main() -> None:
        async with scripted(script) as url:
            client = open_client(Timeouts(connect_seconds=5, between_bytes_seconds=0.5))
            try:
                await use(client, url)
            finally:
                await client.close()

    asyncio.run(main())


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    return head + await reader.readexactly(length)


async def post(client: Client, url: str, body: bytes = b"{}") -> Answer:
    return await client.open(Dial(url=url, headers={"content-type": "application/json"}, body=body))


def answering(*answers: bytes, requests: list[bytes] | None = None) -> Script:
    """One connection after another; each request on it gets the next answer."""
    waiting = iter(answers)

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            if requests is not None:
                requests.append(request)
            writer.write(next(waiting))
            await writer.drain()

    return script


def failure(scripted: Scripted, script: Script) -> UpstreamFailed:
    """What reading a whole answer of `script` raises."""

    async def use(client: Client, url: str) -> None:
        answer = await post(client, url)
        await answer.read(1000)

    with pytest.raises(UpstreamFailed) as caught:
        run(scripted, script, use)
    return caught.value


def test_sends_the_bytes_it_was_given_and_nothing_of_its_own(scripted: Scripted) -> None:
    requests: list[bytes] = []

    async def use(client: Client, url: str) -> None:
        answer = await post(client, url + "/v1/x", b'{"a": 1.0}')
        assert answer.status == 200
        assert answer.headers["content-type"] == "application/json"
        assert await answer.read(10) == b"{}"

    run(scripted, answering(PLAIN, requests=requests), use)
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert body == b'{"a": 1.0}'
    names = {line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:]}
    assert names == {b"host", b"content-type", b"content-length"}


def test_a_redirect_is_an_answer_not_a_way_to_go(scripted: Scripted) -> None:
    async def use(client: Client, url: str) -> None:
        answer = await post(client, url)
        assert answer.status == 307

    run(scripted, answering(b"HTTP/1.1 307 X\r\nlocation: /other\r\ncontent-length: 0\r\n\r\n"), use)


def test_a_kept_connection_given_up_by_the_server_is_tried_once_more(scripted: Scripted) -> None:
    connections = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await read_request(reader)
        writer.write(PLAIN)
        await writer.drain()
        if connections == 1:
            # Takes the second request on this connection and closes without a word.
            await read_request(reader)

    async def use(client: Client, url: str) -> None:
        for _ in range(2):
            answer = await post(client, url)
            assert await answer.read(10) == b"{}"

    run(scripted, script, use)
    assert connections == 2


def test_a_new_connection_closed_without_a_word_is_not_tried_again(scripted: Scripted) -> None:
    connections = 0

    async def script(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await read_request(reader)

    assert failure(scripted, script).trouble is Trouble.CUT
    assert connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
)
def test_an_answer_cut_short_raises(scripted: Scripted, answer: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(answer)
        await writer.drain()

    assert failure(scripted, script).trouble is Trouble.CUT


def test_an_answer_that_is_not_http_raises(scripted: Scripted) -> None:
    assert failure(scripted, answering(b"SSH-2.0-x\r\n\r\n")).trouble is Trouble.MALFORMED


def test_an_encoding_nobody_asked_for_raises(scripted: Scripted) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx"
    assert failure(scripted, answering(answer)).trouble is Trouble.MALFORMED


def test_an_answer_longer_than_the_limit_raises(scripted: Scripted) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + b"x" * 1001
    assert failure(scripted, answering(answer)).trouble is Trouble.TOO_LARGE


def test_silence_raises(scripted: Scripted) -> None:
    async def script(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        await reader.read()

    assert failure(scripted, script).trouble is Trouble.TIMEOUT


def test_abandoning_an_answer_closes_the_connection(scripted: Scripted) -> None:
    closed = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        assert await reader.read() == b""
        closed.set()

    async def use(client: Client, url: str) -> None:
        answer = await post(client, url)
        async for block in answer.iterate():
            assert block == b"abc"
            break
        answer.abandon()
        await asyncio.wait_for(closed.wait(), 10)

    run(scripted, script, use)


def test_a_refused_connection_names_the_place_and_no_secret() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    async def main() -> None:
        client = open_client()
        try:
            await post(client, f"http://127.0.0.1:{port}/v1?key=secret")
        finally:
            await client.close()

    with pytest.raises(UpstreamFailed) as caught:
        asyncio.run(main())
    assert caught.value.trouble is Trouble.REFUSED
    assert f"http://127.0.0.1:{port}" in caught.value.message
    assert "secret" not in caught.value.render()


def test_a_name_that_does_not_resolve_says_so() -> None:
    async def main() -> None:
        client = open_client()
        try:
            await post(client, "http://no-such-host.invalid/")
        finally:
            await client.close()

    with pytest.raises(UpstreamFailed) as caught:
        asyncio.run(main())
    assert caught.value.trouble is Trouble.NAME


def test_a_server_without_tls_behind_https_says_so(scripted: Scripted) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async def use(client: Client, url: str) -> None:
        await post(client, url.replace("http:", "https:"))

    with pytest.raises(UpstreamFailed) as caught:
        run(scripted, script, use)
    assert caught.value.trouble is Trouble.TLS
