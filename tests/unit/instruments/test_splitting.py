"""Texts become sentences with places; nothing is lost, whatever the text is."""

import pytest

from offramp.instruments.drafting import Piece, split


def texts(*lines: str) -> list[str]:
    return [one.text for one in split([Piece(line, f"line {n}") for n, line in enumerate(lines, 1)])]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("See § 2.1(a) and Sec. 4. It binds.", ["See § 2.1(a) and Sec. 4.", "It binds."]),
        (
            "Dr. J. R. Smith of Example Corp. in the U.S. agrees.",
            ["Dr. J. R. Smith of Example Corp. in the U.S. agrees."],
        ),
        ("It is sold in the U.S. The vendor agrees.", ["It is sold in the U.S.", "The vendor agrees."]),
        ("Example Inc. Contractors may not.", ["Example Inc. Contractors may not."]),
        ("No. 5 of vol. 2, cf. id. at 7, e.g. there.", ["No. 5 of vol. 2, cf. id. at 7, e.g. there."]),
        ("At 5 p.m. the term ends. Then it is over.", ["At 5 p.m. the term ends.", "Then it is over."]),
        ("He said: “It is barred.” Nobody left.", ["He said: “It is barred.”", "Nobody left."]),
        ("(It is barred.) Nobody left.", ["(It is barred.)", "Nobody left."]),
        ("It costs 2.5 million. It is 3.14.", ["It costs 2.5 million.", "It is 3.14."]),
        ("1. The vendor reports. 2. It pays.", ["1. The vendor reports.", "2. It pays."]),
        ("Section 3. Duties of the vendor.", ["Section 3. Duties of the vendor."]),
        ("Well... it depends… on it.", ["Well... it depends… on it."]),
        ("禁止使用。除非得到批准！", ["禁止使用。", "除非得到批准！"]),
        ("「使用禁止。」彼は言った。", ["「使用禁止。」", "彼は言った。"]),
        ("يُحظر الاستخدام؟ نعم.", ["يُحظر الاستخدام؟", "نعم."]),
        ("उपयोग वर्जित है। ठीक है।", ["उपयोग वर्जित है।", "ठीक है।"]),
        ("Использование запрещено. Это приказ.", ["Использование запрещено.", "Это приказ."]),
        ("ห้ามใช้เทคโนโลยีนี้", ["ห้ามใช้เทคโนโลยีนี้"]),
    ],
)
def test_a_line_is_parted_where_sentences_end(line: str, expected: list[str]) -> None:
    assert texts(line) == expected


def test_words_parted_at_the_end_of_a_line_are_put_together() -> None:
    assert texts("No sup-", "plier shall use it.") == ["No supplier shall use it."]
    assert texts("A supply-chain risk. No supply-", "chain risk.")[1] == "No supply-chain risk."
    assert texts("Der Ver\u00ad", "trag endet.") == ["Der Vertrag endet."]
    assert texts("North-", "South trade ends.") == ["North- South trade ends."]


def test_lists_headings_and_paragraphs_stand_apart() -> None:
    assert texts(
        "SECTION 2. DUTIES", "It shall not:", "(a) sell; or", "(b) lease", "it.", "• first", "• second"
    ) == [
        "SECTION 2. DUTIES",
        "It shall not:",
        "(a) sell; or",
        "(b) lease it.",
        "• first",
        "• second",
    ]
    assert texts("One half", "of it.", "", "Another") == ["One half of it.", "Another"]


def test_a_section_named_in_a_sentence_does_not_begin_one() -> None:
    assert texts("This follows from", "Section 2.1(a) of the agreement.") == [
        "This follows from Section 2.1(a) of the agreement."
    ]


def test_a_sentence_stands_where_it_begins() -> None:
    pieces = [Piece("One. Two", "p. 1, line 9", 1), Piece("goes on. Three.", "p. 2, line 1", 2)]
    assert [(one.text, one.place) for one in split(pieces)] == [
        ("One.", "p. 1, line 9"),
        ("Two goes on.", "p. 1, line 9"),
        ("Three.", "p. 2, line 1"),
    ]


def test_what_repeats_on_every_page_is_told_apart_once() -> None:
    pieces = [
        piece
        for page in (1, 2, 3)
        for piece in (
            Piece("Order No. 7", f"p. {page}, line 1", page),
            Piece(f"Sentence {('one', 'two', 'three')[page - 1]} runs", f"p. {page}, line 2", page),
            Piece("to its end.", f"p. {page}, line 3", page),
            Piece(f"Page {page} of 3", f"p. {page}, line 4", page),
        )
    ]
    found = split(pieces)
    assert [one.text for one in found if not one.why] == [
        "Sentence one runs to its end.",
        "Sentence two runs to its end.",
        "Sentence three runs to its end.",
    ]
    assert [(one.text, one.place) for one in found if one.why] == [
        ("Order No. 7", "pages 1 to 3"),
        ("Page 1 of 3", "pages 1 to 3"),
    ]


def test_what_cannot_be_seen_is_no_text_and_a_fonts_own_sign_is_a_bullet() -> None:
    assert texts("\uf0b7 first\x07 item\u200b", "\ufeff\x00") == ["• first item"]
