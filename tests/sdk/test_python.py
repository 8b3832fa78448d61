"""The official Python SDKs against every face, with every kind of upstream behind it."""

import pytest
from tests.gateway.conftest import Gateway, eventually
from tests.sdk.conftest import route
from tests.sdk.python_clients import CLIENTS
from tests.sdk.scenarios import SCENARIOS, Scenario, expected
from tests.sdk.upstream import SPEAKERS, Upstream


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
@pytest.mark.parametrize("speaker", sorted(SPEAKERS))
@pytest.mark.parametrize("face", sorted(CLIENTS))
def test_every_face_with_every_upstream(
    gateway: Gateway, upstream: Upstream, face: str, speaker: str, scenario: Scenario
) -> None:
    upstream.rejections.clear()
    abandoned = upstream.abandoned
    seen = CLIENTS[face](gateway.url, gateway.keys["desk"], route(speaker, scenario.name), scenario)
    assert upstream.rejections == []
    assert seen == expected(scenario)
    reached = upstream.bodies[-1].decode().replace("-", "+").replace("_", "/")
    assert all(held.replace("-", "+").replace("_", "/") in reached for held in scenario.holds)
    if scenario.said.breaks == "hangs":
        eventually(lambda: upstream.abandoned > abandoned)
