"""The model name inside a JSON body, changed without touching any other byte."""

import re
from functools import lru_cache

import orjson

from offramp.core.digests import JsonObject

MODEL = "model"
"""The member most APIs name the model in."""

_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_AFTER_KEY = re.compile(rb"\s*:\s*")
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")


def rename_model(body: bytes, name: str, member: str = MODEL) -> bytes:
    """`body`, a JSON object whose top-level string `member` names a model, with `name` there.

    All other bytes are as they were.

    A repeated member is renamed each time, so that no reader of the result can find another name.
    """
    literal = orjson.dumps(name)
    key = b'"%b"' % member.encode()
    at = body.find(key)
    is_one = at >= 0 and body.find(key, at + 1) < 0
    if is_one and not (b"\\u00" in body and _ESCAPED_LETTER.search(body)):
        # INVARIANT: there is a top-level member, so the one place spelled like its key is that member.
        match = _one(member).match(body, at)
        if match:
            return body[: match.start(1)] + literal + body[match.end(1) :]
    pieces = []
    done = 0
    for start, end in _spans(body, member):
        pieces += [body[done:start], literal]
        done = end
    pieces.append(body[done:])
    return b"".join(pieces)


@lru_cache(maxsize=8)
def _one(member: str) -> re.Pattern[bytes]:
    return re.compile(rb'"%b"\s*:\s*("[^"\\]*(?:\\.[^"\\]*)*")' % member.encode(), re.DOTALL)


def _spans(body: bytes, member: str) -> list[tuple[int, int]]:
    spans = []
    depth = 0
    position = 0
    while match := _TOKEN.search(body, position):
        token = match.group()
        position = match.end()
        if token in (b"{", b"["):
            depth += 1
        elif token in (b"}", b"]"):
            depth -= 1
        elif depth == 1:
            colon = _AFTER_KEY.match(body, position)
            if colon is None:
                continue
            position = colon.end()
            value = _TOKEN.match(body, position)
            if value is None or value.group()[:1] != b'"':
                continue
            position = value.end()
            if orjson.loads(token) == member:
                spans.append(value.span())
    return spans


class EventRenaming:
    """Replaces the model `was` by `name` wherever it is the value of `member`, in whole server-sent events.

    Text a model wrote cannot match: inside a JSON string its quotes are escaped.
    """

    __slots__ = ("_changes", "was")

    def __init__(self, member: str, was: str, name: str) -> None:
        self.was = was
        old, new, key = orjson.dumps(was), orjson.dumps(name), b'"%b"' % member.encode()
        changes = [(key + gap + old, key + gap + new) for gap in (b":", b": ")]
        self._changes = changes if was != name else []

    def __call__(self, block: bytes) -> bytes:
        """`block` with the other name."""
        for old, new in self._changes:
            block = block.replace(old, new)
        return block


def model_of(body: JsonObject, member: str = MODEL) -> str:
    """The top-level `member`, or empty where it is no name."""
    model = body.get(member)
    return model if isinstance(model, str) else ""
