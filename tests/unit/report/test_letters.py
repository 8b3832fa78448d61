"""Letters and reports: their words follow from what was looked at, and their gaps are never left out."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest
from tests.unit.report.stated import AT, SOURCES, head, stated

from offramp.core.findings import Scan
from offramp.core.instants import format_instant, parse_instant
from offramp.evidence import Entry, EntryType, Recorded, body
from offramp.evidence.statements.checking import Stated
from offramp.evidence.statements.predicates import non_use, restoration
from offramp.instruments.counting import counted_end
from offramp.report import Document, render, rendered
from offramp.report.documents.certification import Address, certification_document
from offramp.report.documents.far_52_204_30 import (
    OPEN,
    Case,
    Frame,
    Part,
    articles,
    far_document,
)
from offramp.report.documents.restoration_report import restoration_document

TO = Address(to=("Contracting Officer",), reference="C-1", office="Counsel")


def flat(text: str) -> str:
    return " ".join(text.replace("\u200b", "").split())


def paper(document: Document) -> str:
    made = rendered(document, "pdf")
    assert isinstance(made, bytes)
    return flat("\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(made)).pages))


@pytest.fixture
def letter(statements: tuple[Stated, ...]) -> Document:
    return certification_document(statements[2], TO, "offramp/ledger-1")


@pytest.mark.parametrize("slug", ["text", "html", "pdf"])
def test_the_letter_says_what_was_not_looked_at(letter: Document, slug: str) -> None:
    said = paper(letter) if slug == "pdf" else flat(render(letter, slug))
    for words in (
        "In these sources, with the gaps named below, no use of example-b was found.",
        "1 declared source was NOT looked at. This letter says nothing about them:",
        "reseller (Meridian Resale has not answered)",
        "names that are put together at run time",
        "Nothing here is legal advice.",
        "Contracting Officer",
        "It certifies nothing beyond that",
    ):
        assert words in said, words
    assert "no use of example-b" not in said.replace("no use of example-b was found", "")


def test_every_gap_is_in_bold(letter: Document) -> None:
    assert letter.letter is not None
    bold = " ".join(one.text for one in letter.letter.paragraphs if one.is_strong)
    for gap in letter.gaps:
        assert gap.removeprefix("not looked at: ") in bold
    page = render(letter, "html")
    assert "<strong>reseller (Meridian Resale has not answered)</strong>" in page


def test_without_a_gap_in_the_sources_the_letter_claims_no_more(scan: Scan) -> None:
    made = certification_document(
        stated(non_use("example-b", scan, SOURCES[:1], (), head(), since="2026-11-20")), TO, "l"
    )
    assert "NOT looked at" not in render(made, "text")
    assert "no use of example-b was found" in flat(render(made, "text"))


def test_what_was_recorded_since_goes_into_the_letter(statements: tuple[Stated, ...]) -> None:
    made = certification_document(statements[2], TO, "l", ("entry 9, a scan, found 2 uses of example-b",))
    assert "no longer says how things are: • entry 9, a scan, found 2 uses" in paper(made)


@pytest.mark.parametrize("odd", ["漢字", "👩‍💻", "عربي", "\U0010ffff", "\x00\x1b[2J"])
def test_what_no_font_has_is_written_out(letter: Document, odd: str) -> None:
    said = paper(replace(letter, title=f"a {odd} title", scope=odd))
    assert "Nothing here is legal advice." in said
    assert "title" in said


def test_a_pdf_is_tagged_names_its_pages_and_is_the_same_every_time(letter: Document, tmp_path: Path) -> None:
    first, second = rendered(letter, "pdf"), rendered(letter, "pdf")
    assert isinstance(first, bytes)
    assert first == second
    read = pypdf.PdfReader(BytesIO(first))
    catalogue: Any = read.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert read.metadata is not None
    assert read.metadata.title == letter.title


def test_nothing_in_a_document_is_set_as_markup(letter: Document) -> None:
    evil = "#panic() *b* _i_ $x$ `c` @ref <label> \\ [x] // comment \u202e"
    said = paper(replace(letter, title="a title", gaps=(evil,), letter=None, scope=evil))
    assert "#panic() *b* _i_ $x$ `c` @ref <label>" in said
    assert "\u202e" not in said


@pytest.mark.parametrize(
    ("found", "first", "submitted", "second"),
    [
        ("2026-03-09", "2026-03-12", "2026-03-11", "2026-03-25"),
        # Over Thanksgiving, 26 November 2026.
        ("2026-11-20", "2026-11-25", "2026-11-25", "2026-12-10"),
        # From a Friday evening in the capital that is a Saturday in UTC.
        ("2026-03-06T23:30-05:00", "2026-03-11", "2026-03-10", "2026-03-24"),
        # Independence Day is observed on Friday, 3 July 2026.
        ("2026-06-30", "2026-07-06", "2026-07-01", "2026-07-16"),
    ],
)
def test_due_dates_are_counted_in_federal_business_days(
    scan: Scan, found: str, first: str, submitted: str, second: str
) -> None:
    def noon(day: str) -> Any:
        return parse_instant(f"{day}T12:00-05:00" if len(day) == 10 else day)

    made = report(scan, Part.SUPPLEMENT, found_at=noon(found), submitted_at=noon(submitted))
    assert (made.body["initial_due_by"], made.body["supplement_due_by"]) == (first, second)
    end = counted_end("3 business days", noon(found), "us-federal", "America/New_York")
    assert format_instant(end).endswith(("03:59:59Z", "04:59:59Z"))


def report(scan: Scan, part: Part, **more: Any) -> Document:
    case: dict[str, Any] = {
        "contract": "C-1",
        "orders": (),
        "item": "",
        "fascsa_order": "",
        "supplied_by": "",
        "found_at": AT,
        "submitted_at": None,
        "is_defence": False,
        "mitigations": (),
        "efforts": (),
        "future_efforts": (),
    }
    uses = [one for one in scan.uses if one.vendor == "example-a"]
    frame = Frame(organisation="Harbor Works", by="A. Person", at=AT, gaps=("laptops",))
    return far_document(part, Case(**case | more), "example-a", articles(uses), (), frame)


def test_the_first_part_has_the_nine_fields_of_each_article(scan: Scan) -> None:
    made = report(scan, Part.INITIAL, is_defence=True, mitigations=("switched off",))
    assert [next(iter(one)) for one in made.body["articles"]] == ["(A) contract number"] * 2
    for article in made.body["articles"]:
        assert [name[:3] for name in article] == [f"({letter})" for letter in "ABCDEFGHI"]
        assert article["(I) mitigation undertaken or recommended"] == "switched off"
    models = {one["(G) model number"] for one in made.body["articles"]}
    assert models == {"aria-3", "none: no model is named where it is used"}
    said = paper(made)
    assert "https://dibnet.dod.mil" in said
    assert "It is due by the end of Wednesday, 25 November 2026" in said
    assert "STILL OPEN: (C) product or service provided or used" in said


def test_what_is_not_known_is_left_open_and_the_second_part_has_its_own_fields(scan: Scan) -> None:
    made = report(scan, Part.SUPPLEMENT, efforts=("the gateway refuses it",))
    assert "the gateway refuses it" in render(made, "csv")
    assert OPEN in render(made, "csv")
    assert "(c)(4)(ii)" in render(made, "text")


def test_the_restoration_names_what_is_still_held() -> None:
    def entry(number: int, kind: EntryType, cause: str) -> Recorded:
        one = Entry(
            type=kind,
            at=AT,
            actor="A. Person",
            cause=cause,
            subject="incumbent",
            instruments=(cause.partition(":")[2].partition(".")[0],),
            data={"reason": "stayed"},
        )
        return Recorded(number, "", body.encode(one), one)

    entries = [
        entry(0, EntryType.CUT, "norm:order-1.cease"),
        entry(1, EntryType.CUT, "norm:order-2.cease"),
        entry(2, EntryType.RESTORE, "norm:order-1.cease"),
    ]
    held = ["incumbent: norm:order-2.cease"]
    made = restoration_document(
        stated(restoration(["incumbent"], held, entries, head())),
        ("Clerk",),
        "l",
        {"order-2.cease": "“cease”"},
        {"incumbent": "example-a"},
    )
    said = paper(made)
    assert "Not everything is back: 1 cause still holds part of it down." in said
    assert "“cease”" in said
    assert "example-a (`incumbent`)" in said
    free = restoration_document(
        stated(restoration(["incumbent"], [], entries, head())), ("Clerk",), "l", {}, {}
    )
    assert "No cause holds any of it down now." in paper(free)
