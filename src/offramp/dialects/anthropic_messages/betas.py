"""What callers of the Messages API switch on in the header `anthropic-beta`.

Every client release names new ones. Most only allow fields in the body, which are read there and carried,
lost or refused by their own names: naming them does nothing here. Some change an answer by themselves.
"""

import re
from typing import Final

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.dialects.interface import Head
from offramp.dialects.loss import Effect, Loss

HEADER: Final = "anthropic-beta"

HARMLESS: Final = frozenset(
    {
        "cache-diagnosis",
        "claude-code",
        "compact",
        "computer-use",
        "context-management",
        "effort",
        "extended-cache-ttl",
        "fine-grained-tool-streaming",
        "mcp-client",
        "message-batches",
        "mid-conversation-output-config",
        "mid-conversation-system-clear-at",
        "oauth",
        "pdfs",
        "prompt-caching",
        "prompt-caching-scope",
        "skills",
        "structured-outputs",
        "task-budgets",
        "telemetry-destinations",
        "thinking-display-updates",
        "thinking-token-count",
        "token-counting",
        "tool-examples",
        "tool-search-tool",
        "user-profiles",
        "user-profiles-billing",
    }
)
"""Betas, without their dates, that do nothing but allow fields or headers."""

DECLARED: Final = {
    "context-1m": ("the target's own context window holds", Effect.CONTROL),
    "dev-full-thinking": ("reasoning is shown as the target shows it", Effect.CONTENT),
    "fallback-credit": ("this vendor's billing", Effect.COST),
    "fast-mode": ("speed modes are this vendor's own", Effect.COST),
    "interleaved-thinking": ("whether it reasons between tool calls is the target's choice", Effect.CONTROL),
    "model-context-window-exceeded": ("the stop reason is the target's own", Effect.METADATA),
    "output-128k": ("the target's own limit of an answer holds", Effect.CONTROL),
    "output-300k": ("the target's own limit of an answer holds", Effect.CONTROL),
    "thinking-binding-controls": ("sealed reasoning of this vendor is not sent on", Effect.CONTROL),
    "token-efficient-tools": ("how tools are written for the model is the target's choice", Effect.COST),
}

REFUSED: Final = {
    "advisor-tool": "another model of this vendor would be asked",
    "agent-memory": "the memory is kept by this vendor",
    "code-execution": "the vendor itself runs the code",
    "dreaming": "it is a service of this vendor",
    "files-api": "files are kept by this vendor",
    "inline-tools": "the vendor itself runs these tools",
    "managed-agents": "the vendor itself runs the agent",
    "mcp-tunnels": "the vendor itself calls these servers",
    "message-threads": "the thread is kept by this vendor",
    "mid-conversation-tool-changes": "tools that change in the middle cannot be carried",
    "server-side-fallback": "this vendor would choose another model",
}

BETA_LOSSES: Final = (
    Loss(HEADER, "a beta not known to this version", Effect.CONTROL),
    *(Loss(f"{HEADER}.{name}", reason, effect) for name, (reason, effect) in DECLARED.items()),
)


def read_betas(head: Head) -> tuple[Loss, ...]:
    """What is lost of what the header asks for. Raises for a beta that would change the answer."""
    losses: dict[Loss, None] = {}
    for word in head.headers.get(HEADER, "").split(","):
        name = _undated(word.strip())
        if not name or name in HARMLESS:
            continue
        if name in REFUSED:
            raise OfframpError(
                "body-unsupported",
                f"the beta `{name}` cannot be carried: {REFUSED[name]}",
                help=f"leave it out of `{HEADER}`, or send this route to an upstream of this API",
                where=Span("headers", pointer=f"/{HEADER}"),
            )
        if name in DECLARED:
            reason, effect = DECLARED[name]
            losses[Loss(f"{HEADER}.{name}", reason, effect)] = None
        else:
            losses[BETA_LOSSES[0]] = None
    return tuple(losses)


def _undated(word: str) -> str:
    """The name of a beta without the date at its end."""
    return _DATE.sub("", word)


_DATE: Final = re.compile(r"-\d{4}-?\d{2}-?\d{2}$")
