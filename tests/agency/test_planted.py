"""PLANTED.md says where every use stands: it must agree with the files, and leave nothing out."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from offramp.core.findings import FindingKind, Route

NAMES = re.compile(r"anthropic|claude|openai", re.IGNORECASE)
EXPLAINS = {"README.md", "PLANTED.md"}
"""Pages about the example itself: prose throughout, not listed line by line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of one of the three tables."""

    section: str
    cells: dict[str, str]

    @property
    def path(self) -> str:
        return self.cells["path"]

    @property
    def line(self) -> int:
        return int(self.cells["line"])

    @property
    def text(self) -> str:
        return self.cells["text"].strip("`")


def read_rows(page: str) -> tuple[Row, ...]:
    """Every row of every table of the page, with the heading it stands under."""
    rows: list[Row] = []
    section = ""
    header: list[str] = []
    for line in page.splitlines():
        if line.startswith("## "):
            section, header = line[3:], []
        elif line.startswith("| "):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not header:
                header = cells
            elif not set(line) <= set("| -"):
                rows.append(Row(section=section, cells=dict(zip(header, cells, strict=True))))
    return tuple(rows)


@pytest.fixture
def rows(agency: Path) -> tuple[Row, ...]:
    return read_rows((agency / "PLANTED.md").read_text(encoding="utf-8"))


def test_every_row_stands_where_it_says(agency: Path, rows: tuple[Row, ...]) -> None:
    astray = []
    for row in rows:
        text = (agency / row.path).read_text(encoding="utf-8")
        place = text if row.line == 0 else text.splitlines()[row.line - 1]
        if row.text not in place:
            astray.append(f"{row.path}:{row.line} does not contain {row.text}")
    assert not astray, "correct PLANTED.md:\n" + "\n".join(astray)


def test_rows_use_the_words_of_a_scan(rows: tuple[Row, ...]) -> None:
    kinds = {kind for row in rows if "kind" in row.cells for kind in row.cells["kind"].split(" or ")}
    assert kinds <= set(FindingKind) - {FindingKind.MENTION}
    assert {row.cells["route"] for row in rows if row.section == "Uses"} <= set(Route)


def test_every_sort_of_use_is_planted(rows: tuple[Row, ...]) -> None:
    planted = {kind for row in rows if row.section == "Uses" for kind in row.cells["kind"].split(" or ")}
    elsewhere = {FindingKind.MENTION, FindingKind.LOG_TRAFFIC, FindingKind.PROVIDER_SELECTOR}
    assert set(FindingKind) - planted == elsewhere


def test_nothing_is_listed_twice(rows: tuple[Row, ...]) -> None:
    places = [(row.path, row.line, row.text) for row in rows]
    assert len(places) == len(set(places))


def test_no_line_that_names_a_supplier_is_left_out(agency: Path, rows: tuple[Row, ...]) -> None:
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
