"""Members a request says twice: the gateway would go by one of them, the upstream perhaps by the other."""

import json
import re
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.dialects import FailureKind
from offramp.gateway.refusals import refuse

DECIDING: Final = frozenset(
    (
        "contents",
        "generationConfig",
        "inferenceConfig",
        "input",
        "instructions",
        "max_completion_tokens",
        "max_output_tokens",
        "max_tokens",
        "messages",
        "n",
        "previous_response_id",
        "store",
        "stream",
        "system",
        "systemInstruction",
        "toolConfig",
        "tool_choice",
        "tools",
    )
)
"""What this gateway decides, counts or guards by, in any of its APIs. A model's name is renamed each time."""
_KEYS: Final = {name: b'"%b"' % name.encode() for name in DECIDING}
_ESCAPED_LETTER: Final = re.compile(rb"\\u00[2-7]")


def refuse_repeats(body: bytes, parsed: JsonObject) -> None:
    """Raises `Refused` where a member that decides something stands twice in `body`."""
    for name in parsed:
        key = _KEYS.get(name)
        if key is not None and body.count(key) > 1:
            break
    else:
        if not (b"\\u00" in body and _ESCAPED_LETTER.search(body)):
            return
    repeated = sorted(_repeated(body) & DECIDING)
    if repeated:
        message = f"/{repeated[0]}: it is there twice, and who reads the body could go by either"
        raise refuse(FailureKind.INVALID_REQUEST, "body-invalid", message)


def _repeated(body: bytes) -> set[str]:
    """Top-level members of `body`, a JSON object, that stand there more than once."""
    pairs: list[tuple[str, Any]] = []

    def note(found: list[tuple[str, Any]]) -> None:
        # The object that ends last is the whole one.
        nonlocal pairs
        pairs = found

    try:
        json.loads(body, object_pairs_hook=note)
    except RecursionError:
        raise refuse(FailureKind.INVALID_REQUEST, "body-not-json", "the body is nested too deeply") from None
    names = [name for name, _ in pairs]
    return {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
