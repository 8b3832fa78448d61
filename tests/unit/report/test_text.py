"""Text for people: no line wider than asked, nothing a terminal obeys, one head for rows that share it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from offramp.core.instants import parse_instant
from offramp.report import Document, Table, render
from offramp.report.grid import NARROWEST_COLUMN, grid

ITEMS = Table(
    title="items",
    columns=("deadline", "owner", "where", "use"),
    rows=(
        ("2026-08-26", "R. Okafor", "service/harbor/assistant.py:13", "example-a model-id"),
        ("2026-08-26", "R. Okafor", "service/ask.py:5", "example-a sdk-import"),
        ("2026-08-26", "T. Vu", "portal/notices.ts:2", "example-a sdk-import"),
    ),
    below=2,
)


def lines_of(table: Table, width: int) -> list[str]:
    header, rows = grid(table, width)
    return [*header, *rows]


def document(table: Table) -> Document:
    return Document(
        schema="offramp/example/v1",
        title="a title",
        at=parse_instant("2026-03-05"),
        body={},
        tables=(table,),
        scope="one folder",
        method="reading",
        gaps=("the rest",),
    )


def test_what_fits_beside_stays_beside() -> None:
    lines = lines_of(ITEMS, 100)
    assert len(lines) == 5
    assert lines[2] == " 2026-08-26  R. Okafor  service/harbor/assistant.py:13  example-a model-id"


def test_what_does_not_fit_stands_below_the_head_it_shares() -> None:
    assert lines_of(ITEMS, 60) == [
        " deadline    owner",
        " " + "─" * 21,
        " 2026-08-26  R. Okafor",
        "    service/harbor/assistant.py:13  example-a model-id",
        "    service/ask.py:5                example-a sdk-import",
        " 2026-08-26  T. Vu",
        "    portal/notices.ts:2  example-a sdk-import",
    ]


def test_named_lines_below_leave_out_what_is_empty() -> None:
    held = Table(
        title="",
        columns=("cause", "reason", "clause"),
        rows=(("drill:spring", "exercise", ""), ("norm:order.ban", "ordered", "shall cease all use of it")),
        below=2,
        names_below=True,
    )
    assert lines_of(held, 32)[2:] == [
        " drill:spring",
        "    reason: exercise",
        " norm:order.ban",
        "    reason: ordered",
        "    clause: shall cease all",
        "      use of it",
    ]


def test_words_stay_whole_while_another_column_can_give() -> None:
    table = Table(title="", columns=("place", "says"), rows=(("a/long/path.py:10", "words " * 12),))
    lines = lines_of(table, 40)
    assert lines[2].startswith(" a/long/path.py:10  words")
    assert max(map(cell_len, lines)) <= 40


@given(
    st.lists(st.tuples(*[st.text(max_size=30)] * 3), min_size=1, max_size=4),
    st.integers(min_value=40, max_value=120),
    st.integers(min_value=0, max_value=2),
)
@example([("a", "", "\nb" + "\x1f" * 8)], 40, 1)
def test_no_line_is_wider_than_asked(rows: list[tuple[str, str, str]], width: int, below: int) -> None:
    table = Table(title="", columns=("one", "two", "three"), rows=tuple(rows), below=below)
    assert width > NARROWEST_COLUMN * 3
    for line in lines_of(table, width):
        assert cell_len(line) <= width
        assert line == line.rstrip()


@pytest.mark.parametrize("evil", ["\x1b[31mred", "\u202egnp.exe", "\x07", "\x9b2J", "a\rb"])
def test_nothing_reaches_a_terminal_that_it_would_obey(evil: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    told = render(document(Table(title=evil, columns=("path",), rows=((evil,),))), "text")
    assert not set(told) & set("\x1b\u202e\x07\x9b\r")
    assert "\\x" in told or "\\u" in told or "\\r" in told


def test_colour_is_asked_for_or_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in render(document(ITEMS), "text")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in render(document(ITEMS), "text")
