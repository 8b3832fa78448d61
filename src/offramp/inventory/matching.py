"""Finds every signal in a block of bytes: an engine gives the places, the bytes around them decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.inventory.engines import Engine, make
from offramp.inventory.expressions import ALPHANUMERIC, Form, expressions, stands_behind_a_setting
from offramp.inventory.signals import Signal

__all__ = ["Engine", "Hit", "Matcher"]


@dataclass(frozen=True, slots=True)
class Hit:
    """A signal at a place in a block of bytes."""

    signal: Signal
    start: int
    end: int
    joined: str = ""
    """The whole name, where it is written in parts."""


class Matcher:
    """All signals compiled once; asked for `starts` first, and for `hits` where there are any."""

    def __init__(
        self, signals: Sequence[Signal], engine: Engine | None = None, cache: Path | None = None
    ) -> None:
        self._expressions = expressions(signals)
        self._forms: dict[int, tuple[Form, ...]] = {}
        self._starts = make(self._expressions, engine, cache)

    def starts(self, data: bytes | memoryview) -> set[tuple[int, int]]:
        """Where anything in `data` might be a hit; empty for most files."""
        found = self._starts(data)
        return {one for one in found if self._may_begin(data, *one)} if found else found

    def _may_begin(self, data: bytes | memoryview, number: int, start: int) -> bool:
        one = self._expressions[number]
        if one.is_told_once:
            return True
        if one.begins_word and start > 0 and data[start - 1] in ALPHANUMERIC:
            return False
        end = start + one.length
        if one.ends_word and one.length and end < len(data) and data[end] in ALPHANUMERIC:
            return False
        return not one.lead or stands_behind_a_setting(one, data, start)

    def hits(
        self, data: bytes, starts: Iterable[tuple[int, int]], scope: str | None = None
    ) -> tuple[Hit, ...]:
        """Every signal that stands in `data` as a whole word of its kind, by place.

        `scope` is the language whose modules count; None means every language's.
        """
        found: set[Hit] = set()
        for number, start in starts:
            for form in self._forms_of(number):
                if scope is not None and form.module_of not in (None, scope):
                    continue
                end = form.end(data, start)
                if end:
                    found.add(Hit(form.signal, start, end))
        return tuple(sorted(found, key=_order))

    def _forms_of(self, number: int) -> tuple[Form, ...]:
        """Made when first needed, for most are never met."""
        if number not in self._forms:
            self._forms[number] = tuple(Form(signal) for signal in self._expressions[number].signals)
        return self._forms[number]


def _order(hit: Hit) -> tuple[int, int, str, str, str, str]:
    """By place, and nothing left to chance: one text can be a package of two ecosystems."""
    signal = hit.signal
    return hit.start, -hit.end, signal.vendor, signal.sign, signal.scope, signal.pattern
