"""What goes over the writer's socket: a 4-byte big-endian length, then MessagePack.

A client sends `Request`s and gets one `Ack` or `Refusal` for each, in any order, told apart by `id`.
Private to one version of the program: both ends run the same code on one machine.
"""

import struct
from collections.abc import Sequence
from typing import Any

import msgspec

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.entry import Change, Receipt
from offramp.evidence.log import Pending, Result

MAX_FRAME_BYTES = 64 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class Request(msgspec.Struct, array_like=True, frozen=True):
    """Append this."""

    id: int
    body: bytes
    changes: list[tuple[str, dict[str, Any], bool, dict[str, Any] | None]]

    def pending(self) -> Pending:
        """What the log takes."""
        return Pending(self.body, tuple(Change(*change) for change in self.changes))


class Ack(msgspec.Struct, array_like=True, frozen=True, tag=0):
    """It is durable, here."""

    id: int
    index: int
    leaf: str


class Refusal(msgspec.Struct, array_like=True, frozen=True, tag=1):
    """It is not in the ledger, and why."""

    id: int
    code: str
    message: str
    help: str
    exit_code: int


Reply = Ack | Refusal

_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(Request)
_replies = msgspec.msgpack.Decoder(Reply)


def encode_request(id: int, pending: Pending) -> bytes:  # noqa: A002 - the field's name
    """One request frame."""
    changes = [
        (
            change.table,
            dict(change.row),
            change.is_removal,
            None if change.expects is None else dict(change.expects),
        )
        for change in pending.changes
    ]
    try:
        payload = _encoder.encode(Request(id, pending.body, changes))
    except (TypeError, OverflowError) as error:
        raise OfframpError(
            "change-invalid",
            f"a state change holds a value no column takes: {error}",
            help="convert the value",
        ) from None
    if len(payload) > MAX_FRAME_BYTES:
        raise OfframpError(
            "change-too-large",
            f"an entry with its state changes has {len(payload)} bytes; the writer takes {MAX_FRAME_BYTES}",
            help="spread the changes over several entries",
        )
    return _LENGTH.pack(len(payload)) + payload


def encode_reply(id: int, result: Result) -> bytes:  # noqa: A002
    """One reply frame."""
    reply: Reply
    if isinstance(result, Receipt):
        reply = Ack(id, result.index, result.leaf_hash)
    else:
        reply = Refusal(id, result.code, result.message, result.help, int(result.exit_code))
    payload = _encoder.encode(reply)
    return _LENGTH.pack(len(payload)) + payload


def decode_request(payload: bytes) -> Request:
    """Raises `msgspec.MsgspecError` when the bytes are no request."""
    return _requests.decode(payload)


def decode_reply(payload: bytes) -> tuple[int, Result]:
    """The id, and what it answers with."""
    reply = _replies.decode(payload)
    if isinstance(reply, Ack):
        return reply.id, Receipt(reply.index, reply.leaf)
    return reply.id, OfframpError(reply.code, reply.message, help=reply.help, exit_code=Exit(reply.exit_code))


class Splitter:
    """Cuts a byte stream into the payloads of its frames."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Sequence[bytes]:
        """The payloads that are complete now. Raises `ValueError` for a length no frame has."""
        self._buffer += data
        payloads: list[bytes] = []
        start, end = 0, len(self._buffer)
        while end - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > MAX_FRAME_BYTES:
                raise ValueError(f"a frame of {length} bytes")
            stop = start + _LENGTH.size + length
            if stop > end:
                break
            payloads.append(bytes(self._buffer[start + _LENGTH.size : stop]))
            start = stop
        del self._buffer[:start]
        return payloads
