"""A rough count of a request's tokens, for where no upstream can count them. Always to be flagged as one."""

import math
from typing import Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.dialects.interface import Dialect, TokenCounter
from offramp.dialects.loss import Effect, Encoded, Loss
from offramp.dialects.turns import Image, Part, Request, Text, Thinking, ToolResult, ToolUse

CHARACTERS_PER_TOKEN: Final = 4
TOKENS_PER_TURN: Final = 4
TOKENS_PER_IMAGE: Final = 1600

ESTIMATED: Final = Loss("input_tokens", "estimated from the length of the text", Effect.METADATA)


def estimated_count(dialect: Dialect, body: JsonObject) -> Encoded:
    """The answer to a `count-tokens` request, with the loss that says it is an estimate."""
    if not isinstance(dialect, TokenCounter):
        raise OfframpError(
            "operation-unknown",
            f"`{dialect.slug}` has no operation that counts tokens",
            help="send the request itself; its answer tells the tokens",
        )
    asked = dialect.decode_count_request(body)
    return Encoded(dialect.encode_count(estimate_tokens(asked.value)), (ESTIMATED,))


def estimate_tokens(request: Request) -> int:
    """About how many tokens `request` is: four bytes of text a token, a flat sum for each image and turn."""
    size = sum(_length(text) for text in request.system)
    size += sum(
        _length(tool.name + tool.description) + len(msgspec.json.encode(tool.schema))
        for tool in request.tools
    )
    parts = [part for turn in request.turns for part in turn.parts]
    parts += [item for part in parts if isinstance(part, ToolResult) for item in part.content]
    size += sum(_size(part) for part in parts)
    images = sum(isinstance(part, Image) for part in parts)
    turns = len(request.turns) + bool(request.system)
    return math.ceil(size / CHARACTERS_PER_TOKEN) + turns * TOKENS_PER_TURN + images * TOKENS_PER_IMAGE


def _size(part: Part) -> int:
    match part:
        case Text(text):
            return _length(text)
        case Thinking(text):
            return _length(text)
        case ToolUse(_, name, arguments):
            return _length(name) + len(msgspec.json.encode(dict(arguments)))
        case _:
            return 0


def _length(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
