"""Runnable blocks in the pages run, and print what the pages say.

A block fenced as `console run` holds commands after `$ ` and the lines they print. It runs in a fresh copy of
`examples/`, in a folder of the page's own, block after block. `…` alone on a line stands for any lines, and
within a line for any words. A command that ends otherwise than with 0 says so: `$ offramp may … # exit 1`.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```console run[^\n]*\n(.*?)^```", re.M | re.S)
EXIT = re.compile(r"\s+# exit (\d+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a block, how it should end, and what it should print."""

    line: str
    code: int
    printed: tuple[str, ...]


def read_commands(page: str) -> tuple[Command, ...]:
    """Every command of every runnable block of a page, in order."""
    found = []
    for block in BLOCK.findall(page):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            line, *printed = part.rstrip("\n").split("\n")
            while line.endswith("\\"):
                line = line[:-1] + printed.pop(0).strip()
            match = EXIT.search(line)
            code = int(match.group(1)) if match else 0
            found.append(Command(line=EXIT.sub("", line), code=code, printed=tuple(printed)))
    return tuple(found)


def agrees(expected: tuple[str, ...], actual: str) -> bool:
    """`actual` is `expected`, with `…` standing for anything; blank lines and line ends do not count."""
    lines = [squeeze(line) for line in expected if line.strip()]
    pattern = "".join(
        r"(?:[^\n]*\n)*?"
        if line == "…"
        else r"[^\n]*?".join(map(re.escape, line.replace(" …", "…").replace("… ", "…").split("…"))) + r"\n"
        for line in lines
    )
    text = "".join(f"{squeeze(line)}\n" for line in actual.splitlines() if line.strip())
    return re.fullmatch(pattern, text) is not None


def squeeze(line: str) -> str:
    """One blank between words: columns move with the width of a terminal."""
    return " ".join(line.split())


PAGES = tuple(
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if BLOCK.search(page.read_text(encoding="utf-8"))
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns(".offramp", "__pycache__")
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("OFFRAMP_")},
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "NO_COLOR": "1",
        "COLUMNS": "130",
    }
    for command in read_commands(page.read_text(encoding="utf-8")):
        done = subprocess.run(
            ["bash", "-c", command.line],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        shown = f"{page.relative_to(ROOT)}: $ {command.line}\n{done.stdout}"
        assert done.returncode == command.code, f"ended with {done.returncode}\n{shown}"
        assert agrees(command.printed, done.stdout), f"printed something else\n{shown}"


def test_commands_are_read_from_blocks() -> None:
    page = "x\n```console run\n$ one \\\n    --flag\nsaid\n$ two # exit 1\n```\n```console\n$ three\n```\n"
    assert read_commands(page) == (
        Command(line="one --flag", code=0, printed=("said",)),
        Command(line="two", code=1, printed=()),
    )


@pytest.mark.parametrize(
    ("expected", "actual", "is_same"),
    [
        (("a  b",), "a b\n", True),
        (("a …",), "a b c\n", True),
        (("a …",), "a\n", True),
        (("a … c",), "a b b c\n", True),
        (("a", "…", "z"), "a\nb\nc\nz\n", True),
        (("a", "…"), "a\nb\n", True),
        (("a", "…", "b"), "a\nb\n", True),
        (("a",), "a\nb\n", False),
        (("a", "…", "z"), "a\nb\n", False),
        ((), "", True),
    ],
)
def test_dots_stand_for_anything(expected: tuple[str, ...], actual: str, is_same: bool) -> None:
    assert agrees(expected, actual) is is_same
