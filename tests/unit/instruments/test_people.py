"""Who encoded, who signed, what is a draft: a draft never binds, and what is signed is what binds."""

import re
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError, Problems
from offramp.core.instants import parse_instant
from offramp.core.verdicts import Outcome
from offramp.core.yaml_nodes import Listing, Table, parse
from offramp.instruments import Enforcer, Instruments, Question, Source, State, decide, load, norm_state
from offramp.instruments.loading.signatures import signed_digest

AT = parse_instant("2030-02-01")
QUESTION = Question(("company",), (), "example-a", "use", {})

TEXT = """\
schema: offramp.instruments/v1
about: {rendered_by: A. Mensah, rendered_on: 2030-01-10}
terms: {reached: context.under == "federal"}
instruments:
  - id: order
    kind: order
    title: Order
    issuer: an office
    basis: text
    source: {document: the order}
    issued: 2030-01-08
EXTRA
    norms:
      - id: stop
        effect: prohibit
        binds: {kinds: [company]}
        vendor: example-a
        action: use
        quote: no company shall use it
"""
DRAFTED = "    drafted: {document: order.pdf, on: 2030-01-09}\n"


def document(extra: str = "") -> str:
    return TEXT.replace("EXTRA\n", extra)


def digest(text: str) -> str:
    root, _ = parse(text, "order.yaml")
    assert isinstance(root, Table)
    listed = root.get("instruments")
    assert isinstance(listed, Listing)
    return signed_digest(listed.items[0], root)


def signed(text: str) -> str:
    line = f"    signed: {{by: B. Osei, on: 2030-01-20, digest: {digest(text)}}}\n"
    return text.replace("    norms:\n", f"{line}    norms:\n", 1)


def outcome(text: str) -> Outcome:
    instruments = load([Source("order.yaml", text)])
    once = decide(instruments, QUESTION, at=AT).outcome
    assert Enforcer(instruments, notice="announced").decide(QUESTION, AT).outcome is once
    return once


def only(text: str) -> Instruments:
    return load([Source("order.yaml", text)])


def test_the_encoder_is_the_instruments_own_or_the_documents() -> None:
    one = only(document()).instruments["order"]  # type: ignore[index]
    assert one.encoded is not None
    assert (one.encoded.by, one.encoded.on) == ("A. Mensah", "2030-01-10")
    own = only(document("    encoded: {by: C. Rossi}\n")).instruments["order"]  # type: ignore[index]
    assert own.encoded is not None
    assert own.encoded.by == "C. Rossi"


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        ("", Outcome.FORBID),
        ("    status: draft\n", Outcome.PERMIT),
        (DRAFTED, Outcome.PERMIT),
        (f"    status: draft\n{DRAFTED}", Outcome.PERMIT),
    ],
)
def test_a_draft_never_binds(extra: str, expected: Outcome) -> None:
    text = document(extra)
    assert outcome(text) is expected
    if expected is Outcome.PERMIT:
        assert norm_state(only(text), "order.stop", AT).state is State.NEVER_BINDS


def test_a_signed_draft_binds_and_an_edit_ends_that() -> None:
    text = signed(document(DRAFTED))
    assert outcome(text) is Outcome.FORBID
    assert outcome(text.replace("action: use", "action: [use, host]")) is Outcome.PERMIT
    assert outcome(text.replace('"federal"', '"dow"')) is Outcome.PERMIT
    assert (
        "edited since"
        in norm_state(only(text.replace("title: Order", "title: Orders")), "order.stop", AT).note
    )


def test_spacing_comments_and_order_of_keys_do_not_end_a_signature() -> None:
    text = signed(document(DRAFTED))
    moved = text.replace("    title: Order\n", "").replace(
        "    kind: order\n", "    kind: order # as said\n\n    title: 'Order'\n"
    )
    assert moved != text
    assert outcome(moved) is Outcome.FORBID


def test_a_hand_written_instrument_binds_without_a_signature_and_with_a_stale_one() -> None:
    assert outcome(document()) is Outcome.FORBID
    stale = signed(document()).replace("title: Order", "title: Orders")
    assert outcome(stale) is Outcome.FORBID
    assert only(stale).instruments["order"].signature.value == "edited since it was signed"  # type: ignore[index]


SENTENCES = """\
    sentences:
      - {place: line 1, says: "In this order, no company shall use it.", modelled: stop}
      - {place: line 2, says: It is short., not_modelled: says nothing of anybody}
"""


def codes(text: str) -> list[str]:
    with pytest.raises(OfframpError) as caught:
        only(text)
    error = caught.value
    found = error.problems if isinstance(error, Problems) else (error,)
    return [one.code for one in found]


def test_sentences_are_kept_with_what_became_of_them() -> None:
    one = only(document(SENTENCES)).instruments["order"]  # type: ignore[index]
    assert [(s.place, s.norms, s.why) for s in one.sentences] == [
        ("line 1", ("stop",), ""),
        ("line 2", (), "says nothing of anybody"),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((", not_modelled: says nothing of anybody", ""), "sentence-open"),
        ((", modelled: stop", ", not_modelled: x"), "norm-without-sentence"),
        (("modelled: stop}", "modelled: halt}"), "norm-unknown"),
        (("modelled: stop}", "modelled: stop, not_modelled: x}"), "sentence-twice"),
        (("shall use it.", "should use it."), "quote-not-in-text"),
    ],
)
def test_sentences_that_do_not_fit_are_problems(change: tuple[str, str], code: str) -> None:
    assert code in codes(document(SENTENCES).replace(*change))


def test_a_draft_may_leave_sentences_open_and_have_no_date() -> None:
    text = document(SENTENCES + "    status: draft\n").replace(", not_modelled: says nothing of anybody", "")
    text = re.sub("    issued: .*\n", "", text)
    assert [s.is_open for s in only(text).instruments["order"].sentences] == [False, True]  # type: ignore[index]


def test_the_vector_of_the_specification() -> None:
    page = (Path(__file__).parents[3] / "spec" / "instruments.md").read_text(encoding="utf-8")
    (text, expected) = re.findall(r"^```yaml\n((?:(?!```).)*?)```\n\nis `([0-9a-f]{64})`", page, re.M | re.S)[
        0
    ]
    assert digest(text) == expected
