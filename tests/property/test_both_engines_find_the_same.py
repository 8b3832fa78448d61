"""Law: which engine looks makes no difference to what is found."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.ids import VendorId
from offramp.inventory import Engine, Means, scan
from offramp.inventory.knowledge import compile_knowledge
from offramp.inventory.matching import Hit, Matcher
from offramp.vendors import VENDORS, Profile, load_clouds, load_profiles

ROOT = Path(__file__).parents[2]

pytest.importorskip("hyperscan", reason="only one engine is to be had on this platform")

WORDS = (
    ("aria-3", "aria-3-large", "aria-large", "aria-small-2", "aria", "examplea.aria-3", "us.examplea.aria-3"),
    ("ExampleA", "example_a", "example-a", "@example-a/sdk", "AriaClient", "api.example-a.example"),
    ("EXAMPLE_A_API_KEY", "exa-", "exa-0123456789abcdefghijklmn", "model=", "engine: ", "import ", "from "),
    (
        "x",
        "é",
        "-",
        "_",
        ".",
        "/",
        "@",
        ":",
        "(",
        ")",
        "[",
        "]",
        '"',
        "'",
        ",",
        "=",
        "#",
        " ",
        "\t",
        "\r\n",
        "\n",
    ),
)


def matchers(profiles: Mapping[VendorId, Profile]) -> tuple[Matcher, Matcher]:
    """One matcher for each engine, made from the same signals."""
    signals = compile_knowledge(profiles, load_clouds(), tuple(profiles)).signals
    return Matcher(signals, Engine.HYPERSCAN), Matcher(signals, Engine.RE2)


def hits(matcher: Matcher, data: bytes) -> tuple[Hit, ...]:
    return matcher.hits(data, matcher.starts(data))


INVENTED = matchers(load_profiles(ROOT / "tests" / "cases" / "profiles"))


@settings(deadline=None)
@given(st.lists(st.sampled_from([word for row in WORDS for word in row]), max_size=40).map("".join))
def test_on_any_line(text: str) -> None:
    fast, plain = INVENTED
    assert hits(fast, text.encode()) == hits(plain, text.encode())


def test_on_the_example_organisation() -> None:
    roots = [ROOT / "examples" / "agency"]
    fast, plain = (scan(roots, VENDORS, salt=b"test", means=Means(engine=engine)) for engine in Engine)
    assert len(fast.findings) > 90
    assert plain == fast
