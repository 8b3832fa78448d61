"""Writes docs/reference/commands.md: the help of every command, as the program prints it.

    python tools/reference.py            write it
    python tools/reference.py --check    exit 1 and name the file if it is not up to date
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from cyclopts import App
from rich.console import Console

from offramp.cli.main import build

WIDTH = 100
PAGE = Path("docs/reference/commands.md")
HEAD = """# Commands

Made by `tools/reference.py` from the program's own help. What the exit codes mean is in
[exit codes](exit-codes.md).
"""


def page() -> str:
    """The whole page."""
    sections = [f"## {name}\n\n```text\n{text}\n```\n" for name, text in helps(build(whole=True), ("offramp",))]
    return "\n".join([HEAD, *sections])


def helps(app: App, name: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The name and help of `app` and of every command below it, in alphabetical order."""
    yield " ".join(name), _help(app)
    for command in sorted(app):
        if not command.startswith("-"):
            yield from helps(app[command], (*name, command))


def _help(app: App) -> str:
    buffer = io.StringIO()
    app.help_print([], console=Console(file=buffer, width=WIDTH, no_color=True, force_terminal=False))
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    return "\n".join(lines).strip("\n")


def main(arguments: list[str], root: Path) -> int:
    """Write or check the page under `root`; returns the exit code."""
    path, wanted = root / PAGE, page()
    if arguments == ["--check"]:
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            return 0
        sys.stderr.write(f"{PAGE} is not what the commands print now; run `python tools/reference.py`\n")
        return 1
    if arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[1]))
