"""The loss tables in docs/reference/dialects are what the code says. Run this file to write them anew."""

from pathlib import Path

import pytest

from offramp.dialects import DIALECTS, loss_table

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "dialects"
BEGIN, END = "<!-- table {} -->\n", "<!-- end -->\n"


def table(face: str, upstream: str) -> str:
    """The table as Markdown."""
    rows = ["| In the | Field | What happens | The caller may notice | Why |", "|---|---|---|---|---|"]
    rows += [
        f"| {row.direction} | `{row.field}` | {row.outcome} | {row.effect or '–'} | {row.reason} |"
        for row in loss_table(DIALECTS[face], DIALECTS[upstream])
    ]
    return "\n".join(rows) + "\n"


def with_tables(face: str, text: str) -> str:
    """The page with its tables as the code has them."""
    for upstream in DIALECTS:
        begin = BEGIN.format(upstream)
        if begin in text:
            head, _, rest = text.partition(begin)
            text = head + begin + "\n" + table(face, upstream) + "\n" + END + rest.partition(END)[2]
    return text


@pytest.mark.parametrize("face", sorted(DIALECTS))
def test_page_is_current(face: str) -> None:
    text = (PAGES / f"{face}.md").read_text()
    assert all(BEGIN.format(upstream) in text for upstream in DIALECTS if upstream != face)
    assert with_tables(face, text) == text


if __name__ == "__main__":
    for slug in DIALECTS:
        page = PAGES / f"{slug}.md"
        page.write_text(with_tables(slug, page.read_text()))
