"""What a decision is about: digests over tool, canonical arguments, application and conversation. Pure.

Arguments are canonical by RFC 8785, so that order and spelling of the JSON do not matter and everything else
does. What has no canonical form, such as a number that programs read differently, cannot be bound.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rfc8785 import CanonicalizationError

from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.errors import OfframpError


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as the application would carry it out."""

    id: str
    tool: str
    arguments: Mapping[str, Any]


def call_digest(call: Call, application: str, conversation: str) -> str:
    """What one call is bound to. Raises `arguments-not-canonical`."""
    bound = {
        "application": application,
        "arguments": dict(call.arguments),
        "conversation": conversation,
        "tool": call.tool,
    }
    try:
        return sha256_hex(canonical_json(bound))
    except (CanonicalizationError, RecursionError, UnicodeError, OverflowError) as error:
        raise OfframpError(
            "arguments-not-canonical",
            f"the arguments of `{call.tool[:80]}` have no canonical form, so no decision can be bound to "
            "them: a number is too large, or a text is not Unicode",
            help="have the model write large numbers as text",
        ) from error


def binding_digest(calls: Sequence[Call], application: str, conversation: str) -> str:
    """What a decision about a whole set is bound to: every call, in its order."""
    each = [call_digest(call, application, conversation) for call in calls]
    return sha256_hex(canonical_json({"calls": each, "ids": [call.id for call in calls]}))
