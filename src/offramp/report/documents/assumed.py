"""What a rendering supplied because its source does not give it, beside every answer that rests on it."""

from collections.abc import Iterable, Iterator

from offramp.core.digests import JsonObject
from offramp.instruments import Instruments
from offramp.report.document import Table


def assumed_body(instruments: Instruments, names: Iterable[str]) -> list[JsonObject]:
    """What is assumed in the named instruments, as JSON."""
    return [
        {"instrument": name, "what": what, "why": why} for name, what, why in _assumed(instruments, names)
    ]


def assumed_tables(instruments: Instruments, names: Iterable[str]) -> tuple[Table, ...]:
    """The same for people; no table where nothing is assumed."""
    rows = tuple(_assumed(instruments, names))
    title = "Assumed by who rendered it: the source does not say"
    return (Table(title=title, columns=("instrument", "what", "why"), rows=rows),) if rows else ()


def _assumed(instruments: Instruments, names: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    wanted = set(names)
    for one in sorted(instruments.instruments.values(), key=lambda one: one.id):
        if one.id in wanted:
            yield from ((one.id, item.what, item.why) for item in one.assumed)
