"""Coverage: every sentence of a source is modelled or named as left out, and every quotation is in it."""

import re
from collections.abc import Iterator

from offramp.core.yaml_values import Fields, Value

ELISION = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*")
FEWEST_WORDS = 3
"""A piece shorter than this covers a sentence only by being the whole of it."""
_SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})


def check_quotes(instrument: Fields) -> None:
    """Record sentences of `source.quotes` that nothing covers, and quotations that are not in them.

    A source that lists no sentences is not checked: nobody said what is in it.
    """
    sentences = list(_items(_inner(instrument, "source"), "quotes"))
    if not sentences:
        return
    quoted = [item for norm in instrument.items("norms", "the norm") for item in _items(norm, "quote")]
    left_out = [
        item
        for entry in instrument.items("not_modelled", "the entry")
        for item in _items(entry, "quote", "what")
    ]
    pieces = [piece for item in (*quoted, *left_out) for piece in _pieces(item.raw)]
    for sentence in sentences:
        text = _plain(sentence.raw)
        if not any(_covers(piece, text) for piece in pieces):
            sentence.problem(
                "quote-not-covered",
                f"nothing renders “{_short(sentence.raw)}”",
                "quote it in a norm, or name it under `not_modelled` with `quote` and `why`",
            )
    whole = " ".join(_plain(sentence.raw) for sentence in sentences)
    for item in quoted:
        if not all(piece in whole for piece in _pieces(item.raw)):
            item.problem(
                "quote-not-in-source",
                f"“{_short(item.raw)}” is not in the sentences of the source",
                "copy it as it stands there, mark what is left out with …, or write `paraphrase`",
            )


def _inner(fields: Fields, key: str) -> Value | None:
    return fields.get(key)


def _items(value: Value | None, *keys: str) -> Iterator[Value]:
    if value is None or not value.is_table:
        return
    entries = value.entries()
    for key in keys:
        if key in entries and (entries[key].is_scalar or not entries[key].is_table):
            yield from (item for item in entries[key].items() if item.is_scalar and item.raw.strip())


def _pieces(text: str) -> list[str]:
    return [piece for part in ELISION.split(text) if (piece := _plain(part))]


def _plain(text: str) -> str:
    """Letters, signs and single spaces: how it is set does not matter."""
    return " ".join(text.translate(_SAME).split()).strip(' ".;')


def _covers(piece: str, sentence: str) -> bool:
    return sentence in piece or (piece in sentence and len(piece.split()) >= FEWEST_WORDS)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else f"{flat[:57]}..."
