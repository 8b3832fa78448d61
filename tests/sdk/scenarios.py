"""What is tried: one list of scenarios for every client, every face and every kind of upstream.

A scenario says what the upstream answers and what the caller has to see. How each API asks for it is in
`requests.py`; how each upstream says it, and what it refuses, is in `speakers`.
"""

from dataclasses import dataclass
from typing import Any

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
PDF = "JVBERi0xLjQKJSVFT0Y="
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
LONG = "All work and no play. " * 20_000


@dataclass(frozen=True)
class Said:
    """What an upstream answers."""

    text: str = ""
    calls: tuple[tuple[str, str, dict[str, Any]], ...] = ()
    """Id, name and arguments."""
    status: int = 200
    breaks: str = ""
    """`cut`: the connection is lost in the middle. `error`: an error comes in the middle. `hangs`: it goes on
    for ever."""


@dataclass(frozen=True)
class Scenario:
    """One thing to try."""

    name: str
    said: Said
    is_streamed: bool = False
    holds: tuple[str, ...] = ()
    """What must have reached the upstream, somewhere in the body."""


HELLO = Said("Grüße, 世界 🌍!")
ONE = Said(calls=(("call_1", "weather", {"city": "Oslo"}),))
TWO = Said(
    "Let me see.",
    (("call_1", "weather", {"city": "Oslo"}), ("call_2", "weather", {"city": 'Rome, "eternal"'})),
)
CITY = Said('{"city": "Oslo"}')

SCENARIOS = (
    Scenario("plain", HELLO),
    Scenario("streamed", HELLO, is_streamed=True),
    Scenario("tool", ONE),
    Scenario("tool-streamed", ONE, is_streamed=True),
    Scenario("tools-parallel", TWO),
    Scenario("tools-parallel-streamed", TWO, is_streamed=True),
    Scenario("tool-forced", ONE),
    Scenario("tool-result", Said("Sunny."), holds=("18 degrees",)),
    Scenario("tool-failed", Said("Sorry."), holds=("no such city",)),
    Scenario("image", HELLO, holds=(PIXEL,)),
    Scenario("pdf", HELLO, holds=(PDF,)),
    Scenario("structured", CITY, holds=("additionalProperties",)),
    Scenario("long", HELLO, holds=(LONG[:1000],)),
    Scenario("error-limit", Said(status=429)),
    Scenario("error-invalid", Said(status=400)),
    Scenario("error-overloaded", Said(status=503)),
    Scenario("error-ours", Said(status=401)),
    Scenario("error-in-the-middle", Said("Gr", breaks="error"), is_streamed=True),
    Scenario("cut-in-the-middle", Said("Gr", breaks="cut"), is_streamed=True),
    Scenario("left-in-the-middle", Said("Gr", breaks="hangs"), is_streamed=True),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def expected(scenario: Scenario) -> dict[str, Any]:
    """What every client has to see, in words no API has."""
    said = scenario.said
    if said.status != 200:
        return {"error": {400: "invalid", 401: "upstream", 429: "limit", 503: "overloaded"}[said.status]}
    if said.breaks == "hangs":
        return {"left": True}
    if said.breaks:
        return {"error": "broken"}
    calls = [[name, arguments] for _, name, arguments in said.calls]
    return {"text": said.text, "calls": calls, "stop": "tools" if calls else "end"}
