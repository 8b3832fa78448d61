"""Draws the pictures in the pages: what a command prints, as an SVG file.

python tools/pictures.py    write docs/pictures/*.svg
"""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "pictures"
WIDTH = 108
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
PICTURES = {
    "may": (
        "offramp may --instruments examples/us-2026 --user contractor --vendor anthropic "
        "--fact under=commercial --at 2026-03-05"
    ),
}
"""Name of the picture and the command it shows, with its day, so that it prints the same tomorrow."""
LINES = 17


def draw(name: str, command: str) -> str:
    """The command and what it prints, as SVG without anything fetched from elsewhere."""
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        env={**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH)},
        capture_output=True,
        text=True,
        check=False,
    )
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {command}\n", style="bold"))
    lines = re.sub(r"\n{3,}", "\n\n", _bare(done.stdout)).splitlines()
    for line in lines[:LINES]:
        console.print(Text.from_ansi(line), soft_wrap=True)
    if len(lines) > LINES:
        console.print(Text(f"… {len(lines) - LINES} more lines", style="dim"))
    svg = console.export_svg(title="offramp", unique_id=name)
    svg = re.sub(r"@font-face\s*\{.*?\}\s*", "", svg, flags=re.S)
    svg = svg.replace("Fira Code, monospace", FONT).replace("font-family: arial", f"font-family: {FONT}")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


def _bare(printed: str) -> str:
    """Lines that hold nothing but blanks and codes are empty."""
    return "\n".join(
        line if re.sub(r"\x1b\[[0-9;]*m", "", line).strip() else "" for line in printed.splitlines()
    )


def main() -> int:
    """Write every picture."""
    FOLDER.mkdir(exist_ok=True)
    for name, command in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(name, command), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
