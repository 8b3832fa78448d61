"""The example service runs for real, and its own tests pass against a server that speaks the API."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any


def run_tests(service: Path, address: str) -> subprocess.CompletedProcess[str]:
    """The service's own tests, in their own process, pointed at `address`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    if address:
        environment |= {"ANTHROPIC_BASE_URL": address, "ANTHROPIC_API_KEY": "unused"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=service,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_its_own_tests_pass_against_a_server(agency: Path, messages_server: Any) -> None:
    done = run_tests(agency / "service", messages_server.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
    assert {body["model"] for body in messages_server.asked} == {"claude-sonnet-4-5", "claude-haiku-4-5"}


def test_its_own_tests_fail_where_the_tool_is_not_called(agency: Path, messages_server: Any) -> None:
    messages_server.calls_tools = False
    done = run_tests(agency / "service", messages_server.url)
    assert done.returncode == 1
    assert "did not call file_permit" in done.stdout


def test_without_a_server_the_rest_still_runs_and_says_why(agency: Path) -> None:
    done = run_tests(agency / "service", "")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ANTHROPIC_BASE_URL is not set" in done.stdout
    assert "13 passed" in done.stdout


def test_a_desk_answers_over_http(agency: Path, messages_server: Any) -> None:
    desk = subprocess.Popen(
        [sys.executable, "-m", "harbor.permit_desk", "0"],
        cwd=agency / "service",
        env={**os.environ, "ANTHROPIC_BASE_URL": messages_server.url, "ANTHROPIC_API_KEY": "unused"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert desk.stdout is not None
        address = desk.stdout.readline().split()[-1]
        filed = post(f"{address}/file", {"application": "a regatta"})
        streamed = post(f"{address}/stream", {"question": "Which berth is free?"})
    finally:
        desk.kill()
        desk.communicate()
    assert json.loads(filed)["arguments"] == {"category": "mooring", "summary": "as written"}
    assert streamed == b"The north berth is free."


def post(url: str, body: object) -> bytes:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        answer: bytes = response.read()
    return answer
