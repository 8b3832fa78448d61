"""terms-sign/v1: who signed what, and what follows from it."""

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.instruments import Instruments
from offramp.instruments.drafting import Signed
from offramp.instruments.sentences import sayings
from offramp.report.attribution import attribution_bodies, attributions
from offramp.report.document import Document, Table
from offramp.report.documents.binding_words import NAMES, under


def terms_sign_document(
    signed: Signed, instruments: Instruments, path: str, at: Instant, noted: str
) -> Document:
    """What was signed, norm by norm, as the sentences it makes; `noted` says what the ledger has of it."""
    one = instruments.instruments[InstrumentId(signed.instrument)]
    by = one.signed.by if one.signed else ""
    says = "signed" if signed.is_new else "already signed, unchanged:"
    return Document(
        schema="offramp/terms-sign/v1",
        title=f"{says} {signed.instrument} by {by}",
        at=at,
        body={
            "instrument": signed.instrument,
            "file": path,
            "digest": signed.digest,
            "new": signed.is_new,
            "recorded": noted,
            "was_draft": signed.was_draft,
            "status": one.status.value,
            "attributions": attribution_bodies(instruments, [one.id]),
        },
        tables=(
            Table(
                title="What it says",
                columns=("norm", "says", "words"),
                rows=tuple(
                    (
                        norm.id,
                        "\n".join(
                            f"{under(instruments, each.choices)}{each.text}"
                            for each in sayings(instruments, norm, NAMES)
                        ),
                        norm.citation,
                    )
                    for norm in one.norms
                ),
                as_cards=True,
            ),
        )
        if one.norms
        else (),
        notes=(
            f"{noted[0].upper()}{noted[1:]}.",
            *((f"It was a draft. From now on its status is `{one.status}`.",) if signed.was_draft else ()),
            "A later edit of what is signed makes the signature stale"
            + (" and stops it from binding." if one.drafted else ": it is then shown as edited."),
        ),
        scope=f"`{signed.instrument}` in {path}, with the vocabulary, facts, terms and readings of that file",
        method="SHA-256 over the canonical content, the signature itself left out",
        gaps=("who may sign is not checked: keep the file where only those who may can write",),
        attributions=attributions(instruments, [one.id]),
        is_legal_matter=True,
    )
