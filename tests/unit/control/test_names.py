"""Names in texts: pieces of words with their places, and what the pinned reader makes of them."""

import pytest

from offramp.control.persons import NameReader
from offramp.control.persons.wordpiece import WordPiece
from offramp.upstream import catalogue, find_weights, pull

VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "jo", "##se", "ana", "##s", "'", "ok", ",", "京"]


def pieces(text: str) -> list[tuple[str, str]]:
    words = WordPiece(VOCABULARY).words(text)
    return [(VOCABULARY[one.number], text[one.first : one.after]) for word in words for one in word]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana, JOSE", [("ana", "Ana"), (",", ","), ("jo", "JO"), ("##se", "SE")]),
        ("José", [("jo", "Jo"), ("##se", "sé")]),
        ("ana's", [("ana", "ana"), ("'", "'"), ("[UNK]", "s")]),
        ("anas\u200d ok", [("ana", "ana"), ("##s", "s"), ("ok", "ok")]),
        ("ok京ok", [("ok", "ok"), ("京", "京"), ("ok", "ok")]),
        ("a" * 101, [("[UNK]", "a" * 101)]),
        ("", []),
    ],
)
def test_pieces_know_where_they_stand(text: str, expected: list[tuple[str, str]]) -> None:
    assert pieces(text) == expected


@pytest.fixture(scope="module")
def reader() -> NameReader:
    return NameReader(pull(catalogue("readers")["names-reader"]))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Please summarise the visit of Ana Abelard on Tuesday.", {"ana abelard"}),
        ("filed by ben okorro and his sister ruth okorro", {"ben okorro", "ruth okorro"}),
        ("Ana Abelard came. ANA ABELARD left.", {"ana abelard"}),
        ("Write a Python function that sorts a list.", set()),
        ("", set()),
    ],
)
def test_names_are_read_whatever_their_case(reader: NameReader, text: str, names: set[str]) -> None:
    assert reader.names_in(text) == names


def test_a_long_text_is_read_in_windows_up_to_its_bound(reader: NameReader) -> None:
    filler = "the board met about the bridge and the road . " * 60
    assert reader.names_in(filler + "Priya Ramanathan spoke.") == {"priya ramanathan"}
    assert reader.names_in(filler * 3 + "Priya Ramanathan spoke.") == frozenset()


def test_the_reader_is_no_model_that_answers() -> None:
    assert "names-reader" not in catalogue()
    with pytest.raises(Exception, match="no local model `names-reader`"):
        find_weights("names-reader")
