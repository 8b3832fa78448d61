"""Taking identifiers out of requests and answers before they are kept. Values in, values out.

Within one record the same thing is always replaced by the same words, `[mail-1]`, so that a conversation
still reads as one. In a stream an identifier is found however its events cut it.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from offramp.recordings.exchanges.identifiers import Span, find, is_telling
from offramp.recordings.exchanges.taken import Rule

MOST_DEEP: Final = 200
"""Levels of a JSON value that are looked at; what lies deeper goes whole."""
DEEP: Final = "deep"
_INDEX: Final = "index"


class Scrubber:
    """Scrubs the texts of one record. `counts` says how often each word was put in."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._own = [(one.word, re.compile(one.pattern)) for one in rules if one.pattern]
        self._pointers = [(one.word, _steps(one.pointer)) for one in rules if one.pointer]
        self._numbers: dict[tuple[str, str], int] = {}
        self.counts: Counter[str] = Counter()

    def text(self, text: str) -> str:
        """`text` with placeholders."""
        return _replaced(text, self._found(text))

    def body(self, text: str) -> str:
        """The text of a JSON value, scrubbed; as it was where nothing was. What is no JSON is a text."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self.text(text)
        before = self.counts.total()
        scrubbed = self.value(value)
        return text if self.counts.total() == before else _written(scrubbed)

    def value(self, value: Any) -> Any:
        """A JSON value, scrubbed."""
        for word, steps in self._pointers:
            value = self._pointed(value, steps, word)
        return self._walked(value, lambda text, _: self.text(text))

    def events(self, datas: Sequence[str]) -> list[str]:
        """The data of the events of one stream, scrubbed, each as it was where nothing in it was."""
        values = [_parsed(data) for data in datas]
        before = [self.counts.total()] * len(values)
        changed: set[int] = set()
        for number, value in enumerate(values):
            before[number] = self.counts.total()
            for word, steps in self._pointers:
                values[number] = value = self._pointed(value, steps, word)
            if self.counts.total() != before[number]:
                changed.add(number)
        pieces = self._pieces(values)
        written = []
        for number, (data, value) in enumerate(zip(datas, values, strict=True)):
            count = self.counts.total()
            scrubbed = self._walked(value, partial(_piece, pieces, number))
            is_changed = number in changed or self.counts.total() != count or _differs(value, scrubbed)
            if isinstance(value, str) and not data.startswith('"'):
                written.append(scrubbed)
            else:
                written.append(_written(scrubbed) if is_changed else data)
        return written

    def _pieces(self, values: Sequence[Any]) -> dict[tuple[int, str], str]:
        """Every text of every event by the event's number and its place, scrubbed as the stream reads."""
        runs: dict[str, list[tuple[int, str, str]]] = {}
        for number, value in enumerate(values):
            for key, name, text in _texts(value):
                runs.setdefault(name, []).append((number, key, text))
        found: dict[tuple[int, str], str] = {}
        for run in runs.values():
            if len({text for _, _, text in run}) == 1:
                once = self.text(run[0][2])
                found |= {(number, key): once for number, key, _ in run}
                continue
            texts = [text for _, _, text in run]
            for (number, key, _), text in zip(run, self._across(texts), strict=True):
                found[number, key] = text
        return found

    def _across(self, texts: Sequence[str]) -> list[str]:
        """Texts that follow each other. What is found stands where it begins, and nothing of it elsewhere."""
        spans = self._found("".join(texts))
        scrubbed = []
        start = 0
        for text in texts:
            end = start + len(text)
            out, at = [], start
            for span, words in spans:
                if span.end <= start or span.start >= end:
                    continue
                out.append(text[at - start : max(span.start, start) - start])
                if span.start >= start:
                    out.append(words)
                at = min(span.end, end)
            scrubbed.append("".join(out) + text[at - start :])
            start = end
        return scrubbed

    def _found(self, text: str) -> list[tuple[Span, str]]:
        is_json = text.lstrip()[:1] in ("{", "[")
        found = []
        for span in find(text, self._own):
            words = self._placeholder(span.word, text[span.start : span.end])
            if is_json and _is_bare(text, span):
                words = f'"{words}"'
            found.append((span, words))
        return found

    def _placeholder(self, word: str, what: str) -> str:
        number = self._numbers.setdefault((word, what), 1 + sum(one == word for one, _ in self._numbers))
        self.counts[word] += 1
        return f"[{word}-{number}]"

    def _walked(
        self, value: Any, scrub: Callable[[str, str], str | None], key: str = "", deep: int = 0
    ) -> Any:
        if deep > MOST_DEEP:
            return self._placeholder(DEEP, str(len(self._numbers)))
        match value:
            case str():
                scrubbed = scrub(value, key)
                return value if scrubbed is None else scrubbed
            case bool() | None | float():
                return value
            case int():
                word = is_telling(value)
                return self._placeholder(word, str(value)) if word else value
            case list():
                return [self._walked(one, scrub, f"{key}/{at}", deep + 1) for at, one in enumerate(value)]
            case _:
                return {
                    self.text(name): self._walked(one, scrub, f"{key}/{name}", deep + 1)
                    for name, one in value.items()
                }

    def _pointed(self, value: Any, steps: Sequence[str], word: str) -> Any:
        """`value` with what the steps lead to replaced."""
        if not steps:
            is_empty = value is None or value == ""
            return value if is_empty else self._placeholder(word, json.dumps(value, sort_keys=True))
        first, rest = steps[0], steps[1:]
        match value:
            case dict():
                return {
                    name: self._pointed(one, rest, word) if first in ("*", name) else one
                    for name, one in value.items()
                }
            case list():
                return [
                    self._pointed(one, rest, word) if first in ("*", str(at)) else one
                    for at, one in enumerate(value)
                ]
            case _:
                return value


def _piece(pieces: Mapping[tuple[int, str], str], number: int, _text: str, key: str) -> str | None:
    return pieces.get((number, key))


def _texts(value: Any, key: str = "", run: str = "", deep: int = 0) -> Iterator[tuple[str, str, str]]:
    """Every text with its place, and the name of the run it is part of: place and indices beside it."""
    if deep > MOST_DEEP:
        return
    match value:
        case str():
            yield key, run, value
        case list():
            for at, one in enumerate(value):
                yield from _texts(one, f"{key}/{at}", f"{run}/{at}", deep + 1)
        case dict():
            numbered = [
                f"{name}={one}"
                for name, one in value.items()
                if name.lower().endswith(_INDEX) and isinstance(one, int)
            ]
            beside = f"{run}({','.join(numbered)})" if numbered else run
            for name, one in value.items():
                yield from _texts(one, f"{key}/{name}", f"{beside}/{name}", deep + 1)


def _is_bare(text: str, span: Span) -> bool:
    """In JSON, a number and not a part of a text: what stands in its place has to be a text."""
    before, after = text[: span.start].rstrip()[-1:], text[span.end :].lstrip()[:1]
    return before in (":", ",", "[") and after in (",", "}", "]", "") and text[span.start].isdigit()


def _replaced(text: str, spans: Sequence[tuple[Span, str]]) -> str:
    if not spans:
        return text
    out: list[str] = []
    at = 0
    for span, words in spans:
        out += (text[at : span.start], words)
        at = span.end
    return "".join(out) + text[at:]


def _steps(pointer: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _parsed(data: str) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return data


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _differs(one: Any, other: Any) -> bool:
    return bool(one != other)
