"""Charts as SVG: stacked columns along the calendar, without a script, with a title and a description.

On a page, columns differ by pattern as well as by colour, and colours are the page's variables, light or
dark. On paper they are plain and differ in lightness: not every program that sets paper knows either.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape

from offramp.report.document import Chart

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 44, 52
WIDEST_COLUMN = 26
NARROWEST_COLUMN = 2
DATE_WIDTH = 68
FILLS = (
    ("var(--one)", "var(--one-line)"),
    ("var(--two)", ""),
    ("var(--three)", "var(--three-line)"),
    ("var(--four)", ""),
)
ON_PAPER = ("#7a2e00", "#86c5da", "#9ca3af", "#e3b341")
INK, QUIET, RULE, GROUND = "var(--text)", "var(--quiet)", "var(--line)", "var(--page)"
PLAIN = {INK: "#1b1c20", QUIET: "#4f545e", RULE: "#c9cdd4", GROUND: "#ffffff"}
FONT = "system-ui, Libertinus Serif, DejaVu Sans, sans-serif"


def draw(chart: Chart, number: int = 1) -> str:
    """The picture for a page. `number` keeps its ids apart from those of others there."""
    return _draw(chart, f"chart-{number}", [f"url(#chart-{number}-fill-{at})" for at in range(len(FILLS))])


def draw_for_paper(chart: Chart) -> str:
    """The same without variables and patterns."""
    picture = _draw(chart, "chart", list(ON_PAPER))
    for variable, colour in PLAIN.items():
        picture = picture.replace(variable, colour)
    return picture


def _draw(chart: Chart, name: str, fills: Sequence[str]) -> str:
    top = _ceiling(max((sum(day) for day in zip(*(s.values for s in chart.series), strict=True)), default=0))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="{name}-title {name}-text" font-family="{FONT}" font-size="12">',
        f'<title id="{name}-title">{escape(chart.title)}</title>',
        f'<desc id="{name}-text">{escape(chart.summary)}</desc>',
        *([_patterns(name, len(chart.series))] if fills[0].startswith("url") else []),
        *_legend(chart, fills),
        *_rules(top),
        *_marks(chart),
        *_columns(chart, fills, top),
        *_dates(chart),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _patterns(name: str, count: int) -> str:
    found = []
    for at, (colour, stripe) in enumerate(FILLS[:count]):
        lines = f'<path d="M0 6L6 0" stroke="{stripe}" stroke-width="1.5"/>' if stripe else ""
        found.append(
            f'<pattern id="{name}-fill-{at}" width="6" height="6" patternUnits="userSpaceOnUse">'
            f'<rect width="6" height="6" fill="{colour}"/>{lines}</pattern>'
        )
    return f"<defs>{''.join(found)}</defs>"


def _legend(chart: Chart, fills: Sequence[str]) -> Iterator[str]:
    x = LEFT
    for at, series in enumerate(chart.series):
        words = f"{series.name} ({sum(series.values)})"
        yield f'<rect x="{x}" y="6" width="14" height="14" fill="{fills[at]}"/>'
        yield f'<text x="{x + 20}" y="17" fill="{INK}">{escape(words)}</text>'
        x += 44 + int(len(words) * 6.4)


def _rules(top: int) -> Iterator[str]:
    for step in range(5):
        value = top * step // 4
        if step and value == top * (step - 1) // 4:
            continue
        y = _y(value, top)
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{RULE}" stroke-width="1"/>'
        place = f'x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end"'
        yield f'<text {place} fill="{QUIET}">{value}</text>'


def _columns(chart: Chart, fills: Sequence[str], top: int) -> Iterator[str]:
    wide = _column_width(chart)
    for place, day in enumerate(chart.days):
        below = 0
        for at, series in enumerate(chart.series):
            value = series.values[place]
            if not value:
                continue
            y, base = _y(below + value, top), _y(below, top)
            words = f"{day.isoformat()}: {series.name} {value}"
            yield (
                f'<rect x="{_x(day, chart.days) - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" '
                f'height="{base - y:.1f}" fill="{fills[at]}"><title>{escape(words)}</title></rect>'
            )
            below += value


def _marks(chart: Chart) -> Iterator[str]:
    free = -1.0
    for mark in chart.marks:
        x = _x(mark.day, chart.days)
        width = 10 + 7 * len(mark.label)
        yield (
            f'<path d="M{x:.1f} {TOP - 2}V{HEIGHT - BOTTOM}" stroke="{INK}" stroke-width="1" '
            'stroke-dasharray="2 3"/>'
        )
        if x - width / 2 < free:
            continue
        left = min(max(x - width / 2, 0), WIDTH - width)
        free = left + width + 2
        yield (
            f'<rect x="{left:.1f}" y="{TOP - 18}" width="{width}" height="17" rx="8" fill="var(--page)" '
            f'stroke="{INK}"/>'
        )
        yield (
            f'<text x="{left + width / 2:.1f}" y="{TOP - 5}" text-anchor="middle" fill="{INK}">'
            f"{escape(mark.label)}</text>"
        )


def _dates(chart: Chart) -> Iterator[str]:
    y = HEIGHT - BOTTOM
    yield f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{INK}" stroke-width="1"/>'
    free = 0.0
    for day in _ticks(chart.days):
        x = _x(day, chart.days)
        left = min(max(x - DATE_WIDTH / 2, 0), WIDTH - DATE_WIDTH)
        yield f'<path d="M{x:.1f} {y}v5" stroke="{INK}" stroke-width="1"/>'
        if left < free:
            continue
        free = left + DATE_WIDTH + 6
        place = f'x="{left + DATE_WIDTH / 2:.1f}" y="{y + 18}" text-anchor="middle"'
        yield f'<text {place} fill="{QUIET}">{day.isoformat()}</text>'
    yield (
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 10}" text-anchor="middle" fill="{QUIET}">'
        "requests by day, UTC; numbers in rings are rows of the table of what moved</text>"
    )


def _ticks(days: Sequence[date]) -> list[date]:
    """Days to name: those that have something where they are few, else evenly spread ones."""
    if len(days) <= 8:
        return list(days)
    span = (days[-1] - days[0]).days
    return [days[0] + timedelta(days=span * step // 6) for step in range(7)]


def _column_width(chart: Chart) -> float:
    if len(chart.days) < 2:
        return WIDEST_COLUMN
    gap = min((b - a).days for a, b in zip(chart.days, chart.days[1:], strict=False))
    span = (chart.days[-1] - chart.days[0]).days or 1
    room = (WIDTH - LEFT - RIGHT - WIDEST_COLUMN) * gap / span
    return max(NARROWEST_COLUMN, min(WIDEST_COLUMN, room * 0.85))


def _x(day: date, days: Sequence[date]) -> float:
    first, last = LEFT + WIDEST_COLUMN / 2 + 4, WIDTH - RIGHT - WIDEST_COLUMN / 2 - 4
    span = (days[-1] - days[0]).days
    if not span:
        return (first + last) / 2
    place = min(max((day - days[0]).days / span, 0.0), 1.0)
    return first + (last - first) * place


def _y(value: int, top: int) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP - 6) * value / top


def _ceiling(most: int) -> int:
    """A round number at or above, that four lines divide well."""
    unit = 1
    while True:
        for step in (4, 8, 12, 20, 40):
            if unit * step >= most:
                return unit * step
        unit *= 10
