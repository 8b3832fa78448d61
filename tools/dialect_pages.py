"""The loss tables in `docs/reference`, made from the dialects. `reference.py` writes and checks them.

Everything on a page before its first table is prose somebody wrote, and stays.
"""

from collections.abc import Iterable
from pathlib import Path

from offramp.dialects import DIALECTS
from offramp.dialects.loss_table import LossRow, face_rows, gateway_rows, upstream_rows

BEGIN, END = "<!-- losses -->", "<!-- end -->"
HEAD = "| In the | Field | What happens | The caller may notice | Why |\n|---|---|---|---|---|\n"
FACE = """## Lost whoever answers
Read from the code, as all tables below. A field without a path before it is meant wherever it stands. What no
table names is still seen: it is lost as "not known to this version", under its own name. What depends on
the model, and what the gateway sees to itself, is [the same for all APIs](../losses.md).
"""
GATEWAY = """# Lost to the model, or the gateway

Made by `tools/reference.py` from the code. What one API cannot tell another is on the pages of the
[dialects](dialects.md). Beside that, a request is made to fit what is [known of the model](models.md), and
an answer is made to keep what its caller was promised: a call that was forced, a stop sequence, one tool
call at a time, a schema. What that costs is here; it is the same for all APIs. Why losses are declared at
all is [explained](../explain/losses.md).
"""


def pages(root: Path) -> dict[str, str]:
    """Each page that exists, with its tables as the code has them."""
    folder = root / "docs" / "reference"
    made = {"losses.md": GATEWAY + "\n" + table(gateway_rows())}
    for slug in DIALECTS:
        path = folder / "dialects" / f"{slug}.md"
        if path.is_file():
            made[f"dialects/{slug}.md"] = _with(path, losses(slug))
    return made


def losses(slug: str) -> str:
    """The tables of one API as a face."""
    sections = [FACE + "\n" + table(face_rows(DIALECTS[slug]))]
    sections += [
        f"## Lost where `{other}` answers\n\n{table(upstream_rows(DIALECTS[other]))}"
        for other in DIALECTS
        if other != slug
    ]
    return "\n".join(sections)


def table(rows: Iterable[LossRow]) -> str:
    """Rows as Markdown."""
    return HEAD + "".join(
        f"| {row.direction} | `{row.field}` | {row.outcome} | {row.effect or '–'} | {row.reason} |\n"
        for row in rows
    )


def _with(path: Path, made: str) -> str:
    prose = path.read_text(encoding="utf-8")
    for mark in (BEGIN, "## Lost "):
        prose = prose.partition(mark)[0]
    return f"{prose.rstrip()}\n\n{BEGIN}\n\n{made}\n{END}\n"
