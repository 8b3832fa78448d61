"""One gateway in front of one scripted upstream that speaks every API."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.gateway.conftest import Gateway, start_gateway
from tests.sdk.scenarios import SCENARIOS
from tests.sdk.upstream import SPEAKERS, Upstream, run_upstream


def route(slug: str, scenario: str) -> str:
    """The model name that leads to the upstream of this API, in this scenario."""
    return f"{slug}.{scenario}"


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    """The scripted upstream."""
    yield from run_upstream()


@pytest.fixture(scope="session")
def gateway(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A running gateway with a route for each upstream and scenario."""
    root = tmp_path_factory.mktemp("sdk")
    (root / "keys").mkdir()
    (root / "keys" / "desk").write_text(f"offr_desk_{'k' * 43}")
    (root / "keys" / "desk").chmod(0o600)
    (root / "offramp.yaml").write_text(workspace(upstream))
    running = start_gateway(root, "--workers", "1")
    yield running
    assert running.stop() == 0


def workspace(upstream: Upstream) -> str:
    """Its `offramp.yaml`."""
    lines: list[Any] = [
        "schema: offramp/workspace/v1",
        "organisation: {name: Example Company, kinds: [company]}",
        "applications: {desk: {key: {file: keys/desk}, signs: true, facts: {under: commercial}}}",
        "upstreams:",
        *(
            f'  {slug}: {{vendor: example-a, dialect: {slug}, url: "{upstream.url}", key: {{env: FAKE_KEY}}}}'
            for slug in SPEAKERS
        ),
        "routes:",
        *(
            f"  {route(slug, one.name)}: {{targets: [{{upstream: {slug}, model: {one.name}}}]}}"
            for slug in SPEAKERS
            for one in SCENARIOS
        ),
    ]
    return "\n".join(lines) + "\n"
