"""Rate limits of one API in the headers of another."""

from offramp.core.instants import parse_instant
from offramp.dialects import DIALECTS, offers

AT = parse_instant("2030-01-01T00:00:00Z")
MESSAGES = {
    "date": "Tue, 01 Jan 2030 00:00:00 GMT",
    "anthropic-ratelimit-requests-limit": "50",
    "anthropic-ratelimit-requests-remaining": "49",
    "anthropic-ratelimit-requests-reset": "2030-01-01T00:01:05Z",
    "anthropic-ratelimit-input-tokens-remaining": "9000",
}
CHAT = {
    "x-ratelimit-limit-requests": "50",
    "x-ratelimit-remaining-requests": "49",
    "x-ratelimit-reset-requests": "1m5s",
    "x-ratelimit-remaining-tokens": "9000",
}


def told(headers: dict[str, str], source: str, target: str) -> dict[str, str]:
    return dict(offers.limit_headers(headers, DIALECTS[source], DIALECTS[target], AT))


def test_messages_to_chat() -> None:
    assert told(MESSAGES, "anthropic-messages", "openai-chat") == CHAT


def test_chat_to_messages() -> None:
    assert told(CHAT, "openai-chat", "anthropic-messages") == {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2030-01-01T00:01:05Z",
        "anthropic-ratelimit-tokens-remaining": "9000",
    }


def test_what_is_no_number_is_left_out() -> None:
    odd = {"x-ratelimit-limit-requests": "many", "x-ratelimit-reset-tokens": "soon"}
    assert told(odd, "openai-chat", "anthropic-messages") == {}


def test_short_spans() -> None:
    shown = told({"x-ratelimit-reset-tokens": "120ms"}, "openai-chat", "openai-chat")
    assert shown == {"x-ratelimit-reset-tokens": "120ms"}
