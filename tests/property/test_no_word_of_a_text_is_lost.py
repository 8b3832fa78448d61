"""Whatever a text is, its sentences hold all of it, and the draft keeps them and binds nobody."""

import re
import unicodedata

import hypothesis.strategies as st
from hypothesis import given, settings

from offramp.core.instants import parse_instant
from offramp.core.verdicts import Outcome
from offramp.instruments import Question, Source, decide, load
from offramp.instruments.drafting import Heading, Piece, scaffold, split

LINES = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="aB. §1()-•,;:“”!?。\n\u00ad\u2028'\"#{}[]%&*", max_size=60),
        st.sampled_from(
            ("No supplier shall use it.", "(a) sell; or", "U.S.C. § 4713.", "", "sup-", "plier.")
        ),
    ),
    max_size=12,
)
HEADING = Heading(
    id="x", kind="order", title="x", issuer="x", document="x", digest="0" * 64, by="x", on="2030-01-01"
)


def bare(text: str) -> str:
    """The letters and digits of a text: joining lines may take hyphens and spaces, and nothing else."""
    kept = (character for character in text if unicodedata.category(character)[0] in "LNS")
    return "".join(kept)


@settings(max_examples=200, deadline=None)
@given(LINES)
def test_every_letter_stands_in_a_sentence_in_order(lines: list[str]) -> None:
    sentences = split([Piece(line, f"line {n}") for n, line in enumerate(lines, 1)])
    assert bare("".join(one.text for one in sentences)) == bare("".join(lines))
    assert all(one.text.strip() == one.text and one.text for one in sentences)


@settings(max_examples=60, deadline=None)
@given(LINES)
def test_a_draft_keeps_every_sentence_loads_and_binds_nobody(lines: list[str]) -> None:
    sentences = split([Piece(line, f"line {n}") for n, line in enumerate(lines, 1)])
    instruments = load([Source("draft.yaml", scaffold(HEADING, sentences))])
    (one,) = instruments.instruments.values()
    assert [re.sub(r"\s+", " ", each.says) for each in one.sentences] == [
        re.sub(r"\s+", " ", each.text) for each in sentences
    ]
    assert all(each.is_open for each in one.sentences)
    question = Question(("company",), (), "example-a", "use", {})
    assert decide(instruments, question, at=parse_instant("2031-01-01")).outcome is Outcome.PERMIT
