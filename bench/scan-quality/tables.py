"""Tallies as text and JSON."""

from collections.abc import Iterable, Mapping

from scoring import Tally, ratio

KINDS = (
    "sdk-import",
    "sdk-call",
    "model-id",
    "endpoint",
    "credential",
    "provider-selector",
    "dependency",
    "transitive-dependency",
    "iac",
    "ci",
    "container",
    "agent-config",
    "agent-cli",
)


def share(part: int, whole: int) -> str:
    """A ratio with three digits; a dash for none."""
    value = ratio(part, whole)
    return "-" if value is None else f"{value:.3f}"


def table(head: Iterable[str], body: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    head = tuple(head)
    lines = [head, ("---",) * len(head), *(tuple(str(cell) for cell in row) for row in body)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def sums(tallies: Iterable[Tally]) -> Tally:
    """All counts together."""
    total = Tally()
    for tally in tallies:
        total.add(tally)
    return total


def headline(named: Mapping[str, Tally]) -> str:
    """One row a tally: lines, sites, precision, pairs, and what was reported where nothing is."""
    return table(
        (
            *("", "lines", "line recall", "sites", "site recall", "strict precision", "unsure as wrong"),
            *("pairs", "in clean"),
        ),
        (
            (
                name,
                one.all_lines,
                share(one.all_lines_hit, one.all_lines),
                one.sites.total(),
                share(one.sites_hit.total(), one.sites.total()),
                share(one.right.total(), one.right.total() + one.wrong.total()),
                share(one.right.total(), one.right.total() + one.wrong.total() + one.undecided),
                share(one.pairs_hit, one.pairs),
                one.in_clean,
            )
            for name, one in named.items()
        ),
    )


def kinds(named: Mapping[str, Tally]) -> str:
    """One row a kind: lines, line recall, findings and strict precision of each tally."""
    columns = ("lines", "line recall", "findings", "precision")
    return table(
        ("kind", *(f"{name}: {column}" for name in named for column in columns)),
        ((kind, *(cell for one in named.values() for cell in of_kind(one, kind))) for kind in KINDS),
    )


def of_kind(one: Tally, kind: str) -> tuple[object, ...]:
    """What the table by kind says of one tally."""
    findings = one.right[kind] + one.wrong[kind]
    return (
        one.lines[kind],
        share(one.lines_hit[kind], one.lines[kind]),
        findings,
        share(one.right[kind], findings),
    )


def macro(tallies: Iterable[Tally]) -> tuple[str, str]:
    """Line recall and precision as means over repositories, so that no dense one decides."""
    recalls, precisions = [], []
    for one in tallies:
        recalls.append(ratio(one.all_lines_hit, one.all_lines))
        precisions.append(ratio(one.right.total(), one.right.total() + one.wrong.total()))
    return mean(recalls), mean(precisions)


def mean(values: Iterable[float | None]) -> str:
    """The mean of those that are there."""
    there = [value for value in values if value is not None]
    return f"{sum(there) / len(there):.3f}" if there else "-"
