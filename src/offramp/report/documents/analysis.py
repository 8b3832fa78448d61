"""analysis/v1: answers about instruments themselves, with regions and requests that show them."""

from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.instruments import Instruments
from offramp.instruments.analyses import Analysis, Result, Witness, example
from offramp.report.attribution import attribution_bodies, attributions, unsound
from offramp.report.document import Document, Table

ALONE = "a user is one party kind or named party at a time; name one that is several with --user"


def analysis_document(
    analysis: Analysis,
    texts: Sequence[Instruments],
    *,
    fixed: str,
    folders: tuple[str, ...],
    at: Instant,
) -> Document:
    """The headline, then each answer: when it holds, an example, and the clauses."""
    return Document(
        schema="offramp/analysis/v1",
        title=analysis.headline,
        at=at,
        body={
            "analysis": analysis.name,
            "headline": analysis.headline,
            "decided": analysis.is_decided,
            "found": analysis.is_found,
            "results": [_body(one) for one in analysis.results],
            "norms": {
                name: {"effect": norm.effect.value, "quote": norm.citation, "source": source}
                for name, (norm, source) in analysis.norms.items()
            },
            "notes": list(analysis.notes),
            "attributions": [one for each in texts for one in attribution_bodies(each)],
        },
        tables=_tables(analysis),
        notes=(*analysis.notes, *dict.fromkeys(line for each in texts for line in unsound(each))),
        scope=f"{analysis.examined}, in {', '.join(folders)}" + (f"; fixed: {fixed}" if fixed else ""),
        method="Z3 over every party, vendor, action, time, reading and value of the facts; each example was "
        "put to the engine that decides at run time",
        gaps=(
            "only what is rendered is compared; a person rendered it from texts or reports",
            "facts are taken as given, and as true",
            ALONE,
        ),
        attributions=tuple(dict.fromkeys(line for each in texts for line in attributions(each))),
        is_legal_matter=True,
    )


def _body(one: Result) -> JsonObject:
    return {
        "question": one.question,
        "verdict": one.verdict,
        "says": one.says,
        "norms": list(one.norms),
        "region": list(one.region),
        "witness": _witness(one.witness) if one.witness else None,
        "outcomes": dict(one.shown),
        "decided": one.decided,
    }


def _witness(shown: Witness) -> JsonObject:
    return {
        "user": list(shown.user),
        "via": list(shown.via),
        "vendor": shown.vendor,
        "action": shown.action,
        "at": format_instant(shown.at) if shown.at else None,
        "readings": dict(shown.readings),
        "facts": dict(shown.facts),
        "telling": list(shown.telling),
    }


def _tables(analysis: Analysis) -> tuple[Table, ...]:
    numbered = list(enumerate(analysis.results, 1))
    # An answer that holds in several regions is told once, with the numbers of all.
    alike: dict[tuple[str, str], list[str]] = {}
    for number, one in numbered:
        alike.setdefault((one.verdict, one.says.removeprefix(f"{one.verdict}: ")), []).append(str(number))
    answers = Table(
        title="",
        columns=("", "verdict", "answer"),
        rows=tuple((", ".join(numbers), *said) for said, numbers in alike.items()),
    )
    details = (_details(number, one) for number, one in numbered if one.witness is not None)
    return (answers, *details, *_clauses(analysis))


def _details(number: int, one: Result) -> Table:
    rows = [("when", "\n".join(one.region) or "always")]
    if one.witness is not None:
        answers = ", ".join(f"{side}: {outcome}" for side, outcome in one.shown.items())
        rows.append(("for example", example(one.witness) + (f"\n→ {answers}" if answers else "")))
    if one.norms:
        rows.append(("because of", "\n".join(one.norms)))
    return Table(title="", columns=(str(number), one.verdict), rows=tuple(rows))


def _clauses(analysis: Analysis) -> tuple[Table, ...]:
    rows = tuple((name, f"{norm.citation}\n— {source}") for name, (norm, source) in analysis.norms.items())
    return (Table(title="The clauses", columns=("norm", "says"), rows=rows),) if rows else ()
