"""The command line as a person runs it: in a folder, with what it printed and its exit code."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from offramp.cli.main import run


@dataclass(frozen=True, slots=True)
class Ran:
    """What one command did."""

    code: int
    out: str
    err: str


Offramp = Callable[..., Ran]


@pytest.fixture
def offramp(capsys: pytest.CaptureFixture[str]) -> Offramp:
    """Runs one command in the current folder."""

    def go(*argv: str) -> Ran:
        code = run(argv)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return go


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that commands run in."""
    folder = tmp_path / "harbour"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "120")
    return folder
