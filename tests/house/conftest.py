"""What the house rules look at: every module of the product as text and as a syntax tree."""

import ast
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "offramp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Python file of the product."""

    path: Path
    name: str
    """Dotted, `offramp.core.ids`; a package by its own name."""
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first word after `offramp`, or nothing for the package itself."""
        return [*self.name.split("."), ""][1]

    @property
    def shown(self) -> str:
        """The path as a person would open it from the root."""
        return self.path.relative_to(ROOT).as_posix()


def read_modules(folder: Path) -> tuple[Module, ...]:
    """Every module under `folder`, read and parsed."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = (
            path.relative_to(SOURCE.parent).with_suffix("").parts if SOURCE in path.parents else (path.stem,)
        )
        name = ".".join(part for part in parts if part != "__init__")
        text = path.read_text(encoding="utf-8")
        found.append(Module(path=path, name=name, text=text, tree=ast.parse(text)))
    return tuple(found)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def modules() -> tuple[Module, ...]:
    """Every module of the product."""
    return read_modules(SOURCE)


@pytest.fixture(scope="session")
def test_modules() -> tuple[Module, ...]:
    """Every module of the tests, tools and benches."""
    return tuple(
        module for name in ("tests", "tools", "bench", "examples") for module in read_modules(ROOT / name)
    )


@pytest.fixture(scope="session")
def rooms() -> tuple[str, ...]:
    """The rooms that have content."""
    return tuple(sorted(path.parent.name for path in SOURCE.glob("*/__init__.py")))


@pytest.fixture(scope="session")
def committed() -> tuple[Path, ...]:
    """Every file of the checkout that git keeps or would add; outside a checkout, every file."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        skipped = {".venv", ".git", "__pycache__", "node_modules"}
        return tuple(
            path
            for path in ROOT.rglob("*")
            if path.is_file() and not skipped & set(path.relative_to(ROOT).parts)
        )
    names = listed.stdout.decode().split("\0")
    return tuple(ROOT / name for name in names if name and (ROOT / name).is_file())
