"""Where a request of each API says how long its answers may be, and how many it asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerBounds:
    """Members of a body, by their way in; the largest of several limits counts."""

    limits: tuple[Path, ...]
    counts: tuple[Path, ...] = ()


ANSWER_BOUNDS: Final[Mapping[str, AnswerBounds]] = {
    "anthropic-messages": AnswerBounds((("max_tokens",),)),
    "bedrock-converse": AnswerBounds((("inferenceConfig", "maxTokens"),)),
    "bedrock-invoke": AnswerBounds((("max_tokens",),)),
    "gemini-generate": AnswerBounds(
        (("generationConfig", "maxOutputTokens"), ("generation_config", "max_output_tokens")),
        (("generationConfig", "candidateCount"), ("generation_config", "candidate_count")),
    ),
    "openai-chat": AnswerBounds((("max_completion_tokens",), ("max_tokens",)), (("n",),)),
    "openai-responses": AnswerBounds((("max_output_tokens",),)),
}
"""By the dialect's slug. What is not here has no bound of its own."""
