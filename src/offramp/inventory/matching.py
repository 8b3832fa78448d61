"""Finds every signal in a block of bytes: an engine gives the places, the bytes around them decide."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from offramp.inventory.engines import Engine, make
from offramp.inventory.expressions import ALPHANUMERIC, Expression, Form, expressions
from offramp.inventory.signals import Sign, Signal

LONGEST_WEAK = 60
"""How far around the end of a trigger what it announces may reach."""

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
        self._forms = [[Form(signal) for signal in one.signals] for one in self._expressions]
        self._weak_ones: dict[str, tuple[dict[bytes, list[int]], tuple[int, ...]]] = {}
        self._scoped: dict[str, list[list[Form]]] = {}
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
        return not (one.ends_word and one.length and end < len(data) and data[end] in ALPHANUMERIC)

    def hits(
        self, data: bytes, starts: Iterable[tuple[int, int]], scope: str | None = None
    ) -> tuple[Hit, ...]:
        """Every signal that stands in `data` as a whole word of its kind, by place.

        `scope` is the language whose modules count; None means every language's.
        """
        forms = self._forms_for(scope)
        found: set[Hit] = set()
        for number, start in self._spread(data, starts):
            for form in forms[number]:
                end = form.end(data, start)
                if end:
                    found.add(Hit(form.signal, start, end))
        return tuple(sorted(found, key=_order))

    def _forms_for(self, scope: str | None) -> list[list[Form]]:
        if scope is None:
            return self._forms
        if scope not in self._scoped:
            self._scoped[scope] = [
                [one for one in forms if one.signal.sign is not Sign.MODULE or one.signal.scope == scope]
                for forms in self._forms
            ]
        return self._scoped[scope]

    def _spread(self, data: bytes, starts: Iterable[tuple[int, int]]) -> Iterable[tuple[int, int]]:
        """The starts, with every trigger replaced by the starts it announces."""
        triggered: dict[int, list[int]] = {}
        for number, place in starts:
            if self._expressions[number].triggers:
                triggered.setdefault(number, []).append(place)
            else:
                yield number, place
        for number, places in triggered.items():
            trigger = self._expressions[number]
            yield from self._announced(trigger, data, places)

    def _announced(self, trigger: Expression, data: bytes, places: list[int]) -> Iterable[tuple[int, int]]:
        """What stands at the ends of a trigger: literals by their bytes, the rest by search around them."""
        literals, shapes = self._weak(trigger)
        if -1 not in places:
            lengths = sorted({len(text) for text in literals})
            for place in places:
                for length in lengths:
                    for weak in literals.get(data[place - length : place].lower(), ()):
                        yield weak, place - length
        else:
            shapes = trigger.triggers
        if not shapes:
            return
        for first, last in _windows(places, len(data)):
            for weak in shapes:
                for start in _starts_within(self._expressions[weak].compiled, data, first, last):
                    yield weak, start

    def _weak(self, trigger: Expression) -> tuple[dict[bytes, list[int]], tuple[int, ...]]:
        """The literals a trigger announces, and the numbers of the other expressions."""
        known = self._weak_ones.get(trigger.pattern)
        if known is None:
            literals: dict[bytes, list[int]] = {}
            shapes = []
            for number in trigger.triggers:
                one = self._expressions[number]
                if one.length and all(signal.text for signal in one.signals):
                    literals.setdefault(one.signals[0].text.lower().encode(), []).append(number)
                else:
                    shapes.append(number)
            known = self._weak_ones[trigger.pattern] = literals, tuple(shapes)
        return known


def _windows(places: list[int], length: int) -> list[tuple[int, int]]:
    """The stretches around the ends of triggers; the whole block where an engine does not tell them."""
    if -1 in places:
        return [(0, length)]
    found: list[tuple[int, int]] = []
    for place in sorted(places):
        first, last = max(0, place - LONGEST_WEAK), min(length, place + LONGEST_WEAK)
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], last)
        else:
            found.append((first, last))
    return found


def _starts_within(words: re.Pattern[bytes], data: bytes, first: int, last: int) -> Iterable[int]:
    at = first
    while (match := words.search(data, at, last)) is not None:
        yield match.start()
        at = match.start() + 1


def _order(hit: Hit) -> tuple[int, int, str, str, str, str]:
    """By place, and nothing left to chance: one text can be a package of two ecosystems."""
    signal = hit.signal
    return hit.start, -hit.end, signal.vendor, signal.sign, signal.scope, signal.pattern
