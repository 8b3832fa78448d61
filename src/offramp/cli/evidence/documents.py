"""`offramp evidence document`: what people must hand over, made from what was stated and is found now."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from offramp.cli.evidence.options import moment
from offramp.cli.output import check_output, emit
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from offramp.core.instants import Instant
    from offramp.evidence.statements.checking import Stated
    from offramp.workspace import Workspace

app = App(
    name="document",
    help="""Make a document to hand over: it says what was found and what was not looked at, and no more.

Letters and reports are made from statements that were signed and recorded before.

For example:
  offramp evidence document certification --vendor VENDOR --to "Contracting Officer" --format pdf -o a.pdf
  offramp evidence document far-52-204-30 --vendor VENDOR --found-on 2026-03-09 --format pdf -o report.pdf
  offramp evidence document ai-bom --spec 1.7 -o bom.json
""",
)
PEOPLE = ("text", "html", "pdf", "json")
SHEETS = (*PEOPLE, "csv")
BILLS = {"1.6": "cyclonedx", "1.7": "cyclonedx-17"}


@Parameter(name="*", group="What is made")
@dataclass(frozen=True, slots=True)
class Making:
    """Where it is made, of which day, in which format."""

    workspace: Path | None = None
    """Folder of offramp.yaml."""
    at: str = ""
    """The date of the document; by default the present."""
    format: str = "text"
    """Text, html, pdf or json; csv for red-lines and the report of FAR 52.204-30."""
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None
    """File to write."""


MADE = Making()
To = Annotated[tuple[str, ...], Parameter(help="To whom, one line each; may be given again.")]


@dataclass(frozen=True, slots=True)
class Desk:
    """The workspace, and the options given."""

    place: "Workspace"
    at: "Instant"
    given: Making = field(default=MADE)


def open_desk(given: Making, formats: tuple[str, ...]) -> Desk:
    """The workspace here or named; raises where the document could not be given."""
    from offramp.cli.place import open_workspace

    check_output(given.format, given.output, formats)
    return Desk(open_workspace(given.workspace), moment(given.at), given)


@app.command
def certification(
    *,
    vendor: Annotated[str, Parameter(help="The vendor that is not used.")],
    to: To,
    reference: Annotated[str, Parameter(help="Contract or order the letter is about.")] = "",
    office: Annotated[str, Parameter(help="Office of the person who signs.")] = "",
    making: Making = MADE,
) -> None:
    """Make a letter from the newest statement of non-use about a vendor: its words, its gaps in bold.

    For example:
      offramp evidence state non-use --vendor VENDOR --by "A. Mensah" --with-gaps
      offramp evidence document certification --vendor VENDOR --to "Contracting Officer" \
--format pdf -o letter.pdf
    """
    from offramp.report.documents.certification import Address, certification_document

    desk = open_desk(making, PEOPLE)
    stated = newest(desk.place, "non-use", lambda one: one.predicate["vendor"] == vendor)
    address = Address(to=to, reference=reference, office=office)
    against = since_then(desk.place, stated, vendor)
    document = certification_document(stated, address, origin(desk.place), against)
    emit(document, making.format, making.output)


@app.command
def restoration(*, to: To = (), making: Making = MADE) -> None:
    """Make a report from the newest statement of a restoration: what is back, and what is still held.

    For example:
      offramp evidence state restoration --by "A. Mensah"
      offramp evidence document restoration --to "Clerk of the Court" --format pdf -o restoration.pdf
    """
    from offramp.report.documents.restoration_report import restoration_document
    from offramp.workspace import load_instruments

    desk = open_desk(making, PEOPLE)
    stated = newest(desk.place, "restoration", lambda _: True)
    norms = load_instruments(desk.place).norms
    clauses = {str(norm.id): norm.citation for norm in norms.values()}
    vendors = {str(one.id): str(one.vendor) for one in desk.place.upstreams.values()}
    emit(restoration_document(stated, to, origin(desk.place), clauses, vendors), making.format, making.output)


@app.command(name="red-lines")
def red_lines(
    *,
    month: Annotated[str, Parameter(help="The month, such as 2026-08; by default the present one.")] = "",
    making: Making = MADE,
) -> None:
    """Make a month's report on red lines: purposes, refusals, holds, counts of persons, exceptions, gaps.

    For example:
      offramp evidence document red-lines --month 2026-08 --format pdf -o august.pdf
    """
    from offramp.cli.evidence.monthly import made

    desk = open_desk(making, SHEETS)
    emit(made(desk.place, month or desk.at.date().isoformat()[:7], desk.at), making.format, making.output)


@Parameter(name="*", group="What no inventory knows")
@dataclass(frozen=True, slots=True)
class Known:
    """What the contractor says."""

    contract: str = ""
    """Contract number."""
    order_number: tuple[str, ...] = ()
    """Number of an order under the contract; may be given again."""
    item: str = ""
    """Name of what was provided to the Government, or what it was used for."""
    fascsa_order: str = ""
    """The order that the source is said to be subject to."""
    supplied_by: str = ""
    """Who supplied it, with CAGE code and unique entity identifier where known."""
    defence: Annotated[bool, Parameter(negative=())] = False
    """The contracting office is of the Department of Defense."""
    submitted_on: str = ""
    """The day the first part was handed in; the second is due 10 business days later."""
    mitigation: tuple[str, ...] = ()
    """Something done or recommended to mitigate; may be given again."""
    effort: tuple[str, ...] = ()
    """Something done to prevent submission or use; may be given again."""
    future_effort: tuple[str, ...] = ()
    """Something that will be done to prevent it; may be given again."""


NOTHING = Known()


@app.command(name="far-52-204-30")
def far_52_204_30(
    *,
    vendor: Annotated[str, Parameter(help="The source, or the vendor of the covered article.")],
    found_on: Annotated[str, Parameter(help="When it was identified, or you were notified.")],
    by: Annotated[str, Parameter(help="The person who reports.")],
    part: Annotated[str, Parameter(help="initial or supplement.", show_default=True)] = "initial",
    known: Known = NOTHING,
    making: Making = MADE,
) -> None:
    """Make the report of FAR 52.204-30 (c)(4): first part or supplement, with due dates in business days.

    Every declared source is looked at now. Fields that no inventory knows are left open and said to be.
    Exits 3 when nothing of the vendor is found.

    For example:
      offramp evidence document far-52-204-30 --vendor VENDOR --found-on 2026-03-09 --by "A. Mensah"
      offramp evidence document far-52-204-30 --part supplement --vendor VENDOR --found-on 2026-03-09 \
--submitted-on 2026-03-11 --by "A. Mensah" --format pdf -o supplement.pdf
    """
    from offramp.cli.evidence.looking import entries, look, upstreams
    from offramp.evidence.statements.tally import moves_in_words
    from offramp.report.documents.far_52_204_30 import Case, Frame, Part, articles, far_document

    if part not in set(Part):
        raise OfframpError("part-unknown", f"no part `{part}`", help=f"use one of: {', '.join(Part)}")
    desk = open_desk(making, SHEETS)
    case = Case(
        contract=known.contract,
        orders=known.order_number,
        item=known.item,
        fascsa_order=known.fascsa_order,
        supplied_by=known.supplied_by,
        found_at=parse_day(found_on),
        submitted_at=parse_day(known.submitted_on) if known.submitted_on else None,
        is_defence=known.defence,
        mitigations=known.mitigation,
        efforts=known.effort,
        future_efforts=known.future_effort,
    )
    if case.submitted_at is not None and case.submitted_at < case.found_at:
        raise OfframpError(
            "submitted-early",
            "the first part was handed in before anything was found",
            help="check both days",
        )
    looked = look(desk.place, vendor)
    uses = [one for one in looked.scan.uses if one.vendor == vendor]
    if not uses:
        raise OfframpError(
            "use-missing",
            f"no use of `{vendor}` was found in the sources that were looked at",
            help="there is nothing to report on; `offramp evidence state non-use` says what was looked at",
            exit_code=Exit.NOTHING,
        )
    own = upstreams(desk.place, vendor)
    routes = {str(r.name) for r in desk.place.routes.values() if r.targets[0].upstream in own}
    document = far_document(
        Part(part),
        case,
        vendor,
        articles(uses),
        moves_in_words(entries(desk.place), {*own, *routes}),
        Frame(organisation=desk.place.organisation.name, by=by, at=desk.at, gaps=(*looked.missed, *GAPS)),
    )
    emit(document, making.format, making.output)


GAPS = (
    "the articles are those found in the workspace's sources; what was provided to the Government is for the "
    "contractor to say",
    "suppliers at lower tiers are in it only as far as they answered",
)


@app.command(name="ai-bom")
def ai_bom(
    *,
    spec: Annotated[str, Parameter(help="Version of CycloneDX: 1.6 or 1.7.", show_default=True)] = "1.6",
    making: Making = MADE,
) -> None:
    """Make a bill of materials for AI: every use in every declared source, and what was stated about it.

    Written as CycloneDX, unless --format asks for html, pdf, csv or json for people.

    For example:
      offramp evidence document ai-bom --spec 1.7 -o bom.json
      offramp evidence document ai-bom --format html -o bom.html
    """
    from offramp.cli.evidence.looking import look, statements
    from offramp.report.documents.ai_bom import ai_bom_document

    if spec not in BILLS:
        raise OfframpError("spec-unknown", f"no version `{spec}`", help=f"use one of: {', '.join(BILLS)}")
    desk = open_desk(making, (*SHEETS, *BILLS.values()))
    looked = look(desk.place)
    document = ai_bom_document(
        desk.place.organisation.name, looked.scan, looked.sources, latest(statements(desk.place)), desk.at
    )
    shown = BILLS[spec] if making.format == MADE.format else making.format
    emit(document, shown, making.output)


@app.command
def poam(*, making: Making = MADE) -> None:
    """Make a plan of action and milestones (OSCAL) from the plan: one item for each use to be moved.

    The same as `offramp plan --format oscal-poam`; other formats are for people.

    For example:
      offramp evidence document poam -o poam.json
      offramp evidence document poam --format pdf -o poam.pdf
    """
    from offramp.plan import outlook, stored
    from offramp.report.documents.plan import plan_document
    from offramp.workspace import load_instruments

    desk = open_desk(making, (*SHEETS, "oscal-poam"))
    loaded = load_instruments(desk.place)
    seen = outlook.look(desk.place, loaded, stored.read_stored(desk.place), desk.at)
    shown = "oscal-poam" if making.format == MADE.format else making.format
    emit(plan_document(seen, desk.place.organisation.name, loaded), shown, making.output)


def newest(place: "Workspace", slug: str, fits: "Callable[[Stated], bool]") -> "Stated":
    """The newest statement of a kind that the ledger recorded. Raises `statement-missing`."""
    from offramp.cli.evidence.looking import statements

    found = [one for one in statements(place) if one.slug == slug and fits(one)]
    if not found:
        raise OfframpError(
            "statement-missing",
            f"no statement of {slug} about that was recorded here",
            help=f"state it first: offramp evidence state {slug} …",
            exit_code=Exit.NOTHING,
        )
    return max(found, key=lambda one: (str(one.predicate["at"]), one.digest))


def latest(stated: "Sequence[Stated]") -> "tuple[Stated, ...]":
    """Of the statements about the same thing, the newest."""
    about = ("vendor", "supplier", "holder", "name", "candidate", "source", "upstreams")
    found: dict[tuple[str, ...], Stated] = {}
    for one in sorted(stated, key=lambda one: (str(one.predicate["at"]), one.digest)):
        found[(one.slug, *(str(one.predicate.get(name, "")) for name in about))] = one
    return tuple(found.values())


def since_then(place: "Workspace", stated: "Stated", vendor: str) -> tuple[str, ...]:
    """What the ledger recorded after a statement of non-use that speaks against it by now."""
    from offramp.cli.evidence.looking import entries, sent_to

    whole = entries(place)
    at = next((one.index for one in whole if one.entry.digests.get("payload") == stated.digest), 0)
    found = []
    for one in whole:
        uses = one.entry.data.get("uses", {}) if one.index > at and str(one.entry.type) == "scan" else {}
        if uses.get(vendor):
            found.append(f"entry {one.index}, a scan, found {uses[vendor]} uses of {vendor}")
    later = [one for one in sent_to(place, vendor) if one.index > at]
    if later:
        found.append(f"the gateway sent {vendor} {len(later)} requests, the last in entry {later[-1].index}")
    return tuple(found)


def origin(place: "Workspace") -> str:
    """The name of the ledger."""
    from offramp.evidence import Handover

    return Handover(place.state).public_key().partition("+")[0]


def parse_day(text: str) -> "Instant":
    """A day as the noon of it, so that it is the same day wherever it is counted; or the instant named."""
    return parse_instant(f"{text}T12:00-05:00" if len(text) == 10 else text)
