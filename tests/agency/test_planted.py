"""PLANTED.md says where every use stands: it must agree with the files, and leave nothing out."""

import re
from pathlib import Path
from typing import Any

from offramp.core.findings import FindingKind, Route

NAMES = re.compile(r"anthropic|claude|openai", re.IGNORECASE)
EXPLAINS = {"README.md", "PLANTED.md"}
"""Pages about the example itself: prose throughout, not listed line by line."""


Rows = tuple[Any, ...]


def test_every_row_stands_where_it_says(agency: Path, rows: Rows) -> None:
    astray = []
    for row in rows:
        text = (agency / row.path).read_text(encoding="utf-8")
        place = text if row.line == 0 else text.splitlines()[row.line - 1]
        if row.text not in place:
            astray.append(f"{row.path}:{row.line} does not contain {row.text}")
    assert not astray, "correct PLANTED.md:\n" + "\n".join(astray)


def test_rows_use_the_words_of_a_scan(rows: Rows) -> None:
    kinds = {kind for row in rows if "kind" in row.cells for kind in row.cells["kind"].split(" or ")}
    assert kinds <= set(FindingKind) - {FindingKind.MENTION}
    assert {row.cells["route"] for row in rows if row.section == "Uses"} <= set(Route)


def test_every_sort_of_use_is_planted(rows: Rows) -> None:
    planted = {kind for row in rows if row.section == "Uses" for kind in row.cells["kind"].split(" or ")}
    elsewhere = {FindingKind.MENTION, FindingKind.LOG_TRAFFIC, FindingKind.PROVIDER_SELECTOR}
    assert set(FindingKind) - planted == elsewhere


def test_nothing_is_listed_twice(rows: Rows) -> None:
    places = [(row.path, row.line, row.text) for row in rows]
    assert len(places) == len(set(places))


def test_no_line_that_names_a_supplier_is_left_out(agency: Path, rows: Rows) -> None:
    listed = {(row.path, row.line) for row in rows}
    unlisted = []
    for path in sorted(agency.rglob("*")):
        relative = path.relative_to(agency).as_posix()
        is_ours = not any(part in {".offramp", "__pycache__", ".pytest_cache"} for part in path.parts)
        if not path.is_file() or not is_ours or relative in EXPLAINS:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            is_listed = (relative, number) in listed or relative.startswith("declarations/")
            if NAMES.search(line) and not is_listed:
                unlisted.append(f"{relative}:{number} {line.strip()}")
    assert not unlisted, "list these in PLANTED.md, as a use or as a mention:\n" + "\n".join(unlisted)
