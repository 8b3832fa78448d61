"""Inline waivers: attached to the use beside them, judged by day and instrument, never a way to hide."""

from collections.abc import Callable, Mapping

import pytest

from offramp.core.findings import Scan, WaiverStatus
from offramp.core.instants import parse_instant
from offramp.inventory import judged

ScanTree = Callable[[Mapping[str, str]], Scan]
AT = parse_instant("2026-03-05")


@pytest.mark.parametrize(
    "text",
    [
        'M = "aria-3"  # offramp: waive order-1 until 2026-06-30 migration booked\n',
        '# offramp: waive order-1 until 2026-06-30 migration booked\nM = "aria-3"\n',
        '# offramp: waive order-1 until 2026-06-30: migration booked\r\nM = "aria-3"\r\n',
    ],
)
def test_a_waiver_is_attached_and_the_use_stays(scan_tree: ScanTree, text: str) -> None:
    (one,) = judged(scan_tree({"a.py": text}).findings, AT, {"order-1"})
    assert one.waiver is not None
    assert (one.waiver.instrument, one.waiver.until) == ("order-1", "2026-06-30")
    assert one.waiver.reason == "migration booked"
    assert one.waiver.status is WaiverStatus.LIVE
    assert one.is_use
    assert one.is_waived


def test_block_comments_and_other_languages(scan_tree: ScanTree) -> None:
    files = {
        "a.ts": 'const m = "aria-3" /* offramp: waive order-1 until 2026-06-30 soon */\n',
        "b.yaml": "# offramp: waive order-1 until 2026-06-30 soon\nmodel: aria-3\n",
    }
    for one in judged(scan_tree(files).findings, AT, {"order-1"}):
        assert one.waiver is not None
        assert one.waiver.reason == "soon"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("waive order-1 until 2026-03-04 late", WaiverStatus.EXPIRED),
        ("waive order-1 until 2026-03-05 today", WaiverStatus.LIVE),
        ("waive order-1 until someday", WaiverStatus.EXPIRED),
        ("waive order-1", WaiverStatus.EXPIRED),
        ("waive order-2 until 2026-06-30 what", WaiverStatus.UNKNOWN_INSTRUMENT),
    ],
)
def test_a_waiver_is_judged(scan_tree: ScanTree, line: str, status: WaiverStatus) -> None:
    found = scan_tree({"a.py": f'M = "aria-3"  # offramp: {line}\n'}).findings
    (one,) = judged(found, AT, {"order-1"})
    assert one.waiver is not None
    assert one.waiver.status is status
    (unknown,) = judged(found, AT, None)
    assert not unknown.is_waived


def test_a_waiver_reaches_one_line_only(scan_tree: ScanTree) -> None:
    text = 'A = "aria-1"  # offramp: waive order-1 until 2026-06-30 x\nB = "aria-2"\n\nC = "aria-3"\n'
    found = scan_tree({"a.py": text}).findings
    assert [one.waiver is not None for one in found] == [True, False, False]
