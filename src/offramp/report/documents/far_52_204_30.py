"""The report of FAR 52.204-30 (Dec 2023), paragraph (c)(4), in both its parts (far-52-204-30/v1).

(c)(4)(i): nine fields for each covered article or each product or service of a source, within 3 business days
from the date of identification or notification. (c)(4)(ii): further mitigation, and the efforts to prevent
submission or use, within 10 business days of submitting the first. Where it goes is (c)(3)(ii). What an
inventory cannot know is left open, and said to be open. Whether the clause applies is not decided here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from offramp.core.digests import JsonObject
from offramp.core.findings import Finding
from offramp.core.instants import Instant, format_instant
from offramp.instruments.counting import counted_end
from offramp.report.document import Document, Letter, Paragraph, Table

CLAUSE = "FAR 52.204-30 (Dec 2023), paragraph (c)(4)"
ZONE = "America/New_York"
OPEN = "NOT KNOWN HERE: to be filled in"
NOT_APPLICABLE = "none named"
LISTED = "the moves of traffic listed in this report"
INITIAL_DAYS, SUPPLEMENT_DAYS = "3 business days", "10 business days"
MOST_PLACES = 12


class Part(StrEnum):
    """Which of the two reports."""

    INITIAL = "initial"
    SUPPLEMENT = "supplement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the contractor knows and no inventory can."""

    contract: str
    orders: tuple[str, ...]
    """Order numbers under the contract."""
    item: str
    """What was provided to the Government, or what it was used for."""
    fascsa_order: str
    """The order the source or article is said to be subject to."""
    supplied_by: str
    """The vendor that supplied it, with CAGE code and UEI where known."""
    found_at: Instant
    """When it was identified, or the contractor was notified."""
    submitted_at: Instant | None
    """When the first part was handed in."""
    is_defence: bool
    """Whether the contracting office is of the Department of Defense."""
    mitigations: tuple[str, ...]
    efforts: tuple[str, ...]
    """Undertaken to prevent submission or use."""
    future_efforts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One product or service of the source, as the inventory has it."""

    name: str
    model: str
    route: str
    places: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Who reports for whom, when, and what was not looked at."""

    organisation: str
    by: str
    at: Instant
    gaps: tuple[str, ...]


def articles(uses: Sequence[Finding]) -> tuple[Article, ...]:
    """Uses of one vendor, put together by what is used and by which route."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for one in uses:
        groups.setdefault((one.model, one.route.value), []).append(one)
    found = []
    for (model, route), group in sorted(groups.items()):
        vendor = group[0].vendor
        found.append(
            Article(
                name=f"{vendor} model {model}" if model else f"{vendor} software and services",
                model=model,
                route=route,
                places=tuple(dict.fromkeys(f"{u.path}:{u.line}" if u.line else u.path for u in group)),
                kinds=tuple(dict.fromkeys(u.kind.value for u in group)),
            )
        )
    return tuple(found)


def far_document(
    part: Part,
    case: Case,
    vendor: str,
    found: Sequence[Article],
    recorded: Sequence[str],
    frame: Frame,
) -> Document:
    """One part of the report. `recorded` are mitigations that the ledger has."""
    due = counted_end(INITIAL_DAYS, case.found_at, "us-federal", ZONE)
    from_at = case.submitted_at or due
    later = counted_end(SUPPLEMENT_DAYS, from_at, "us-federal", ZONE)
    fields = [_fields(one, case, vendor, recorded) for one in found]
    open_fields = sorted({name for one in fields for name, value in one.items() if value == OPEN})
    is_initial = part is Part.INITIAL
    return Document(
        schema="offramp/far-52-204-30/v1",
        title=f"Report under FAR 52.204-30, {'first part' if is_initial else 'second part'}",
        at=frame.at,
        body=_body(part, case, vendor, fields, recorded, (due, later)),
        letter=Letter(
            sender=(frame.organisation, frame.by),
            recipient=_recipient(case),
            paragraphs=tuple(_paragraphs(part, case, vendor, len(found), (due, later))),
            signatory=(frame.by, frame.organisation),
        ),
        tables=(*_first(fields), *_moved(recorded)) if is_initial else _second(case, recorded),
        notes=(
            *((f"STILL OPEN: {', '.join(open_fields)}.",) if open_fields and is_initial else ()),
            "Whether the clause is in the contract, and whether an order under it covers this source, is for "
            "counsel; this report does not decide it.",
        ),
        scope=f"uses of {vendor} in the workspace's sources; contract {case.contract or OPEN}",
        method="the fields are those of the clause; the articles are the uses the inventory found, put "
        "together by model and route; due dates are counted in US federal business days, Eastern time",
        gaps=frame.gaps,
        is_legal_matter=True,
    )


def _fields(one: Article, case: Case, vendor: str, recorded: Sequence[str]) -> dict[str, str]:
    more = len(one.places) - MOST_PLACES
    places = ", ".join(one.places[:MOST_PLACES]) + (f" and {more} more" if more > 0 else "")
    return {
        "(A) contract number": case.contract or OPEN,
        "(B) order numbers": ", ".join(case.orders) or NOT_APPLICABLE,
        "(C) product or service provided or used": case.item or OPEN,
        "(D) covered article or source": f"{vendor}"
        + (f", said to be subject to {case.fascsa_order}" if case.fascsa_order else ""),
        "(E) vendor that supplied it, CAGE, UEI": case.supplied_by or OPEN,
        "(F) brand": vendor,
        "(G) model number": one.model or "none: no model is named where it is used",
        "(H) item description": f"{one.name}, reached by the route {one.route}; "
        f"found as {', '.join(one.kinds)} in {places}",
        "(I) mitigation undertaken or recommended": "; ".join(
            (*case.mitigations, *((LISTED,) if recorded else ()))
        )
        or OPEN,
    }


def _paragraphs(
    part: Part, case: Case, vendor: str, count: int, due: tuple[Instant, Instant]
) -> list[Paragraph]:
    first, second = _day(due[0]), _day(due[1])
    handed = f"handed in on {_day(case.submitted_at) if case.submitted_at else first}"
    where = "the DIBNet website, https://dibnet.dod.mil" if case.is_defence else "the contracting officer"
    if part is Part.INITIAL:
        return [
            Paragraph(
                text=f"On {_day(case.found_at)}, {vendor} was identified. {count} "
                f"{'article' if count == 1 else 'articles'} of it {'is' if count == 1 else 'are'} in the "
                "sources that were looked at; this report gives the nine fields of paragraph (c)(4)(i) for "
                f"each. Which were provided to the Government or used in performance of contract "
                f"{case.contract or OPEN} is for the contractor to say: field (C)."
            ),
            Paragraph(
                text=f"It is due by the end of {first}: 3 business days from that date, to {where}.",
                is_strong=True,
            ),
            Paragraph(
                text="The second part follows within 10 business days of handing this one in: by "
                f"{second}, if this one is {handed}."
            ),
        ]
    return [
        Paragraph(
            text=f"This is the second part, under paragraph (c)(4)(ii), of the report about {vendor} and "
            f"contract {case.contract or OPEN}; the first was {handed}."
        ),
        Paragraph(
            text=f"It is due by the end of {second}: 10 business days from the day the first was handed in, "
            f"to {where}.",
            is_strong=True,
        ),
    ]


def _first(fields: Sequence[dict[str, str]]) -> tuple[Table, ...]:
    columns = tuple(fields[0]) if fields else ("(A) contract number",)
    return (
        Table(
            title="The nine fields, for each article",
            columns=("article", "how", *columns),
            rows=tuple(
                (f"Article {number}", one["(H) item description"].partition("; ")[0], *one.values())
                for number, one in enumerate(fields, 1)
            ),
            as_cards=True,
        ),
    )


def _moved(recorded: Sequence[str]) -> tuple[Table, ...]:
    rows = tuple((one,) for one in recorded)
    return (Table(title="Moves of traffic, as recorded", columns=("what",), rows=rows),) if rows else ()


def _second(case: Case, recorded: Sequence[str]) -> tuple[Table, ...]:
    rows = [
        *(("(A)", "mitigation, as recorded", one) for one in recorded),
        *(("(A)", "mitigation, as the contractor says", one) for one in case.mitigations),
        *(("(B)", "effort undertaken to prevent submission or use", one) for one in case.efforts or (OPEN,)),
        *(("(B)", "effort that will be incorporated", one) for one in case.future_efforts or (OPEN,)),
    ]
    if not recorded and not case.mitigations:
        rows.insert(0, ("(A)", "mitigation", OPEN))
    return (Table(title="Paragraph (c)(4)(ii)", columns=("field", "what", "said"), rows=tuple(rows)),)


def _body(
    part: Part,
    case: Case,
    vendor: str,
    fields: Sequence[dict[str, str]],
    recorded: Sequence[str],
    due: tuple[Instant, Instant],
) -> JsonObject:
    return {
        "part": part.value,
        "clause": CLAUSE,
        "vendor": vendor,
        "found_at": format_instant(case.found_at),
        "submitted_at": format_instant(case.submitted_at) if case.submitted_at else None,
        "due_by": _iso(due[0] if part is Part.INITIAL else due[1]),
        "initial_due_by": _iso(due[0]),
        "supplement_due_by": _iso(due[1]),
        "articles": list(fields),
        "mitigation_recorded": list(recorded),
        "mitigation_said": list(case.mitigations),
        "efforts": list(case.efforts),
        "future_efforts": list(case.future_efforts),
    }


def _recipient(case: Case) -> tuple[str, ...]:
    where = ("DIBNet", "https://dibnet.dod.mil") if case.is_defence else ("The contracting officer",)
    contract = (f"Contract {case.contract or OPEN}", *(f"Order {one}" for one in case.orders))
    return (*where, *contract)


def _day(at: Instant) -> str:
    local = at.astimezone(ZoneInfo(ZONE))
    return f"{local:%A}, {local.day} {local:%B %Y}"


def _iso(at: Instant) -> str:
    return at.astimezone(ZoneInfo(ZONE)).date().isoformat()
