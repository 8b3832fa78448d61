"""What a dialect may offer beside conversations: counts, limits, headers that ask, signs of life.

Not every API has them, so nothing here is part of the contract every dialect keeps.
"""

from collections.abc import Mapping
from typing import Final, cast

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.dialects.faces import DIALECTS
from offramp.dialects.interface import (
    Dialect,
    FormsStreams,
    Head,
    HeadReader,
    KeepsAlive,
    ModelTeller,
    Operation,
    StreamForm,
)
from offramp.dialects.kept_state import KeptState, kept_state_at
from offramp.dialects.limits import Limited
from offramp.dialects.loss import Loss
from offramp.dialects.model_paths import quoted
from offramp.dialects.providing import provides
from offramp.dialects.token_estimate import estimate_tokens, estimated_count
from offramp.dialects.turns import Request

EVENTS: Final = "text/event-stream"
COMMENT: Final = b": keep-alive\n\n"
"""What every reader of server-sent events passes over."""

__all__ = [
    "StreamForm",
    "count_path",
    "estimated_count",
    "estimated_tokens",
    "keep_alive",
    "kept_state",
    "limit_headers",
    "model_told",
    "read_head",
    "stream_form",
]


def keep_alive(dialect: Dialect) -> bytes:
    """The bytes that say nothing but that a stream goes on; empty where the API has none."""
    if provides(dialect, KeepsAlive):
        return cast(KeepsAlive, dialect).keep_alive
    return COMMENT if dialect.stream_type.startswith(EVENTS) else b""


def stream_form(dialect: Dialect, head: Head) -> StreamForm | None:
    """The form in which a caller wants a stream; None for the dialect's usual one."""
    return cast(FormsStreams, dialect).stream_form(head) if provides(dialect, FormsStreams) else None


def read_head(dialect: Dialect, head: Head) -> tuple[Loss, ...]:
    """What a translation cannot carry of what the headers ask for. Raises `OfframpError` for what must not
    be dropped."""
    return cast(HeadReader, dialect).read_head(head) if provides(dialect, HeadReader) else ()


def limit_headers(
    headers: Mapping[str, str], source: Dialect, target: Dialect, at: Instant
) -> Mapping[str, str]:
    """What is left of an upstream's rate limits, in the headers of the caller's API.

    What that API has no name for is left out.
    """
    if not any("ratelimit" in name for name in headers):
        return {}
    if not (provides(source, Limited) and provides(target, Limited)):
        return {}
    return cast(Limited, target).encode_limits(cast(Limited, source).decode_limits(headers), at)


def count_path(dialect: Dialect, model: str) -> str:
    """Where an upstream of this API counts the tokens of a request to `model`; empty where none does."""
    paths = (path for path, operation in dialect.faces.items() if operation == Operation.COUNT_TOKENS)
    path = next(paths, "")
    if "/{model}/" in path:
        return path.replace("{model}", quoted(model))
    return path.replace("{model}", model)


def model_told(dialect: Dialect, name: str) -> JsonObject | None:
    """What the list of models says of one; None where the API has no path for one."""
    return dialect.encode_model(name) if isinstance(dialect, ModelTeller) else None


def kept_state(head: Head) -> KeptState | None:
    """The state a vendor keeps that a path is about; None for any other path."""
    return kept_state_at(head, DIALECTS)


def estimated_tokens(request: Request) -> int:
    """About how many tokens `request` is."""
    return estimate_tokens(request)
