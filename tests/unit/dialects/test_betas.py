"""What callers switch on in headers: harmless, declared, refused, unknown."""

import pytest

from offramp.core.errors import OfframpError
from offramp.dialects import DIALECTS, Head, offers
from offramp.dialects.anthropic_messages.betas import DECLARED, HARMLESS, REFUSED


def lost(*betas: str) -> list[str]:
    head = Head(path="/v1/messages", headers={"anthropic-beta": ", ".join(betas)})
    return [loss.field for loss in offers.read_head(DIALECTS["anthropic-messages"], head)]


def test_what_a_coding_agent_sends_is_harmless_or_declared() -> None:
    assert lost(
        "claude-code-20250219",
        "interleaved-thinking-2025-05-14",
        "context-management-2025-06-27",
        "prompt-caching-scope-2026-01-05",
        "effort-2025-11-24",
    ) == ["anthropic-beta.interleaved-thinking"]


def test_a_beta_nobody_knows_is_declared_once() -> None:
    assert lost("novelty-2030-01-01", "other") == ["anthropic-beta"]


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_beta_that_changes_the_answer_is_refused(name: str) -> None:
    with pytest.raises(OfframpError, match=name) as refused:
        lost("pdfs-2024-09-25", f"{name}-2026-01-01")
    assert refused.value.code == "body-unsupported"


def test_no_beta_is_in_two_lists() -> None:
    assert HARMLESS.isdisjoint(DECLARED)
    assert HARMLESS.isdisjoint(REFUSED)
    assert set(DECLARED).isdisjoint(REFUSED)


def test_apis_without_such_headers_lose_nothing() -> None:
    head = Head(path="/v1/chat/completions", headers={"openai-beta": "x"})
    assert offers.read_head(DIALECTS["openai-chat"], head) == ()
