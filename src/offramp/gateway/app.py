"""The ASGI application: which path is which face, bodies in, errors out, callers that go away."""

import asyncio
import logging
from collections.abc import Mapping, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl

import orjson

from offramp.core.digests import JsonObject
from offramp.core.ids import new_id
from offramp.core.instants import now
from offramp.dialects import (
    DIALECTS,
    Face,
    Failure,
    FailureKind,
    Head,
    Operation,
    face_for,
    faces,
    offers,
)
from offramp.gateway import hold_api
from offramp.gateway.authentication import authenticate, check_head, known_by_key
from offramp.gateway.bodies import Gone, Receive, broken_off, read_body, too_large
from offramp.gateway.caller import JSON, Send
from offramp.gateway.exchange import Exchange
from offramp.gateway.exposition import CONTENT_TYPE
from offramp.gateway.headers import RawHeaders, read_headers, safe
from offramp.gateway.known import Known
from offramp.gateway.limit_metrics import limits_exposition
from offramp.gateway.parts import Parts
from offramp.gateway.refusals import Refused, error_body, refuse
from offramp.gateway.settings import BODY_LIMIT_BYTES
from offramp.gateway.snapshot import Snapshot
from offramp.gateway.stored import stored

Scope = MutableMapping[str, Any]

METRICS_PATH = "/-/metrics"
_TO_UPSTREAMS = (Operation.CONVERSE, Operation.STREAM, Operation.COUNT_TOKENS, Operation.EMBED)
"""Operations that may reach an upstream, and so are decided and recorded."""

WATCH_AFTER_SECONDS = 0.2
"""A caller that leaves earlier is noticed then."""

log = logging.getLogger("offramp.gateway")


class App:
    """Every face of the gateway. `parts` is set by the worker's lifespan."""

    def __init__(self) -> None:
        self.parts: Parts | None = None

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope["path"]
        headers = read_headers(scope["headers"])
        head = Head(
            path=path, headers=headers, query=_query(scope), target=_target(scope), method=scope["method"]
        )
        face = face_for(head)
        if path in ("/-/healthz", "/-/readyz"):
            await self._health(path, send)
        elif path == METRICS_PATH:
            await self._metrics(scope, head, send)
        elif face is None and path.startswith(hold_api.PATH):
            await self._holds(head, receive, send)
        elif face is None:
            await _send_unknown(send, head)
        elif face.operation in _TO_UPSTREAMS:
            await self._converse(face, scope["method"], head, receive, send)
        else:
            await self._other(face, scope["method"], head, receive, send)

    async def _converse(self, face: Face, method: str, head: Head, receive: Receive, send: Send) -> None:
        assert self.parts is not None
        exchange = Exchange(self.parts, face, head, send)
        under_way = self.parts.draining.under_way
        watch: _Watch | None = None
        try:
            _check_head(method, head.headers)
            parts = self.parts
            body = await read_body(
                receive,
                check=lambda: check_head(parts.snapshot, parts.traffic.issued, face.dialect, head, now),
            )
            task = asyncio.current_task()
            assert task is not None
            watch = _Watch(receive, task, exchange)
            under_way.add(watch)
            await exchange.run(body)
        except Refused as refused:
            if not exchange.caller.has_begun:
                await exchange.caller.refuse(refused)
        except Gone:
            await exchange.caller.refuse(broken_off())
        except asyncio.CancelledError:
            if watch is None or not watch.is_over:
                raise
            await (exchange.cancelled() if watch.refused is None else exchange.stopped(watch.refused))
        except Exception:
            # The one broad except of the gateway: a request that fails must not take others with it.
            log.exception("request %s failed", exchange.caller.request_id)
            exchange.caller.let_go()
            if exchange.caller.has_begun:
                raise
            failure = Failure(
                kind=FailureKind.INTERNAL,
                message="the gateway failed on this request; its log has the cause under the request id",
                code="internal",
            )
            await exchange.caller.refuse(Refused(failure))
        finally:
            if watch is not None:
                watch.end()
                under_way.discard(watch)
            exchange.end()

    async def _other(self, face: Face, method: str, head: Head, receive: Receive, send: Send) -> None:
        """Operations beside a conversation. They ask no model, so nothing is decided; what is about a kept
        answer is recorded."""
        assert self.parts is not None
        dialect, operation = face.dialect, face.operation
        snapshot = self.parts.snapshot
        request_id = new_id("req")
        more: RawHeaders = []
        try:
            parts = self.parts
            asked = await read_body(
                receive, check=lambda: check_head(snapshot, parts.traffic.issued, dialect, head, now)
            )
            known = authenticate(snapshot, self.parts.traffic.issued, dialect, head, asked, now)
            if operation == Operation.MODELS:
                answer = _models(face, method, snapshot, known)
            elif operation in (Operation.STORED, Operation.STORED_ITEMS):
                answer = await stored(self.parts, face, method, head, known.application.id, request_id)
            else:
                message = f"the gateway does not serve `{operation}`; it serves conversations and models"
                raise refuse(FailureKind.NOT_FOUND, "operation-unknown", message)
            status, body = 200, orjson.dumps(answer)
        except Refused as refused:
            status, body = error_body(dialect, refused, request_id)
            said = dialect.failure_headers(refused.failure)
            more = [(name.encode(), safe(value)) for name, value in said.items()]
        except Gone:
            return
        more.append((b"offramp-request-id", request_id.encode()))
        await _send_whole(send, status, body, more)

    async def _metrics(self, scope: Scope, head: Head, send: Send) -> None:
        """For whoever is on this machine or has a caller's key: volumes tell about an organisation."""
        parts = self.parts
        assert parts is not None
        key = head.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            if not _is_from_here(scope):
                known_by_key(parts.snapshot, parts.traffic.issued, key, now)
        except Refused as refused:
            await _send_neutral(send, refused)
            return
        body = await asyncio.to_thread(parts.telemetry.exposition) + limits_exposition(parts.quotas)
        await _send_whole(send, 200, body, content=(b"content-type", CONTENT_TYPE))

    async def _holds(self, head: Head, receive: Receive, send: Send) -> None:
        """For persons who decide: they show who they are by a key of their own."""
        assert self.parts is not None
        try:
            body = await read_body(receive)
        except Refused as refused:
            await _send_neutral(send, refused)
        except Gone:
            return
        else:
            status, answer = await hold_api.answer(self.parts, head, body)
            await _send_whole(send, status, answer)

    async def _health(self, path: str, send: Send) -> None:
        parts = self.parts
        is_ready = parts is not None and not (
            parts.traffic.is_stale or parts.draining.is_on or parts.ledger.is_stuck
        )
        is_well = is_ready or path == "/-/healthz"
        body = orjson.dumps({"status": "ok" if is_well else "not ready"})
        await _send_whole(send, 200 if is_well else 503, body)


def _models(face: Face, method: str, snapshot: Snapshot, known: Known) -> JsonObject:
    """The models callers may name, or the one the path names. Raises `Refused`."""
    key = known.key
    routes = [name for name in snapshot.workspace.routes if key is None or key.takes_model(name)]
    if not face.model:
        return face.dialect.encode_models([name for name in routes if name != "*"])
    told = offers.model_told(face.dialect, face.model)
    if told is None or method != "GET" or not (face.model in routes or "*" in routes):
        message = f"no route is named `{face.model[:200]}`, and this path has no other operation"
        raise refuse(FailureKind.NOT_FOUND, "route-unknown", message)
    return told


def _query(scope: Scope) -> Mapping[str, str]:
    raw: bytes = scope.get("query_string", b"")
    return dict(parse_qsl(raw.decode("latin-1"), keep_blank_values=True)) if raw else {}


def _is_from_here(scope: Scope) -> bool:
    """The caller's connection comes from this machine."""
    client = scope.get("client")
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False


def _target(scope: Scope) -> str:
    path: bytes = scope.get("raw_path") or b""
    query: bytes = scope.get("query_string") or b""
    return (path + b"?" + query if query else path).decode("latin-1")


def _check_head(method: str, headers: Mapping[str, str]) -> None:
    if method != "POST":
        raise Refused(
            Failure(kind=FailureKind.INVALID_REQUEST, message="this path takes POST", code="method-unknown"),
            status=405,
        )
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(
            Failure(
                kind=FailureKind.INVALID_REQUEST,
                message="send the body without content-encoding",
                code="encoding-unknown",
            ),
            status=415,
        )
    length = headers.get("content-length", "0")
    if length.isdigit() and int(length) > BODY_LIMIT_BYTES:
        raise too_large()


class _Watch:
    """Cancels the task of a request whose caller left, or that is to end with the gateway.

    It begins a moment after the request does: waiting for a caller to leave costs as much as a small answer.
    """

    def __init__(self, receive: Receive, task: "asyncio.Task[Any]", exchange: Exchange) -> None:
        self._receive = receive
        self._task = task
        self._exchange = exchange
        self._waiting: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(WATCH_AFTER_SECONDS, self._begin)
        self.is_gone = False
        self.refused: Refused | None = None
        """Why it was cut; None where it was not."""

    @property
    def is_over(self) -> bool:
        """Its task is cancelled for a reason that is known here."""
        return self.is_gone or self.refused is not None

    def cut(self, refused: Refused) -> None:
        """It ends, and its caller is told. Called again, it changes nothing."""
        if self.refused is None:
            self.refused = refused
            if not self._exchange.cut(refused):
                self._task.cancel()

    def force(self) -> None:
        """It ends now, whether its caller hears of it or not."""
        self._task.cancel()

    def end(self) -> None:
        """The request is over."""
        self._timer.cancel()
        if self._waiting is not None:
            self._waiting.cancel()

    def _begin(self) -> None:
        self._waiting = asyncio.get_running_loop().create_task(self._wait())

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self._task.cancel()


def _faces_beside(path: str) -> str:
    known = sorted(path for path, face in faces().items() if face.operation == Operation.CONVERSE)
    return f"nothing is at `{path[:200]}`; faces are {', '.join(known)}"


async def _send_neutral(send: Send, refused: Refused) -> None:
    status, body = error_body(None, refused, "")
    await _send_whole(send, status, body)


async def _send_unknown(send: Send, head: Head) -> None:
    """The answer for a path that is no face: what it is about, or where the faces are."""
    kept = offers.kept_state(head)
    if kept is None:
        refused = refuse(FailureKind.NOT_FOUND, "path-unknown", _faces_beside(head.path))
        status, body = error_body(None, refused, "")
    else:
        message = (
            f"`{head.path[:200]}` is about {kept.what}: state that has to be moved out of the vendor, not "
            "traffic that can be carried; list it in the inventory (`offramp scan`, declarations) and plan "
            "its export"
        )
        refused = refuse(FailureKind.NOT_FOUND, "state-at-vendor", message)
        status, body = error_body(DIALECTS[kept.dialect], refused, new_id("req"))
    await _send_whole(send, status, body)


async def _send_whole(
    send: Send,
    status: int,
    body: bytes,
    more: RawHeaders | None = None,
    content: tuple[bytes, bytes] = JSON,
) -> None:
    headers = [content, (b"content-length", str(len(body)).encode())]
    headers += more or []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
