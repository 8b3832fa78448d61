"""The public record as a whole: nothing in it is unsourced, unsigned for in words, or never asked about."""

from pathlib import Path

import pytest

from offramp.instruments import Instruments, Source, load

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "instruments"
FACTS = ("f01", "f02", "f03", "f03a", "f05", "f06", "f07", "f08", "f09", "f10", "f11", "f12")
LATER = ("march", "courts", "june", "standing")


@pytest.fixture(scope="module")
def record() -> Instruments:
    paths = sorted((ROOT / "examples" / "us-2026").glob("*.yaml"))
    return load([Source(path.name, path.read_text(encoding="utf-8")) for path in paths])


@pytest.fixture(scope="module")
def asked() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(CASES.glob("record-*.md")))


def test_every_fact_and_every_later_event_has_its_page() -> None:
    names = {path.stem for path in CASES.glob("record-*.md")}
    for key in (*FACTS, *(f"later-{event}" for event in LATER)):
        assert any(name == f"record-{key}" or name.startswith(f"record-{key}-") for name in names), key


def test_every_norm_and_every_open_question_is_asked_about(record: Instruments, asked: str) -> None:
    assert [name for name in record.norms if name not in asked] == []
    assert [name for name in record.questions if name not in asked] == []


def test_every_instrument_says_who_encoded_it_and_from_what(record: Instruments) -> None:
    for one in record.instruments.values():
        assert one.source.document, one.id
        assert one.encoded is not None, one.id
        assert one.signed is None, f"nobody vouches for an example: {one.id}"


def test_a_time_of_day_is_marked_assumed_unless_the_record_gives_it(record: Instruments) -> None:
    given = {"export-directive", "department-demand"}
    for one in record.instruments.values():
        for at in (one.announced_at, one.issued_at):
            has_hour = at is not None and (at.hour, at.minute) not in ((4, 0), (5, 0))
            assert not has_hour or one.assumed or one.id in given, one.id


def test_every_option_says_who_holds_it_and_where_it_is_reported(record: Instruments) -> None:
    for question in record.questions.values():
        for option in question.options:
            assert option.by, (question.id, option.key)
            assert option.source, (question.id, option.key)
