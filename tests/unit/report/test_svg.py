"""Charts: every count has its column, in proportion; labels do not lie on each other; nothing escapes."""

import itertools
from datetime import date, timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from offramp.report.document import Chart, Mark, Series
from offramp.report.svg import WIDTH, draw, draw_for_paper

SPACE = "{http://www.w3.org/2000/svg}"


def chart(values: list[tuple[int, int]], gaps: list[int], name: str = "a") -> Chart:
    days = [date(2026, 1, 1)]
    for gap in gaps[: len(values) - 1]:
        days.append(days[-1] + timedelta(days=gap))
    return Chart(
        title=name,
        summary=name,
        days=tuple(days),
        series=(
            Series(name=name, values=tuple(one for one, _ in values)),
            Series(name="others", values=tuple(two for _, two in values)),
        ),
        marks=tuple(Mark(day=day, label=str(number)) for number, day in enumerate(days)),
    )


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1, max_size=40),
    st.lists(st.integers(1, 90), min_size=40, max_size=40),
)
def test_every_count_has_its_column_inside_the_picture(
    values: list[tuple[int, int]], gaps: list[int]
) -> None:
    one = chart(values, gaps)
    for drawn in (draw(one), draw_for_paper(one)):
        picture = ElementTree.fromstring(drawn)
        columns = [rect for rect in picture.iter(f"{SPACE}rect") if rect.find(f"{SPACE}title") is not None]
        assert len(columns) == sum(bool(count) for pair in values for count in pair)
        for rect in columns:
            x, wide = float(rect.get("x") or 0), float(rect.get("width") or 0)
            assert 0 <= x <= x + wide <= WIDTH
            assert float(rect.get("height") or -1) >= 0
        dates = sorted(
            float(text.get("x") or 0)
            for text in picture.iter(f"{SPACE}text")
            if (text.text or "").startswith("20") and (text.text or "").count("-") == 2
        )
        assert all(b - a >= 60 for a, b in itertools.pairwise(dates))


def test_names_are_only_text() -> None:
    drawn = draw(chart([(1, 0)], [], "</svg><script>&\"'"))
    picture = ElementTree.fromstring(drawn)
    assert "<script" not in drawn
    assert picture.find(f"{SPACE}title") is not None


def test_paper_knows_no_variables_and_no_patterns() -> None:
    drawn = draw_for_paper(chart([(3, 2), (0, 4)], [5]))
    assert "var(" not in drawn
    assert "pattern" not in drawn
