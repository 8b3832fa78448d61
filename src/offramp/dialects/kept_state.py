"""Paths of operations whose state lives at the vendor: not traffic to be carried, but something to move out.

They are answered with what they are, so that whoever plans the exit finds them. What holds the state (files,
batches, threads, tuned models) has to be exported from the vendor, and is a use for the inventory.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from offramp.dialects.interface import Dialect, Head


class KeptState(NamedTuple):
    """One kind of state."""

    dialect: str
    """Slug of the API whose error shape its callers read."""
    path: str
    """What its paths begin with."""
    what: str


KEPT: Final = (
    KeptState("anthropic-messages", "/v1/agents", "agents the vendor runs"),
    KeptState("anthropic-messages", "/v1/complete", "the older completions API"),
    KeptState("anthropic-messages", "/v1/environments", "environments the vendor runs"),
    KeptState("anthropic-messages", "/v1/files", "files the vendor keeps"),
    KeptState("anthropic-messages", "/v1/memory_stores", "memory the vendor keeps"),
    KeptState("anthropic-messages", "/v1/messages/batches", "batches the vendor works off"),
    KeptState("anthropic-messages", "/v1/organizations", "the account at the vendor"),
    KeptState("anthropic-messages", "/v1/sessions", "sessions the vendor runs"),
    KeptState("anthropic-messages", "/v1/skills", "skills the vendor keeps"),
    KeptState("anthropic-messages", "/v1/vaults", "secrets the vendor keeps"),
    KeptState("openai-chat", "/v1/assistants", "assistants the vendor keeps"),
    KeptState("openai-chat", "/v1/audio", "speech"),
    KeptState("openai-chat", "/v1/batches", "batches the vendor works off"),
    KeptState("openai-chat", "/v1/completions", "the older completions API"),
    KeptState("openai-chat", "/v1/containers", "containers the vendor runs"),
    KeptState("openai-chat", "/v1/evals", "evaluations the vendor keeps"),
    KeptState("openai-chat", "/v1/files", "files the vendor keeps"),
    KeptState("openai-chat", "/v1/fine_tuning", "models tuned at the vendor"),
    KeptState("openai-chat", "/v1/images", "images made by the vendor"),
    KeptState("openai-chat", "/v1/moderations", "the vendor's moderation"),
    KeptState("openai-chat", "/v1/organization", "the account at the vendor"),
    KeptState("openai-chat", "/v1/realtime", "spoken conversations"),
    KeptState("openai-chat", "/v1/skills", "skills the vendor keeps"),
    KeptState("openai-chat", "/v1/threads", "threads the vendor keeps"),
    KeptState("openai-chat", "/v1/uploads", "files the vendor keeps"),
    KeptState("openai-chat", "/v1/vector_stores", "search indexes the vendor keeps"),
    KeptState("openai-chat", "/v1/videos", "videos made by the vendor"),
    KeptState("openai-responses", "/v1/conversations", "conversations the vendor keeps"),
    KeptState("openai-responses", "/v1/responses", "answers the vendor makes in the background"),
)


def kept_state_at(head: Head, dialects: Mapping[str, Dialect]) -> KeptState | None:
    """What stands at a path, in the API whose caller this looks like; None for a path nobody knows."""
    found = [kept for kept in KEPT if head.path == kept.path or head.path.startswith(kept.path + "/")]
    for kept in found:
        if len(found) == 1 or dialects[kept.dialect].recognises(head):
            return kept
    return found[0] if found else None
