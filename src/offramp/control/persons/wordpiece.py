"""Words and pieces of words as numbers, the way BERT's uncased vocabularies are made (WordPiece). Pure.

Each piece knows where it stands in the text: signs that are folded away leave no gap.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONGEST_WORD = 100
BEGIN, END, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece and the signs of the text it stands for."""

    number: int
    first: int
    after: int


class WordPiece:
    """One vocabulary."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self.begin, self.end = self._numbers[BEGIN], self._numbers[END]

    def words(self, text: str) -> Iterator[list[Piece]]:
        """The pieces of each word or mark, in order."""
        for word in _words(text):
            yield self._pieces(word)

    def _pieces(self, word: Sequence[tuple[str, int]]) -> list[Piece]:
        unknown = [Piece(self._numbers[UNKNOWN], word[0][1], word[-1][1] + 1)]
        if len(word) > LONGEST_WORD:
            return unknown
        letters, found, start = "".join(sign for sign, _ in word), [], 0
        while start < len(letters):
            prefix = "##" if start else ""
            for stop in range(len(letters), start, -1):
                number = self._numbers.get(prefix + letters[start:stop])
                if number is not None:
                    found.append(Piece(number, word[start][1], word[stop - 1][1] + 1))
                    start = stop
                    break
            else:
                return unknown
        return found


def _words(text: str) -> Iterator[list[tuple[str, int]]]:
    """Folded letters with their places; marks and Chinese signs stand alone."""
    word: list[tuple[str, int]] = []
    for place, sign in enumerate(text):
        category = unicodedata.category(sign)
        if sign.isspace() or category == "Zs" or category in ("Cc", "Cf") or sign == "\ufffd":
            if word and (sign.isspace() or category == "Zs"):
                yield word
                word = []
            continue
        folded = [
            one for one in unicodedata.normalize("NFD", sign.lower()) if unicodedata.category(one) != "Mn"
        ]
        for one in folded:
            if _stands_alone(one):
                if word:
                    yield word
                    word = []
                yield [(one, place)]
            else:
                word.append((one, place))
    if word:
        yield word


def _stands_alone(sign: str) -> bool:
    is_mark = (sign.isascii() and not sign.isalnum()) or unicodedata.category(sign).startswith("P")
    return (
        is_mark
        or "\u4e00" <= sign <= "\u9fff"
        or "\u3400" <= sign <= "\u4dbf"
        or "\uf900" <= sign <= "\ufaff"
    )
