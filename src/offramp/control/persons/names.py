"""Names of persons in texts, read by a small network: an audit signal that counts nobody.

What it takes for a name may be none, and it misses some: how many is measured in `bench/names`. Needs the
`names` extra and the pinned weights `names-reader`, one file: the vocabulary, then the network.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from offramp.control.persons.wordpiece import Piece, WordPiece

VOCABULARY_BYTES = 134_750
MOST_PIECES = 510
"""The network takes 512 at once, with one at each end."""
MOST_TEXT = 8_000
"""Characters that are read of one request: about a second of one processor."""
_NAMES = frozenset({1, 2, 3, 4})
"""Labels of given names and surnames."""


class NameReader:
    """The network, loaded. One thread of one processor; may be used from any one thread at a time."""

    def __init__(self, weights: Path) -> None:
        import onnxruntime  # type: ignore[import-untyped, unused-ignore]

        data = weights.read_bytes()
        self._pieces = WordPiece(data[:VOCABULARY_BYTES].decode().splitlines())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._network: Any = onnxruntime.InferenceSession(
            data[VOCABULARY_BYTES:], options, providers=["CPUExecutionProvider"]
        )

    def names_in(self, text: str) -> frozenset[str]:
        """The different names in the first characters of `text`, folded."""
        part = text[:MOST_TEXT]
        found: list[tuple[int, int]] = []
        for window in self._windows(part):
            for piece, is_name in zip(window, self._judge(window), strict=True):
                if is_name and found and piece.first - found[-1][1] <= 1:
                    found[-1] = (found[-1][0], piece.after)
                elif is_name:
                    found.append((piece.first, piece.after))
        return frozenset(" ".join(part[first:after].casefold().split()) for first, after in found)

    def _windows(self, text: str) -> Iterator[list[Piece]]:
        window: list[Piece] = []
        for word in self._pieces.words(text):
            if len(window) + len(word) > MOST_PIECES:
                yield window
                window = []
            window += word
        if window:
            yield window

    def _judge(self, window: Sequence[Piece]) -> list[bool]:
        import numpy

        numbers = [self._pieces.begin, *(piece.number for piece in window), self._pieces.end]
        ids = numpy.array([numbers], dtype=numpy.int64)
        asked = {
            "input_ids": ids,
            "attention_mask": numpy.ones_like(ids),
            "token_type_ids": numpy.zeros_like(ids),
        }
        labels = self._network.run(None, asked)[0][0].argmax(-1)
        return [int(label) in _NAMES for label in labels[1:-1]]
