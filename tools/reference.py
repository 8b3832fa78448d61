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
    app = build(whole=True)
    sections = [f"## offramp {' '.join(name)}".rstrip() + f"\n\n{_help(app, name)}" for name in names(app)]
    return "\n".join([HEAD, *sections])


def names(app: App, name: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words after `offramp` of every command below `app`, in alphabetical order; none for itself."""
    yield name
    for command in sorted(app):
        if not command.startswith("-"):
            yield from names(app[command], (*name, command))


def _help(app: App, name: tuple[str, ...]) -> str:
    buffer = io.StringIO()
    app.help_print(list(name), console=Console(file=buffer, width=WIDTH, no_color=True, force_terminal=False))
    lines = [line.rstrip() for line in buffer.getvalue().splitlines()]
    return "```text\n" + "\n".join(lines).strip("\n") + "\n```\n"


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
