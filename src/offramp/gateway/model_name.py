"""The model name inside a JSON body, changed without touching any other byte."""

import re

import orjson

from offramp.core.digests import JsonObject

_KEY = b'"model"'
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_AFTER_KEY = re.compile(rb"\s*:\s*")
_ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")
_ONE = re.compile(rb'"model"\s*:\s*("(?:[^"\\]|\\.)*")', re.DOTALL)


def rename_model(body: bytes, name: str) -> bytes:
    """`body`, a JSON object with a top-level string `model`, with `name` there; all other bytes as they were.

    A repeated member is renamed each time, so that no reader of the result can find another name.
    """
    literal = orjson.dumps(name)
    if body.count(_KEY) == 1 and not _ESCAPED_LETTER.search(body):
        # INVARIANT: there is a top-level member, so the one place spelled like its key is that member.
        match = _ONE.search(body)
        if match:
            return body[: match.start(1)] + literal + body[match.end(1) :]
    pieces = []
    done = 0
    for start, end in _spans(body):
        pieces += [body[done:start], literal]
        done = end
    pieces.append(body[done:])
    return b"".join(pieces)


def _spans(body: bytes) -> list[tuple[int, int]]:
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
            if token == _KEY or (b"\\" in token and orjson.loads(token) == "model"):
                spans.append(value.span())
    return spans


def renamed_in_events(block: bytes, was: str, name: str) -> bytes:
    """Whole server-sent events with `"model":"was"` replaced by `name` wherever it is a member.

    Text a model wrote cannot match: inside a JSON string its quotes are escaped.
    """
    if was == name:
        return block
    old, new = orjson.dumps(was), orjson.dumps(name)
    for gap in (b":", b": "):
        block = block.replace(_KEY + gap + old, _KEY + gap + new)
    return block


def model_of(body: JsonObject) -> str:
    """The top-level `model`, or empty where there is none."""
    model = body.get("model")
    return model if isinstance(model, str) else ""
