"""The page of commands: made from the program's help, and drift is named."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from offramp.cli.commands import COMMANDS

TOOL = Path(__file__).parents[2] / "tools" / "reference.py"


@pytest.fixture(scope="module")
def reference() -> Iterator[ModuleType]:
    # As when it is run: Python then finds the modules beside a script.
    sys.path.insert(0, str(TOOL.parent))
    spec = importlib.util.spec_from_file_location("reference", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(TOOL.parent))


def test_the_page_is_written_checked_and_its_drift_is_named(
    reference: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reference.main(["--check"], tmp_path) == 1
    assert "docs/reference/commands.md" in capsys.readouterr().err
    assert reference.main([], tmp_path) == 0
    page = tmp_path / "docs" / "reference" / "commands.md"
    text = page.read_text(encoding="utf-8")
    assert all(f"## offramp {command}\n" in text for command in COMMANDS)
    assert "## offramp evidence verify\n" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 110
    assert reference.main(["--check"], tmp_path) == 0
    page.write_text(text.replace("offline", "online"), encoding="utf-8")
    assert reference.main(["--check"], tmp_path) == 1
    assert reference.main(["--what"], tmp_path) == 2
