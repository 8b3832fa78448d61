"""What a supplier answered about its own use of vendors: its words, by whom and when. Nobody checked them."""

from collections.abc import Sequence

import msgspec

from offramp.core.errors import OfframpError
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, Subject

SLUG = "supplier-response"
METHOD = "the supplier was asked and its answer was received as the file named; what it says was not checked"
GAPS = (
    "whether the answer is true, and whether the supplier knows what its own suppliers use",
    "what the supplier changed after the day it answered",
)
WORDS = ("yes", "no", "unknown")


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question answered."""

    vendor: str
    uses: str
    """`yes`, `no` or `unknown`."""


class SupplierResponse(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier's answer."""

    supplier: str
    role: str
    """What it is to the organisation: developer, operator, integrator, service provider, reseller."""
    answered_by: str
    """The person who answered for it."""
    answered_on: str
    answers: tuple[Answer, ...]


def supplier_response(
    supplier: str,
    role: str,
    answered: tuple[str, str],
    answers: Sequence[tuple[str, str]],
    documents: Sequence[Subject],
    head: Head,
) -> Statement:
    """The statement. `answered` is by whom and on which day; `answers` are pairs of vendor and word.

    Its subjects are the documents the supplier sent; raises where there is none.
    """
    if not documents:
        raise OfframpError(
            "document-missing",
            f"there is no document of `{supplier}`",
            help="give what it sent with --document FILE: a letter, a mail, the filled-in questionnaire",
        )
    wrong = [word for _, word in answers if word not in WORDS]
    if wrong or not answers:
        said = f"`{wrong[0]}` is not an answer" if wrong else "no answer is given"
        raise OfframpError("answer-unreadable", said, help=f"write VENDOR=WORD, with {', '.join(WORDS)}")
    by, on = answered
    claim = SupplierResponse(
        **head.said(
            scope=f"{supplier} as {role}, asked about {', '.join(vendor for vendor, _ in answers)}",
            method=METHOD,
            gaps=GAPS,
        ),
        supplier=supplier,
        role=role,
        answered_by=by,
        answered_on=on,
        answers=tuple(Answer(vendor=vendor, uses=word) for vendor, word in answers),
    )
    return Statement(slug=SLUG, subjects=tuple(documents), claim=claim)
