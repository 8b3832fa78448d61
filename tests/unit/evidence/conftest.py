"""Entries to record, and writer processes that are always stopped."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, verify
from offramp.evidence.standalone import command, stamps
from offramp.evidence.standalone import ledger as alone
from offramp.evidence.standalone.notes import Wrong

AT = parse_instant("2026-03-05T12:00:00Z")
WRITER = "import sys, pathlib; from offramp.evidence import run_writer; run_writer(pathlib.Path(sys.argv[1]))"

MakeEntry = Callable[..., Entry]
CheckBoth = Callable[..., tuple[tuple[str, ...], tuple[str, ...]]]
StartWriter = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state directory that is not made yet."""
    return tmp_path / ".offramp"


@pytest.fixture
def make_entry() -> MakeEntry:
    """Makes an entry about `subject`."""

    def make(subject: str = "req_1", **data: object) -> Entry:
        return Entry(
            type=EntryType.TRAFFIC,
            at=AT,
            actor="gateway",
            cause="request",
            subject=subject,
            instruments=("order-1",),
            data=data,
            digests={"request": "00" * 32},
        )

    return make


@pytest.fixture
def both() -> CheckBoth:
    """Asks offramp's verifier and the stand-alone one; fails where they disagree. Gives what each said."""

    def check(
        path: Path,
        key: str,
        *,
        earlier: Path | None = None,
        suppliers: tuple[str, ...] = (),
        authorities: tuple[bytes, ...] = (),
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        ours = verify(path, key, earlier=earlier, suppliers=suppliers, authorities=authorities)
        given = alone.Given(
            key,
            earlier.read_bytes() if earlier else None,
            suppliers,
            tuple(stamps.read_authorities(list(authorities))),
        )
        try:
            theirs = command.check(path, given)
        except Wrong as wrong:
            theirs = alone.Verdict([str(wrong)], [], {}, [], "")
        assert ours.ok == (not theirs.problems), (ours.problems, theirs.problems)
        if ours.ok:
            assert str(ours.signed_by) == theirs.signed_by
            assert list(ours.notes) == theirs.notes
            assert ours.coverage is not None
            assert (ours.coverage.covered, ours.coverage.cosigned) == (
                theirs.handed["covered"],
                theirs.handed["cosigned"],
            )
        return ours.problems, tuple(theirs.problems)

    return check


@pytest.fixture
def start_writer(state: Path) -> Iterator[StartWriter]:
    """Starts a writer process for `state`."""
    started: list[subprocess.Popen[bytes]] = []

    def start(prelude: str = "") -> "subprocess.Popen[bytes]":
        process = subprocess.Popen([sys.executable, "-c", f"{prelude}\n{WRITER}", str(state)])
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(20)
