"""Commands load what they need and not more: time is never asserted, so what is loaded is."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

US = Path(__file__).parents[2] / "examples" / "us-2026"
RUN = """
import json, sys
from offramp.cli.main import run
run(sys.argv[1:])
print(json.dumps(list(sys.modules)))
"""
HEAVY = frozenset({"asyncio", "cryptography", "hyperscan", "msgspec", "rich", "sqlalchemy", "yaml"})
ASKING = (
    "may",
    "--user",
    "contractor",
    "--vendor",
    "anthropic",
    "--at",
    "2026-03-05",
    "--instruments",
    str(US),
)


def loaded(*argv: str, cwd: Path) -> set[str]:
    """Heavy packages in memory after a command has run."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *argv], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert "error[" not in done.stderr, done.stderr
    return {name.split(".")[0] for name in json.loads(done.stdout.splitlines()[-1])} & HEAVY


@pytest.mark.parametrize(
    ("argv", "needs"),
    [
        (("--version",), {"rich"}),
        ((*ASKING, "--format", "json"), {"yaml", "msgspec"}),
        (ASKING, {"yaml", "msgspec", "rich"}),
        (("scan", "--format", "json"), {"yaml", "msgspec", "hyperscan"}),
        (("scan",), {"yaml", "msgspec", "hyperscan", "rich"}),
        (("schema", "workspace"), {"yaml"}),
    ],
    ids=["version", "may-json", "may", "scan-json", "scan", "schema"],
)
def test_a_command_loads_what_it_needs(argv: tuple[str, ...], needs: set[str], tmp_path: Path) -> None:
    assert loaded(*argv, cwd=tmp_path) <= needs
