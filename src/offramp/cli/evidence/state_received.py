"""`offramp evidence state` for what came in files: answers, results, exports, receipts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.stating import Stating, open_desk, subjects
from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant

SAID = Stating()
Documents = Annotated[tuple[Path, ...], Parameter(help="A file it rests on; may be given again.")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Issued:
    """Who said it, on which day."""

    issued_by: str = ""
    """The person who signed it on the other side."""
    issued_on: str = ""
    """The day it carries."""

    @property
    def pair(self) -> tuple[str, str]:
        """Both, once they are there."""
        if not self.issued_by or not self.issued_on:
            raise OfframpError(
                "issuer-missing",
                "it is not said who issued it, or when",
                help="give --issued-by and --issued-on",
            )
        return self.issued_by, parse_instant(self.issued_on).date().isoformat()


NOBODY = Issued()


def supplier_response(
    *,
    supplier: Annotated[str, Parameter(help="Who answered, as `sources` in offramp.yaml names it.")],
    role: Annotated[str, Parameter(help="Developer, operator, integrator, service provider or reseller.")],
    answer: Annotated[tuple[str, ...], Parameter(help="VENDOR=yes, no or unknown; may be given again.")],
    document: Documents = (),
    issued: Issued = NOBODY,
    stating: Stating = SAID,
) -> None:
    """State what a supplier answered about its own use of vendors: its words, by whom and when.

    For example:
      offramp evidence state supplier-response --supplier "Meridian Resale" --role reseller \
--answer VENDOR=no --document answer.pdf --issued-by "K. Ito" --issued-on 2026-04-02 --by "A. Mensah"
    """
    from offramp.evidence.statements.predicates import supplier_response as build

    desk = open_desk(stating)
    answers = [_pair(one, "answer") for one in answer]
    files = [one for one, _ in subjects(document)]
    head = desk.head(answers[0][0] if answers else None)
    desk.finish(build(supplier, role, issued.pair, answers, files, head))


def deletion_receipt(
    *,
    holder: Annotated[str, Parameter(help="Whoever held the data.")],
    store: Annotated[tuple[str, ...], Parameter(help="STORE=deleted, kept or unknown; may be given again.")],
    document: Documents = (),
    issued: Issued = NOBODY,
    stating: Stating = SAID,
) -> None:
    """State what somebody who held data says about having deleted it. Nobody here can check it.

    For example:
      offramp evidence state deletion-receipt --holder VENDOR --store files=deleted --store logs=kept \
--document certificate.pdf --issued-by "K. Ito" --issued-on 2026-09-01 --by "A. Mensah"
    """
    from offramp.evidence.statements.predicates import deletion_receipt as build

    desk = open_desk(stating)
    files = [one for one, _ in subjects(document)]
    desk.finish(build(holder, issued.pair, [_pair(one, "store") for one in store], files, desk.head()))


def retention_export(
    *,
    source: Annotated[str, Parameter(help="The service or store they were exported from.")],
    schedule: Annotated[str, Parameter(help="The retention schedule or hold they are kept under.")],
    document: Documents,
    begins_on: Annotated[str, Parameter(help="First day the records are of.")] = "",
    ends_on: Annotated[str, Parameter(help="Last day the records are of.")] = "",
    stating: Stating = SAID,
) -> None:
    """State which records were exported, under which schedule: every file with its digest.

    For example:
      offramp evidence state retention-export --source "chat archive" --schedule "GRS 5.1 item 020" \
--document export/ --by "L. Farouk"
    """
    from offramp.evidence.statements.predicates import retention_export as build

    desk = open_desk(stating)
    days = (_day(begins_on), _day(ends_on))
    desk.finish(build(source, schedule, days, subjects(document), desk.head()))


def trial(
    *,
    baseline: Annotated[str, Parameter(help="What is replaced.")],
    candidate: Annotated[str, Parameter(help="What would replace it.")],
    cases: Annotated[int, Parameter(help="How many cases both were given.")],
    measure: Annotated[tuple[str, ...], Parameter(help="NAME=BEFORE:AFTER; may be given again.")],
    document: Documents,
    conclusion: Annotated[str, Parameter(help="What follows, in your own words.")] = "",
    stating: Stating = SAID,
) -> None:
    """State how a successor compared with what it replaces, by the results in the files named.

    For example:
      offramp evidence state trial --baseline model-a --candidate model-b --cases 200 \
--measure "tool calls kept=200:196" --document results.csv --by "R. Okafor"
    """
    from offramp.evidence.statements.predicates import trial as build

    desk = open_desk(stating)
    measures = []
    for one in measure:
        name, values = _pair(one, "measure")
        before, colon, after = values.partition(":")
        if not colon:
            raise OfframpError("measure-unreadable", f"`{one}` is no measure", help="write NAME=BEFORE:AFTER")
        measures.append((name, before, after))
    files = [one for one, _ in subjects(document)]
    desk.finish(build((baseline, candidate), cases, measures, conclusion, files, desk.head()))


def _pair(text: str, what: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=") if what != "measure" else text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise OfframpError(f"{what}-unreadable", f"`{text}` is no {what}", help="write NAME=VALUE")
    return name.strip(), value.strip()


def _day(text: str) -> str:
    return parse_instant(text).date().isoformat() if text else ""
