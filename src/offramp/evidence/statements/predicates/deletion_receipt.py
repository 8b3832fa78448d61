"""What somebody who held data says about having deleted it, store by store. Nobody here can check it."""

from collections.abc import Sequence

import msgspec

from offramp.core.errors import OfframpError
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, Subject

SLUG = "deletion-receipt"
METHOD = (
    "the certificate was received as the file named; that anything was deleted was not and cannot be checked"
)
GAPS = (
    "whether the data are gone, from backups and from models trained on them too, only the holder can know",
    "stores that the holder did not name",
)
OUTCOMES = ("deleted", "kept", "unknown")


class Store(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One place data were in."""

    name: str
    outcome: str
    """`deleted`, `kept` or `unknown`."""


class DeletionReceipt(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A certificate of deletion."""

    holder: str
    """Whoever held the data, such as a vendor."""
    issued_by: str
    issued_on: str
    stores: tuple[Store, ...]


def deletion_receipt(
    holder: str,
    issued: tuple[str, str],
    stores: Sequence[tuple[str, str]],
    documents: Sequence[Subject],
    head: Head,
) -> Statement:
    """The statement. `issued` is by whom and on which day; what was kept or is not known becomes a gap."""
    if not documents:
        raise OfframpError(
            "document-missing", f"there is no certificate of `{holder}`", help="give it with --document FILE"
        )
    wrong = [word for _, word in stores if word not in OUTCOMES]
    if wrong or not stores:
        said = f"`{wrong[0]}` is no outcome" if wrong else "no store is named"
        raise OfframpError("store-unreadable", said, help=f"write STORE=WORD, with {', '.join(OUTCOMES)}")
    by, on = issued
    left = tuple(f"{name}: {word}" for name, word in stores if word != "deleted")
    claim = DeletionReceipt(
        **head.said(
            scope=f"data held by {holder}: {', '.join(name for name, _ in stores)}",
            method=METHOD,
            gaps=(*(f"not deleted, as far as is known: {one}" for one in left), *GAPS),
        ),
        holder=holder,
        issued_by=by,
        issued_on=on,
        stores=tuple(Store(name=name, outcome=word) for name, word in stores),
    )
    return Statement(slug=SLUG, subjects=tuple(documents), claim=claim)
