"""Why a finding is one, as a document (explanation/v1): its signals, their sources, what would unmake it."""

from offramp.core.findings import Explanation
from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.report.documents.scan import finding_json


def explanation_document(one: Explanation, at: Instant) -> Document:
    """The finding, what made it one, and what would make it none."""
    finding = one.finding
    place = f"{finding.path}:{finding.line}" if finding.line else finding.path
    facts = [
        ("what", finding.message),
        ("place", place),
        ("line", one.excerpt or f"not shown: {one.without_excerpt}"),
        ("vendor", f"{one.vendor_name} ({finding.vendor})"),
        ("kind", f"{finding.kind}, by the detector of that name"),
        ("route", finding.route.value),
        ("confidence", finding.confidence.value),
        ("context", finding.context.value),
    ]
    if finding.via:
        facts.append(("through", " > ".join(finding.via)))
    if finding.serving is not None:
        facts.append(("served by", _serving(one)))
    if finding.waiver is not None:
        waiver = finding.waiver
        facts.append(("waiver", f"{waiver.status}: {waiver.instrument} until {waiver.until or 'no day'}"))
    reasons = tuple(
        (
            reason.sign,
            reason.text or "-",
            reason.block or "-",
            _basis(reason.basis, reason.checked),
            reason.source or "-",
        )
        for reason in one.reasons
    )
    return Document(
        schema="offramp/explanation/v1",
        title=f"Why {finding.id} is {'a use' if finding.is_use else 'a mention'} of {one.vendor_name}",
        at=at,
        body={
            "finding": finding_json(finding),
            "excerpt": one.excerpt,
            "without_excerpt": one.without_excerpt,
            "reasons": [
                {
                    "sign": reason.sign,
                    "text": reason.text,
                    "block": reason.block,
                    "source": reason.source,
                    "basis": reason.basis,
                    "checked": reason.checked,
                }
                for reason in one.reasons
            ],
            "not_counted_if": list(one.not_counted),
            "weights": {
                "meets": list(finding.meets),
                "undecided": list(one.undecided),
                "spares": list(one.spares),
            },
        },
        tables=(
            Table(title="The finding", columns=("", "said"), rows=tuple(facts)),
            Table(
                title="What made it one",
                columns=("signal", "text", "profile block", "basis", "source"),
                rows=reasons,
                below=1,
            ),
            Table(
                title="What would make it none",
                columns=("if",),
                rows=tuple((text,) for text in one.not_counted),
            ),
        ),
        scope=f"one finding: {place}",
        method="the line as it is now, matched again against the vendor's profile; keys are starred out",
        gaps=(
            "the detector's reading of the lines around it; `docs/reference/detectors.md` says how it reads",
        ),
    )


def _basis(basis: str, checked: str) -> str:
    return f"{basis} {checked}".strip() or "-"


def _serving(one: Explanation) -> str:
    finding = one.finding
    parts = [f"{finding.serving}"]
    for name, actions in (
        ("meets", finding.meets),
        ("depends on the wording for", one.undecided),
        ("is not", one.spares),
    ):
        if actions:
            parts.append(f"{name} {', '.join(actions)}")
    return "; ".join(parts)
