"""Whose reasoning stands in a body that is passed on as it is: known by a key, kept where it came from.

Where caller and upstream speak one API, reasoning passes under its vendor's own seal, or bare. If upstreams
of several vendors speak that API, it must not reach another of them. So whoever passes an answer on notes the
keys of its reasoning, and takes out of the next request what is not known to be the target's.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final, NamedTuple

from offramp.core.digests import JsonObject
from offramp.dialects.loss import Effect, Loss
from offramp.dialects.shaping.call_seals import UNSEALED
from offramp.dialects.shaping.seals import is_hollow
from offramp.dialects.turns import Event, ThinkingDelta, ToolStarted

UNKNOWN: Final = Loss(
    "messages.thinking",
    "reasoning that is not known to be of this upstream is kept from it",
    Effect.CONTENT,
)
HINTS: Final = (b"hinking", b"easoning", b'"thought')
"""One of these stands in every body with reasoning."""

_SPOKEN: Final = ("reasoning_content", "reasoning", "reasoning_details")
"""Members of a message that hold reasoning beside what was said."""


class _Thought(NamedTuple):
    seal: str
    text: str

    @property
    def key(self) -> str:
        """The same however an API or a client writes the seal; empty where there is nothing to tell."""
        # Some seals carry an id before them, and some are base64 in either alphabet.
        told = self.seal.rpartition(":")[2].replace("-", "+").replace("_", "/").rstrip("=") or self.text
        return sha256(told.encode("utf-8", "surrogatepass")).hexdigest() if told else ""


class Noted:
    """Keys of the reasoning of one answer."""

    def __init__(self) -> None:
        self._open: dict[int, list[str]] = {}
        self._keys: set[str] = set()

    def see(self, event: Event) -> None:
        """One event of a stream."""
        if isinstance(event, ThinkingDelta):
            if event.is_redacted:
                self._add(_Thought(event.signature, ""))
                return
            held = self._open.setdefault(event.index, ["", ""])
            held[0] += event.signature
            held[1] += event.text
        elif isinstance(event, ToolStarted) and event.signature:
            self._add(_Thought(event.signature, ""))

    def body(self, answer: JsonObject) -> None:
        """A whole answer."""
        for thought in _thoughts(answer):
            self._add(thought)

    def again(self, keys: Collection[str]) -> None:
        """Keys of earlier reasoning that goes on being needed."""
        self._keys.update(keys)

    def keys(self) -> frozenset[str]:
        """All of them."""
        for seal, text in self._open.values():
            self._add(_Thought(seal, text))
        return frozenset(self._keys)

    def _add(self, thought: _Thought) -> None:
        if thought.key:
            self._keys.add(thought.key)


def keys_in(body: JsonObject) -> frozenset[str]:
    """Keys of the reasoning a request holds."""
    return frozenset(thought.key for thought in _thoughts(body)) - {""}


def without_others(body: JsonObject, own: Collection[str]) -> tuple[JsonObject, tuple[Loss, ...]]:
    """`body` with the reasoning whose keys are in `own`, all other taken out."""
    cut = _Cut(own)
    kept = cut.walk(body)
    return kept, (UNKNOWN,) if cut.is_any else ()


class _Cut:
    def __init__(self, own: Collection[str]) -> None:
        self._own = own
        self.is_any = False

    def walk(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.walk(item) for name, item in self._members(value).items()}
        if not isinstance(value, list):
            return value
        kept = []
        for item in value:
            thought = _thought_of(item)
            if thought is not None and self._is_foreign(thought):
                continue
            walked = self.walk(item)
            if not is_hollow(walked) or is_hollow(item):
                kept.append(walked)
        return kept

    def _members(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Without reasoning that stands beside something else."""
        for names, thought in _beside(item):
            if self._is_foreign(thought):
                item = {name: value for name, value in item.items() if name not in names}
                if "functionCall" in item:
                    # A call without any seal is refused by its API; this one says that there is none.
                    item = {**item, "thoughtSignature": UNSEALED}
        return item

    def _is_foreign(self, thought: _Thought) -> bool:
        key = thought.key
        is_foreign = bool(key) and key not in self._own
        self.is_any = self.is_any or is_foreign
        return is_foreign


def _thoughts(value: Any) -> Sequence[_Thought]:
    """All reasoning below `value`."""
    found: list[_Thought] = []
    if isinstance(value, dict):
        thought = _thought_of(value)
        if thought is not None:
            return [thought]
        found += [beside for _, beside in _beside(value)]
        for item in value.values():
            found += _thoughts(item) if isinstance(item, dict | list) else ()
    elif isinstance(value, list):
        for item in value:
            found += _thoughts(item)
    return found


def _thought_of(item: Any) -> _Thought | None:
    """The reasoning that an entry of a list is; None where it is something else."""
    if not isinstance(item, dict):
        return None
    match item.get("type"):
        case "thinking":
            return _Thought(_text(item, "signature"), _text(item, "thinking"))
        case "redacted_thinking":
            return _Thought(_text(item, "data"), "")
        case "reasoning":
            return _Thought(_text(item, "encrypted_content"), _summary(item))
    inner = item.get("reasoningContent")
    if isinstance(inner, dict):
        said = inner.get("reasoningText")
        said = said if isinstance(said, dict) else {}
        seal = _text(said, "signature") or _text(inner, "redactedContent")
        return _Thought(seal, _text(said, "text"))
    if item.get("thought") is True:
        return _Thought(_text(item, "thoughtSignature"), _text(item, "text"))
    return None


def _beside(item: Mapping[str, Any]) -> Sequence[tuple[Collection[str], _Thought]]:
    """Reasoning among an object's members, with the members' names."""
    seal = _text(item, "thoughtSignature")
    if seal and seal != UNSEALED:
        return ((("thoughtSignature",), _Thought(seal, "")),)
    if "role" not in item:
        return ()
    told = _text(item, "reasoning_content") or _text(item, "reasoning")
    if not told and item.get("reasoning_details"):
        told = str(item["reasoning_details"])
    return ((_SPOKEN, _Thought("", told)),) if told else ()


def _summary(item: Mapping[str, Any]) -> str:
    texts: list[str] = []
    for name in ("summary", "content"):
        parts = item.get(name)
        texts += [_text(part, "text") for part in parts or () if isinstance(part, dict)]
    return "\n\n".join(text for text in texts if text)


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
