"""One traffic, five wordings in force: what each gateway makes of purpose, persons, law and place.

What is expected is the table of `docs/guides/three-wordings-three-gateways.md`.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "guides" / "three-wordings-three-gateways.md"
AT = ("--at", "2026-03-01T12:00:00Z", "--workers", "1")
KEYS = {name: f"offr_{name}_{'k' * 43}" for name in ("desk", "other")}
REGISTERED = (
    "registration: {owner: Desk, purposes: [office, surveillance], persons: [{pointer: /metadata/about}]}"
)

WORKSPACE = """\
schema: offramp/workspace/v1
organisation: {{name: Example Component, kinds: [dow_component]}}
applications:
  desk: {{key: {{file: keys/desk}}, facts: {{lawful: true, force: false, human: decides}}, {registered}}}
  other: {{key: {{file: keys/other}}, facts: {{lawful: false, force: false, human: decides}}, {registered}}}
upstreams:
  cloud: {{vendor: {vendor}, dialect: openai-chat, deployment: cloud, url: "{url}", key: {{env: FAKE_KEY}}}}
  edge: {{vendor: {vendor}, dialect: openai-chat, deployment: edge, url: "{url}", key: {{env: FAKE_KEY}}}}
routes:
  cloud: {{targets: [{{upstream: cloud, model: m}}]}}
  edge: {{targets: [{{upstream: edge, model: m}}]}}
{stance}
"""
STANCE = "stance: {{by: A. Mensah, reason: the wording that was agreed, readings: {{{}}}}}"

POLICY = ("us-2026/usage-policy.yaml",)
RED = "red_line_1: {}, red_line_2: a"
SHARED = "law_already_bars: open"
WORDINGS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "usage policy, “mass”": (POLICY, RED.format("a")),
    "usage policy, any": (POLICY, RED.format("b")),
    "usage policy, no reading chosen": (POLICY, ""),
    "any lawful use": (("wordings/any-lawful-use.yaml", "wordings/shared.yaml"), SHARED),
    "a rival’s agreement": (
        ("wordings/rival.yaml", "wordings/shared.yaml"),
        f"{SHARED}, rival_weapons_clause: responsibility",
    ),
}
TRAFFIC: Mapping[str, tuple[str, str, str, range]] = {
    "office work about two persons": ("desk", "cloud", "office", range(2)),
    "surveillance of nobody": ("desk", "cloud", "surveillance", range(0)),
    "surveillance of one person": ("desk", "cloud", "surveillance", range(1)),
    "surveillance of 9,000 persons": ("desk", "cloud", "surveillance", range(9_000)),
    "surveillance of 1,500 others": ("desk", "cloud", "surveillance", range(9_000, 10_500)),
    "office work that is said not to be lawful": ("other", "cloud", "office", range(2)),
    "office work at an edge": ("desk", "edge", "office", range(2)),
}
WORDS = {200: "goes on", 403: "refused"}


def table() -> dict[str, dict[str, str]]:
    """Wording to request to what comes of it, as the page says."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    start = next(number for number, line in enumerate(lines) if line.startswith("| Request |"))
    heads = [cell.strip() for cell in lines[start].strip("|").split("|")][1:]
    found: dict[str, dict[str, str]] = {head: {} for head in heads}
    for line in lines[start + 1 : start + 1 + len(TRAFFIC)]:
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        for head, cell in zip(heads, cells, strict=True):
            found[head][name] = cell
    return found


def test_the_table_is_of_this_traffic_and_of_gateways_that_differ() -> None:
    said = table()
    assert list(said) == list(WORDINGS)
    assert all(list(column) == list(TRAFFIC) for column in said.values())
    assert len({tuple(column.values()) for column in said.values()}) >= 4


@pytest.mark.parametrize("wording", list(WORDINGS))
def test_each_wording_makes_its_own_gateway(
    wording: str, fakes: Any, started: Callable[..., Any], post: Any, tmp_path: Path
) -> None:
    files, readings = WORDINGS[wording]
    root = tmp_path / "w"
    (root / "keys").mkdir(parents=True)
    (root / "instruments").mkdir()
    for name, key in KEYS.items():
        (root / "keys" / name).write_text(key)
        (root / "keys" / name).chmod(0o600)
    for file in files:
        text = (ROOT / "examples" / file).read_text()
        (root / "instruments" / Path(file).name).write_text(text)
    (root / "offramp.yaml").write_text(
        WORKSPACE.format(
            registered=REGISTERED,
            vendor="anthropic",
            url=fakes["b"].url,
            stance=STANCE.format(readings) if readings else "",
        )
    )
    gateway = started(root, *AT)

    def ask(by: str, model: str, purpose: str, about: range) -> Any:
        body = {
            "model": model,
            "messages": [{"role": "user", "content": "hi"}],
            "metadata": {"about": [f"case {number}" for number in about]},
        }
        headers = {"authorization": f"Bearer {KEYS[by]}", "offramp-purpose": purpose}
        return post(f"{gateway.url}/v1/chat/completions", json.dumps(body).encode(), headers)

    answers = {name: ask(*request) for name, request in TRAFFIC.items()}
    found = {name: WORDS.get(answer.status, str(answer.body)) for name, answer in answers.items()}
    assert found == table()[wording]
    for name, answer in answers.items():
        if answer.status == 403:
            assert answer.body["offramp"]["code"] == "norm-forbids", name
            assert answer.body["offramp"]["norms"], name
    mass = answers["surveillance of 1,500 others"]
    if mass.status == 403 and "any" not in wording:
        # The upper bound reached the line, and the figure has its bounds wherever it is shown.
        assert "us_persons=10" in mass.headers["offramp-persons"]
        assert " to " in mass.headers["offramp-persons"]
        assert "of 10000 in norm" in mass.body["error"]["message"]
