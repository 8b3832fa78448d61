"""The HTTP client for upstreams that are dialled directly: HTTP/1.1 over asyncio, kept connections, TLS.

It does less than a general client and so costs a fraction of one: no redirects (the gateway dials configured
upstreams only), no cookies, no decompression (an encoded answer that was not asked for is an error), no
pipelining. What goes through a proxy is left to the general client in `client.py`.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult, urlsplit

from offramp.core.instants import now
from offramp.upstream.connection import ArrivingAnswer, Connection
from offramp.upstream.errors import Trouble, UpstreamFailed
from offramp.upstream.explaining import explained_plainly
from offramp.upstream.interface import Answer, Client, Dial
from offramp.upstream.signatures import Message
from offramp.upstream.timeouts import Timeouts
from offramp.upstream.way import DIRECT

MAX_PLACES: Final = 1000
IDLE_SECONDS: Final = 15.0
"""A connection that nobody used for so long is closed: servers give theirs up without a word."""
LONGEST_TICK_SECONDS: Final = 1.0
JOINED_BYTES: Final = 64 * 1024
"""A body up to this size is sent in one piece with its head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """Where connections go."""

    host: str
    port: int
    is_tls: bool
    place: str
    """Scheme, host and port: enough to act on, and never a credential or a query."""
    tls: ssl.SSLContext | None = None
    """Authorities and certificate for it alone; None for what the client trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """A URL, taken apart once."""

    server: _Server
    path: str
    query: str
    authority: str
    """What the `host` header says."""

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


class DirectClient:
    """`interface.Client` on asyncio. Make it inside the running event loop."""

    def __init__(self, timeouts: Timeouts | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self._timeouts = timeouts or Timeouts()
        self._tls = tls
        self._loop = asyncio.get_running_loop()
        self._addresses: dict[str, _Address] = {}
        self._idle: dict[_Server, list[Connection]] = {}
        self._connections: set[Connection] = set()
        """Every open one."""
        self._tick = min(LONGEST_TICK_SECONDS, self._timeouts.between_bytes_seconds / 4)
        self._timer: asyncio.TimerHandle | None = None
        self._proxied: Client | None = None

    async def open(self, dial: Dial) -> Answer:
        """Send the request and read the answer's head. Raises `UpstreamFailed`.

        A token that the server does not take is replaced once.
        """
        if dial.way.proxy:
            return await self._through_proxies().open(dial)
        if dial.tokens is None:
            return await self._open(dial)
        for is_last in (False, True):
            bearer = await dial.tokens.bearer(self)
            answer = await self._open(replace(dial, headers={**dial.headers, "authorization": bearer}))
            if answer.status != HTTPStatus.UNAUTHORIZED or is_last or not dial.tokens.refused(bearer):
                break
            answer.abandon()
        return answer

    def _through_proxies(self) -> Client:
        if self._proxied is None:
            from offramp.upstream.client import PooledClient

            self._proxied = PooledClient(self._timeouts, tls=self._tls)
        return self._proxied

    async def _open(self, dial: Dial) -> Answer:
        """The same, once.

        A kept connection the server had already given up, which fails before anything came back, is tried
        once more on a new connection; a new connection that fails is not.
        """
        address = self._address(dial.url)
        request = _request(dial, address)
        server = address.server if dial.way is DIRECT else replace(address.server, tls=dial.way.tls)
        kept = self._kept(server)
        if kept is not None:
            answer = kept.ask(*request)
            try:
                await answer.head()
            except UpstreamFailed as failed:
                if answer.has_begun or failed.trouble is not Trouble.CUT:
                    raise
            else:
                return _checked(answer, server)
        fresh = await self._connect(server)
        answer = fresh.ask(*request)
        await answer.head()
        return _checked(answer, server)

    async def close(self) -> None:
        """Every connection is closed."""
        if self._proxied is not None:
            await self._proxied.close()
        if self._timer is not None:
            self._timer.cancel()
        for connection in tuple(self._connections):
            connection.close()
        self._connections.clear()
        self._idle.clear()
        # Transports tell their protocols at the next turn of the loop.
        await asyncio.sleep(0)

    def _kept(self, server: _Server) -> Connection | None:
        """The connection to `server` that was used last, where one is free."""
        waiting = self._idle.get(server)
        while waiting:
            connection = waiting.pop()
            if connection.is_open:
                return connection
        return None

    async def _connect(self, server: _Server) -> Connection:
        def freed(connection: Connection) -> None:
            connection.freed_at = self._loop.time()
            self._idle.setdefault(server, []).append(connection)

        tls = (server.tls or self._context()) if server.is_tls else None
        try:
            async with asyncio.timeout(self._timeouts.connect_seconds):
                _, connection = await self._loop.create_connection(
                    lambda: Connection(server.place, freed),
                    server.host,
                    server.port,
                    ssl=tls,
                    server_hostname=server.host if tls else None,
                )
        except (OSError, ValueError) as error:
            raise explained_plainly(error, server.place) from error
        self._connections.add(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(self._tick, self._look)
        return connection

    def _look(self) -> None:
        """Give up what has been silent for too long, and what nobody used."""
        at = self._loop.time()
        for connection in tuple(self._connections):
            answer = connection.answer
            if not connection.is_open:
                self._connections.discard(connection)
            elif answer is None:
                if at - connection.freed_at > IDLE_SECONDS:
                    connection.close()
            elif not answer.heard_at or connection.is_paused:
                answer.heard_at = at
            elif at - answer.heard_at > self._timeouts.between_bytes_seconds:
                what = "stopped sending in the middle of its answer"
                what = what if answer.status else "did not answer in time"
                answer.fail(Trouble.TIMEOUT, f"`{connection.place}` {what}", told=f"it {what}")
                connection.close()
        for server, waiting in tuple(self._idle.items()):
            self._idle[server] = [connection for connection in waiting if connection.is_open]
        self._timer = self._loop.call_later(self._tick, self._look) if self._connections else None

    def _address(self, url: str) -> _Address:
        """Taken apart once. Some APIs name the model in the path, and callers name models: not for ever."""
        found = self._addresses.get(url)
        if found is None:
            if len(self._addresses) >= MAX_PLACES:
                self._addresses.clear()
            found = self._addresses[url] = _read_url(url)
        return found

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls


def _read_url(url: str) -> _Address:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UpstreamFailed(Trouble.MALFORMED, "the upstream's address cannot be read") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not _is_plain(parts):
        raise UpstreamFailed(Trouble.MALFORMED, f"`{parts.scheme}://{parts.hostname}` is no plain address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    is_tls = parts.scheme == "https"
    authority = host if port is None else f"{host}:{port}"
    server = _Server(
        host=parts.hostname,
        port=port or (443 if is_tls else 80),
        is_tls=is_tls,
        place=f"{parts.scheme}://{authority}",
    )
    return _Address(server=server, path=parts.path or "/", query=parts.query, authority=authority)


def _is_plain(parts: SplitResult) -> bool:
    """Printable ASCII without spaces: whatever else there is has to be escaped before it comes here."""
    target = parts.path + parts.query + (parts.hostname or "")
    return target.isascii() and target.isprintable() and " " not in target


def _request(dial: Dial, address: _Address) -> tuple[bytes, bytes]:
    """The bytes of a request, in one piece where it is small."""
    headers = _signed(dial, address) if dial.signer else dial.headers
    lines = [f"{dial.method} {address.target} HTTP/1.1", f"host: {address.authority}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() != "host"]
    if dial.body or dial.method == "POST":
        lines.append(f"content-length: {len(dial.body)}")
    head = "\r\n".join(lines)
    # INVARIANT: what a value holds never ends its line.
    if head.count("\n") != len(lines) - 1 or head.count("\r") != len(lines) - 1 or "\0" in head:
        raise UpstreamFailed(Trouble.MALFORMED, "a header for the upstream would break out of its line")
    try:
        request = f"{head}\r\n\r\n".encode("latin-1")
    except UnicodeEncodeError:
        raise UpstreamFailed(Trouble.MALFORMED, "a header for the upstream is not plain text") from None
    return (request + dial.body, b"") if len(dial.body) <= JOINED_BYTES else (request, dial.body)


def _signed(dial: Dial, address: _Address) -> Mapping[str, str]:
    """The headers of `dial` and those that sign it, as it goes over the wire this time."""
    assert dial.signer is not None
    headers = {**dial.headers, "host": address.authority}
    message = Message(
        method=dial.method, path=address.path, query=address.query, headers=headers, body=dial.body
    )
    return {**headers, **dial.signer.headers(message, now())}


def _checked(answer: ArrivingAnswer, server: _Server) -> ArrivingAnswer:
    encoding = answer.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        answer.abandon()
        raise UpstreamFailed(
            Trouble.MALFORMED,
            f"`{server.place}` answered with content-encoding `{encoding[:40]}`",
            told="it packed its answer, which nobody asked for",
        )
    return answer
