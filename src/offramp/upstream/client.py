"""The HTTP client: aiohttp behind `interface.Client`. Pools, times out, explains; never follows or guesses.

No redirects (the gateway dials configured upstreams only), no proxy or netrc from the environment, no
cookies, no decompression: an encoded answer that was not asked for is an error.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import aiohttp
from yarl import URL

from offramp.core.instants import now
from offramp.upstream.errors import Trouble, UpstreamFailed
from offramp.upstream.explaining import host_of
from offramp.upstream.explaining_pooled import explained
from offramp.upstream.interface import Answer, Dial
from offramp.upstream.signatures import Message
from offramp.upstream.timeouts import Timeouts
from offramp.upstream.way import DIRECT, Way

READ_BLOCK = 64 * 1024
MAX_URLS = 1000


class _Attempt:
    """One request on its way: whether it needed a connection of its own."""

    __slots__ = ("has_dialled",)

    def __init__(self) -> None:
        self.has_dialled = False


_attempt: ContextVar[_Attempt] = ContextVar("attempt")


class _Connector(aiohttp.TCPConnector):
    """Notes who needed a new connection. (Tracing tells it too, at a tenth of a request's cost.)"""

    async def _create_connection(self, *args: Any, **kwargs: Any) -> Any:
        attempt = _attempt.get(None)
        if attempt is not None:
            attempt.has_dialled = True
        return await super()._create_connection(*args, **kwargs)


class PooledClient:
    """`interface.Client` on aiohttp. Make it inside the running event loop."""

    def __init__(self, timeouts: Timeouts | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        limits = timeouts or Timeouts()
        self._timeouts = limits
        self._tls = tls
        self._pooled = self._session(keeps=True)
        self._fresh: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}

    async def open(self, dial: Dial) -> Answer:
        """Send the request and read the answer's head. Raises `UpstreamFailed`.

        A token that the server does not take is replaced once.
        """
        if dial.tokens is None:
            return await self._open(dial)
        for is_last in (False, True):
            bearer = await dial.tokens.bearer(self)
            answer = await self._open(replace(dial, headers={**dial.headers, "authorization": bearer}))
            if answer.status != HTTPStatus.UNAUTHORIZED or is_last or not dial.tokens.refused(bearer):
                break
            answer.abandon()
        return answer

    async def _open(self, dial: Dial) -> Answer:
        """Send the request and read the answer's head. Raises `UpstreamFailed`.

        A kept connection the server had already given up, which fails before anything came back, is tried
        once more on a new connection; a new connection that fails is not.
        """
        attempt = _Attempt()
        _attempt.set(attempt)
        try:
            return await self._send(self._pooled, dial)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError) as error:
            if attempt.has_dialled or isinstance(error, aiohttp.ClientConnectorError):
                raise explained(error, dial.url, dial.way.proxy) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise explained(error, dial.url, dial.way.proxy) from error
        if self._fresh is None:
            self._fresh = self._session(keeps=False)
        try:
            return await self._send(self._fresh, dial)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise explained(error, dial.url, dial.way.proxy) from error

    async def close(self) -> None:
        """Every kept connection is closed."""
        await self._pooled.close()
        if self._fresh is not None:
            await self._fresh.close()

    async def _send(self, session: aiohttp.ClientSession, dial: Dial) -> Answer:
        url = self._url(dial.url)
        response = await session.request(
            dial.method,
            url,
            data=dial.body or None,
            headers=_signed(dial, url) if dial.signer else dial.headers,
            allow_redirects=False,
            **_on(dial.way),
        )
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            response.close()
            raise UpstreamFailed(
                Trouble.MALFORMED,
                f"`{host_of(dial.url)}` answered with content-encoding `{encoding[:40]}`",
                told="it packed its answer, which nobody asked for",
            )
        return PooledAnswer(response, dial.url)

    def _url(self, url: str) -> URL:
        """Parsed once. Some APIs name the model in the path, and callers name models: not kept for ever."""
        found = self._urls.get(url)
        if found is None:
            if len(self._urls) >= MAX_URLS:
                self._urls.clear()
            found = self._urls[url] = URL(url)
        return found

    def _session(self, *, keeps: bool) -> aiohttp.ClientSession:
        connector = _Connector(limit=0, force_close=not keeps, ssl=self._tls or True)
        timeout = aiohttp.ClientTimeout(
            total=None,
            sock_connect=self._timeouts.connect_seconds,
            sock_read=self._timeouts.between_bytes_seconds,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=timeout,
            auto_decompress=False,
            trust_env=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("user-agent", "accept", "accept-encoding"),
            read_bufsize=READ_BLOCK,
        )


class PooledAnswer:
    """`interface.Answer` on an aiohttp response."""

    __slots__ = ("_response", "_url", "headers", "status")

    def __init__(self, response: aiohttp.ClientResponse, url: str) -> None:
        self._response = response
        self._url = url
        self.status: int = response.status
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}

    async def read(self, limit: int) -> bytes:
        """The whole body. Raises `UpstreamFailed` where it is cut short or longer than `limit`."""
        blocks: list[bytes] = []
        size = 0
        async for block in self.iterate():
            size += len(block)
            if size > limit:
                self.abandon()
                raise UpstreamFailed(
                    Trouble.TOO_LARGE, f"`{host_of(self._url)}` answered with more than {limit} bytes"
                )
            blocks.append(block)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    async def iterate(self) -> AsyncIterator[bytes]:
        """The body as it arrives. Raises `UpstreamFailed` where it is cut short."""
        try:
            async for block in self._response.content.iter_any():
                yield block
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self.abandon()
            raise explained(error, self._url, has_begun=True) from error
        except (asyncio.CancelledError, GeneratorExit):
            self.abandon()
            raise

    def abandon(self) -> None:
        """Stop receiving now: the connection is closed and the upstream notices. Idempotent."""
        self._response.close()


def _on(way: Way) -> dict[str, Any]:
    """The way, as the library takes it. Kept connections are told apart by it."""
    if way is DIRECT:
        return {}
    taken: dict[str, Any] = {} if way.tls is None else {"ssl": way.tls}
    if way.proxy:
        taken["proxy"] = way.proxy
        if way.proxy_user:
            password = way.proxy_password.reveal() if way.proxy_password else ""
            taken["proxy_auth"] = aiohttp.BasicAuth(way.proxy_user, password)
    return taken


def _signed(dial: Dial, url: URL) -> Mapping[str, str]:
    """The headers of `dial` and those that sign it, as it goes over the wire this time."""
    assert dial.signer is not None
    headers = {**dial.headers, "host": url.host_port_subcomponent or ""}
    message = Message(
        method=dial.method,
        path=url.raw_path,
        query=url.raw_query_string,
        headers=headers,
        body=dial.body,
    )
    return {**headers, **dial.signer.headers(message, now())}
