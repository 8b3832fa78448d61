"""Headers: nothing breaks out of its line, nothing private passes."""

from offramp.dialects import Loss
from offramp.dialects.loss import Effect
from offramp.gateway.headers import MAX_VALUE, answer_headers, feature_headers, loss_header, safe


def loss(field: str) -> Loss:
    return Loss(field, "because", Effect.CONTROL)


def test_values_are_printable_ascii_of_bounded_length() -> None:
    assert safe("a\r\nset-cookie: x é") == b"a??set-cookie: x ?"
    assert len(safe("x" * 10_000)) == MAX_VALUE


def test_losses_are_named_once_in_order() -> None:
    assert loss_header([loss("top_k"), loss("seed"), loss("top_k"), loss("a,b")]) == b"top_k, seed, a?b"


def test_too_many_losses_end_in_an_ellipsis() -> None:
    header = loss_header([loss(f"field_{number}") for number in range(200)])
    assert header.endswith(b", ...")
    assert len(header) <= MAX_VALUE + 5


def test_only_features_of_the_same_api_go_up() -> None:
    headers = {
        "openai-beta": "x=1",
        "openai-organization": "org",
        "authorization": "Bearer secret",
        "anthropic-beta": "y",
        "cookie": "z",
        "openai-version": "caf\xe9",
    }
    assert feature_headers(headers, "openai-chat") == {"openai-beta": "x=1"}


def test_limits_and_waits_come_down() -> None:
    headers = {"retry-after": "7", "set-cookie": "x", "x-ratelimit-remaining": "1", "server": "y"}
    assert answer_headers(headers, "openai-chat") == [
        (b"retry-after", b"7"),
        (b"x-ratelimit-remaining", b"1"),
    ]
