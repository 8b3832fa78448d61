"""The agents the bench runs: packages, how each is started against a gateway, what it reads a file with."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASKED = "Read note.txt and tell me what it says."
MODEL = "any-model"

Start = tuple[list[str], dict[str, str]]
"""Arguments and environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """One program of a vendor, under that vendor's own terms."""

    package: str
    program: str
    """Its name among the installed programs."""
    native: str = ""
    """Where its own executable lies below `node_modules`, where the installed one only starts that."""
    tool: str
    arguments: Callable[[Path], Mapping[str, Any]]
    """What the tool is called with to read a file."""
    start: Callable[[Path, str, str], Start]
    """From a home of its own, the gateway's address and a caller's key."""


def _claude(_home: Path, url: str, key: str) -> Start:
    arguments = ["--print", ASKED, "--model", "claude-sonnet-4-5", "--allowedTools", "Read"]
    return arguments, {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_AUTH_TOKEN": key,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_TELEMETRY": "1",
    }


def _codex(home: Path, url: str, key: str) -> Start:
    provider = f'{{name="gateway",base_url="{url}/v1",env_key="GATEWAY_KEY",wire_api="responses"}}'
    settings = (f"model_providers.gateway={provider}", 'model_provider="gateway"', 'web_search="disabled"')
    arguments = ["exec", "--skip-git-repo-check", "-s", "danger-full-access"]
    for one in settings:
        arguments += ["-c", one]
    return [*arguments, "-m", MODEL, ASKED], {"CODEX_HOME": str(home), "GATEWAY_KEY": key}


def _gemini(home: Path, url: str, key: str) -> Start:
    settings = {
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "privacy": {"usageStatisticsEnabled": False},
        "general": {"enableAutoUpdate": False},
    }
    (home / ".gemini").mkdir()
    (home / ".gemini" / "settings.json").write_text(json.dumps(settings))
    arguments = ["-m", MODEL, "--approval-mode", "yolo", "--skip-trust", "-p", ASKED]
    return arguments, {"GEMINI_API_KEY": key, "GOOGLE_GEMINI_BASE_URL": url}


AGENTS: Mapping[str, Agent] = {
    "claude-code": Agent(
        package="@anthropic-ai/claude-code@2.1.330",
        program="claude",
        native="@anthropic-ai/claude-code-*/claude",
        tool="Read",
        arguments=lambda file: {"file_path": str(file)},
        start=_claude,
    ),
    "codex": Agent(
        package="@openai/codex@0.169.0",
        program="codex",
        tool="exec_command",
        arguments=lambda file: {"cmd": f"cat {file}"},
        start=_codex,
    ),
    "gemini-cli": Agent(
        package="@google/gemini-cli@0.61.0",
        program="gemini",
        tool="read_file",
        arguments=lambda file: {"file_path": str(file)},
        start=_gemini,
    ),
}
