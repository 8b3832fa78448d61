"""Our own seal on reasoning that came from another API, so that it finds its way back and nowhere else.

A caller's API shows reasoning with its vendor's seal. What another vendor's model thought gets ours instead:
where it came from, that vendor's own seal, and a MAC over both and the text. It comes back with the next
request. Sent to where it came from, it is opened; anywhere else it is taken out, and that is declared.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.turns import Event, Part, Reply, Request, Thinking, ThinkingDelta, Turn

SEAL_MARK: Final = "offr1-"
"""How every seal begins: what bytes are searched for."""

FOREIGN: Final = Loss("messages.thinking", "reasoning of another model is kept from this one", Effect.CONTENT)
BROKEN: Final = Loss(
    "messages.thinking",
    "reasoning whose seal is not this gateway's, or is too old, is left out",
    Effect.CONTENT,
)
NOT_TAKEN: Final = Loss(
    "messages.thinking", "the model does not want its earlier reasoning back", Effect.CONTENT
)

SEAL_LOSSES: Final = (FOREIGN, BROKEN, NOT_TAKEN)

SEAL_MARKS: Final = (SEAL_MARK, base64.b64encode(SEAL_MARK.encode()).decode())
"""The same, and as it reads where an API wants seals in base64."""

_MEMBERS: Final = frozenset({"signature", "data", "encrypted_content", "thoughtSignature", "redactedContent"})
"""Names under which APIs keep seals."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a seal held."""

    origin: str
    signature: str
    is_redacted: bool


class Sealer:
    """Seals and opens. The first of `keys` seals; all of them open."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)

    def seal(self, origin: str, text_digest: bytes, signature: str, *, is_redacted: bool = False) -> str:
        """A seal for reasoning from `origin` whose text has `text_digest` (SHA-256)."""
        payload = _written(msgspec.json.encode([origin, signature, int(is_redacted)]))
        return f"{SEAL_MARK}{payload}.{self._mac(self._keys[0], payload, text_digest)}"

    def open(self, seal: str, text: str) -> Opened | None:
        """What `seal` holds; None where no key of ours made it for this text."""
        payload, _, mac = seal.removeprefix(SEAL_MARK).partition(".")
        digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
        if not any(hmac.compare_digest(self._mac(key, payload, digest), mac) for key in self._keys):
            return None
        try:
            origin, signature, is_redacted = msgspec.json.decode(_read(payload), type=tuple[str, str, int])
        except (msgspec.DecodeError, msgspec.ValidationError, binascii.Error):
            return None
        return Opened(origin, signature, bool(is_redacted))

    @staticmethod
    def _mac(key: bytes, payload: str, text_digest: bytes) -> str:
        return _written(hmac.digest(key, payload.encode() + b"\x00" + text_digest, "sha256"))


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Sealing:
    """Puts our seal on all reasoning of an answer from `origin`."""

    sees_text = False

    def __init__(self, sealer: Sealer, origin: str) -> None:
        self.losses: list[Loss] = []
        self._sealer = sealer
        self._origin = origin
        self._index: int | None = None
        self._text = sha256()
        self._signature = ""

    def feed(self, event: Event) -> Sequence[Event]:
        """Reasoning as it comes; its seal before whatever follows it."""
        if not isinstance(event, ThinkingDelta):
            return (*self._close(), event)
        if event.is_redacted:
            seal = self._sealer.seal(self._origin, sha256().digest(), event.signature, is_redacted=True)
            return (*self._close(), ThinkingDelta(event.index, "", seal, is_redacted=True))
        closed = () if event.index == self._index else self._close()
        self._index = event.index
        self._text.update(event.text.encode("utf-8", "surrogatepass"))
        self._signature += event.signature
        return (*closed, ThinkingDelta(event.index, event.text)) if event.text else closed

    def whole(self, reply: Reply) -> Reply:
        """The reply with its reasoning sealed."""
        return replace(reply, parts=tuple(self._sealed(part) for part in reply.parts))

    def _close(self) -> Sequence[Event]:
        if self._index is None:
            return ()
        seal = self._sealer.seal(self._origin, self._text.digest(), self._signature)
        index, self._index = self._index, None
        self._text, self._signature = sha256(), ""
        return (ThinkingDelta(index, "", seal),)

    def _sealed(self, part: Part) -> Part:
        if not isinstance(part, Thinking):
            return part
        digest = sha256(part.text.encode("utf-8", "surrogatepass")).digest()
        seal = self._sealer.seal(self._origin, digest, part.signature, is_redacted=part.is_redacted)
        return replace(part, signature=seal, origin="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where a conversation comes from and goes to."""

    face: str
    """Slug of the caller's dialect."""
    slug: str
    """Slug of the target's dialect."""
    target: str
    """The target as `Sealer.seal` was told of it."""
    takes_back: bool = False
    """The model wants reasoning back that its vendor did not seal."""


def unsealed(request: Request, sealer: Sealer, way: Way) -> tuple[Request, tuple[Loss, ...]]:
    """`request` with the reasoning that came from the target opened, and other sealed reasoning taken out.

    Reasoning that carries no seal of ours is marked as the caller's API's own.
    """
    losses = LossLog()

    def kept(part: Part) -> Part | None:
        if not isinstance(part, Thinking):
            return part
        if not part.signature.startswith(SEAL_MARK):
            return replace(part, origin=part.origin or way.face)
        opened = sealer.open(part.signature, part.text)
        if opened is None:
            losses.add(BROKEN)
        elif opened.origin != way.target:
            losses.add(FOREIGN)
        elif not (opened.signature or way.takes_back):
            losses.add(NOT_TAKEN)
        else:
            return Thinking(part.text, opened.signature, opened.is_redacted, way.slug)
        return None

    if not any(isinstance(part, Thinking) for turn in request.turns for part in turn.parts):
        return request, ()
    turns = [
        Turn(turn.speaker, tuple(one for part in turn.parts if (one := kept(part)) is not None))
        for turn in request.turns
    ]
    return replace(request, turns=tuple(turn for turn in turns if turn.parts)), losses.all()


def without_seals(body: JsonObject) -> tuple[JsonObject, tuple[Loss, ...]]:
    """A request body of any API without the reasoning that carries our seal, all else as it was.

    For a body that goes to an upstream of the caller's own API: what we sealed came from another one.
    """
    cut = 0

    def walk(value: Any) -> Any:
        nonlocal cut
        if isinstance(value, dict):
            return {name: walk(item) for name, item in value.items()}
        if not isinstance(value, list):
            return value
        kept = []
        for item in value:
            if _is_sealed(item, 3):
                cut += 1
                continue
            walked = walk(item)
            if not is_hollow(walked) or is_hollow(item):
                kept.append(walked)
        return kept

    walked = walk(body)
    return walked, (FOREIGN,) if cut else ()


def _is_sealed(value: Any, depth: int) -> bool:
    if not isinstance(value, dict) or not depth:
        return False
    return any(
        (name in _MEMBERS and isinstance(item, str) and item.startswith(SEAL_MARKS))
        or _is_sealed(item, depth - 1)
        for name, item in value.items()
    )


def is_hollow(message: Any) -> bool:
    """A message of which nothing is left."""
    return isinstance(message, dict) and any(message.get(name) == [] for name in ("content", "parts"))
