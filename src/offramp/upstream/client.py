"""The HTTP client: aiohttp behind `interface.Client`. Pools, times out, explains; never follows or guesses.

No redirects (the gateway dials configured upstreams only), no proxy or netrc from the environment, no
cookies, no decompression: an encoded answer that was not asked for is an error.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from offramp.core.instants import now
from offramp.upstream.errors import Trouble, UpstreamFailed
from offramp.upstream.interface import Answer, Dial
from offramp.upstream.signatures import Message
from offramp.upstream.timeouts import Timeouts

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

        A kept connection the server had already given up, which fails before anything came back, is tried
        once more on a new connection; a new connection that fails is not.
        """
        attempt = _Attempt()
        _attempt.set(attempt)
        try:
            return await self._send(self._pooled, dial)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError) as error:
            if attempt.has_dialled or isinstance(error, aiohttp.ClientConnectorError):
                raise _explained(error, dial.url) from error
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _explained(error, dial.url) from error
        if self._fresh is None:
            self._fresh = self._session(keeps=False)
        try:
            return await self._send(self._fresh, dial)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise _explained(error, dial.url) from error

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
        )
        encoding = response.headers.get("content-encoding", "identity")
        if encoding.lower() != "identity":
            response.close()
            raise UpstreamFailed(
                Trouble.MALFORMED, f"`{_host(dial.url)}` answered with content-encoding `{encoding[:40]}`"
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
                    Trouble.TOO_LARGE, f"`{_host(self._url)}` answered with more than {limit} bytes"
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
            raise _explained(error, self._url, has_begun=True) from error
        except (asyncio.CancelledError, GeneratorExit):
            self.abandon()
            raise

    def abandon(self) -> None:
        """Stop receiving now: the connection is closed and the upstream notices. Idempotent."""
        self._response.close()


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


def _host(url: str) -> str:
    """Scheme, host and port: enough to act on, and never a credential or a query."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def _explained(error: Exception, url: str, *, has_begun: bool = False) -> UpstreamFailed:
    host = _host(url)
    match error:
        case aiohttp.ClientConnectorDNSError():
            return UpstreamFailed(Trouble.NAME, f"the host of `{host}` does not resolve")
        case aiohttp.ClientConnectorCertificateError():
            return UpstreamFailed(
                Trouble.TLS, f"the certificate of `{host}` is not trusted: {error.certificate_error}"
            )
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return UpstreamFailed(Trouble.TLS, f"no secure connection to `{host}`: {error}")
        case TimeoutError() if has_begun:
            return UpstreamFailed(Trouble.TIMEOUT, f"`{host}` stopped sending in the middle of its answer")
        case TimeoutError():
            return UpstreamFailed(Trouble.TIMEOUT, f"`{host}` did not answer in time")
        case aiohttp.ClientConnectorError():
            reason = error.strerror or type(error.os_error).__name__
            return UpstreamFailed(Trouble.REFUSED, f"cannot connect to `{host}`: {reason.lower()}")
        case aiohttp.ClientResponseError() | HttpProcessingError() | aiohttp.InvalidURL() | ValueError():
            return UpstreamFailed(Trouble.MALFORMED, f"`{host}` did not answer in HTTP")
        case _:
            where = "in the middle of its answer" if has_begun else "before it answered"
            return UpstreamFailed(Trouble.CUT, f"`{host}` closed the connection {where}")
