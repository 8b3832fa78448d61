"""Bounds and prices, against numbers worked out by hand."""

from decimal import Decimal

import pytest

from offramp.control.quotas import Prices, bounds_of, prices_of, tokens_of
from offramp.dialects import DIALECTS
from offramp.dialects.answer_bounds import ANSWER_BOUNDS
from offramp.dialects.turns import Usage

PRICES = Prices(Decimal("2500"), Decimal("10000"), Decimal("250.5"), Decimal("3125"))


def test_money_is_rounded_up_to_a_billionth_of_a_dollar() -> None:
    usage = Usage(input=100, output=10, cache_read=3, cache_write=2)
    assert PRICES.of(usage) == 250_000 + 100_000 + 752 + 6_250
    assert PRICES.most(100, 10) == 100 * 3125 + 10 * 10000


def test_tokens_are_only_known_where_both_sides_are() -> None:
    assert tokens_of(Usage(input=3, output=4, cache_read=5)) == 12
    assert tokens_of(Usage(input=3)) is None
    assert tokens_of(Usage(output=3)) is None


def test_the_table_prices_a_model_with_its_date() -> None:
    prices = prices_of("mistral", "codestral-2508")
    assert prices is not None
    found = (prices.input, prices.output, prices.cache_read)
    assert [int(one) for one in found] == [300, 900, 30]
    assert prices.cache_write == prices.input
    assert prices_of("example-a", "a-large") is None


@pytest.mark.parametrize(
    ("slug", "body", "written"),
    [
        ("openai-chat", {"max_tokens": 5, "max_completion_tokens": 7, "n": 3}, 21),
        ("openai-chat", {"n": 3}, None),
        ("openai-chat", {"max_tokens": -1, "n": 0}, None),
        ("openai-chat", {"max_tokens": True}, None),
        ("openai-responses", {"max_output_tokens": 9}, 9),
        ("anthropic-messages", {"max_tokens": 8}, 8),
        ("bedrock-converse", {"inferenceConfig": {"maxTokens": 6}}, 6),
        ("bedrock-converse", {"inferenceConfig": 6}, None),
        ("gemini-generate", {"generationConfig": {"maxOutputTokens": 6, "candidateCount": 2}}, 12),
    ],
)
def test_a_body_says_how_long_its_answers_may_be(
    slug: str, body: dict[str, object], written: int | None
) -> None:
    bounds = bounds_of(body, 101, ANSWER_BOUNDS[slug])
    assert (bounds.read, bounds.likely, bounds.written) == (101, 26, written)


def test_every_dialect_has_its_bounds() -> None:
    assert set(ANSWER_BOUNDS) == set(DIALECTS)
