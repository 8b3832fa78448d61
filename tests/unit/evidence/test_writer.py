"""The writer process: many callers at once, and every way it can end."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.evidence import AsyncLedger, Change, Entry, Handover, Ledger, Receipt, address, read_entries
from offramp.evidence.lock import WriterLock
from offramp.evidence.tree import leaf_hash, root_over

MakeEntry = Callable[..., Entry]
StartWriter = Callable[..., "subprocess.Popen[bytes]"]
CALLER = """
import sys, pathlib
from offramp.core.instants import now
from offramp.evidence import Entry, EntryType, Ledger
with Ledger.open(pathlib.Path(sys.argv[1]), wait_seconds=60) as ledger:
    for number in range(int(sys.argv[3])):
        ledger.append(Entry(type=EntryType.SCAN, at=now(), actor="test", cause="command",
                            subject=f"{sys.argv[2]}-{number}"))
"""
FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, resource.RLIM_INFINITY))
"""


def tree_verifies(state: Path) -> bool:
    found = read_entries(state)
    made = Handover(state).checkpoint()
    return (made.size, made.root) == (len(found), root_over(leaf_hash(recorded.body) for recorded in found))


def wait_for_socket(state: Path) -> None:
    deadline = time.monotonic() + 30
    while (link := address.dial(state)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    link.close()


def test_many_tasks_append_at_once_and_all_are_recorded(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> list[Receipt]:
        ledger = await AsyncLedger.connect(state, wait_seconds=30)
        receipts = await asyncio.gather(*(ledger.append(make_entry(f"req_{n}")) for n in range(500)))
        await ledger.close()
        await ledger.close()
        return receipts

    start_writer()
    receipts = asyncio.run(work())
    found = {recorded.index: recorded for recorded in read_entries(state)}
    assert sorted(receipt.index for receipt in receipts) == list(range(500))
    for number, receipt in enumerate(receipts):
        assert found[receipt.index].leaf_hash == receipt.leaf_hash
        assert found[receipt.index].entry.subject == f"req_{number}"
    assert tree_verifies(state)


def test_a_cancelled_append_stops_waiting_and_is_recorded(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> None:
        ledger = await AsyncLedger.connect(state, wait_seconds=30)
        await ledger.append(make_entry("req_first"))
        task = asyncio.create_task(ledger.append(make_entry("req_cancelled")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ledger.close()

    writer = start_writer()
    asyncio.run(work())
    writer.terminate()
    assert writer.wait(30) == 0
    assert [found.entry.subject for found in read_entries(state)] == ["req_first", "req_cancelled"]


def test_processes_take_turns_without_a_writer_and_share_one_with_it(
    state: Path, start_writer: StartWriter
) -> None:
    def run_callers(names: list[str]) -> None:
        callers = [subprocess.Popen([sys.executable, "-c", CALLER, str(state), name, "10"]) for name in names]
        assert [caller.wait(120) for caller in callers] == [0] * len(callers)

    run_callers(["a", "b"])
    start_writer()
    wait_for_socket(state)
    run_callers(["c", "d"])
    subjects = [recorded.entry.subject for recorded in read_entries(state)]
    assert sorted(subjects) == sorted(f"{name}-{number}" for name in "abcd" for number in range(10))
    assert tree_verifies(state)


def test_errors_come_back_to_the_caller_who_made_them(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    bad = Change("plan_exits", {"vendor": "example-a"})

    async def work() -> list[Receipt | BaseException]:
        ledger = await AsyncLedger.connect(state, wait_seconds=30)
        results = await asyncio.gather(
            ledger.append(make_entry("good")),
            ledger.append(make_entry("bad"), [bad]),
            ledger.append(make_entry("also good")),
            ledger.append(make_entry("large", text="x" * 40_000)),
            return_exceptions=True,
        )
        await ledger.close()
        return list(results)

    start_writer()
    good, refused, also_good, large = asyncio.run(work())
    assert isinstance(good, Receipt)
    assert isinstance(also_good, Receipt)
    assert isinstance(refused, OfframpError)
    assert refused.code == "change-invalid"
    assert isinstance(large, OfframpError)
    assert large.code == "entry-too-large"
    assert [recorded.entry.subject for recorded in read_entries(state)] == ["good", "also good"]


def test_killed_under_load_it_loses_nothing_it_acknowledged(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    acknowledged: list[tuple[str, Receipt]] = []
    lost: list[tuple[str, str]] = []

    async def call(ledger: AsyncLedger, name: str, done: asyncio.Event) -> None:
        number = 0
        while not done.is_set():
            number += 1
            subject = f"{name}-{number}"
            try:
                receipt = await ledger.append(make_entry(subject), [ramp(number)])
            except OfframpError as error:
                lost.append((subject, error.code))
            else:
                acknowledged.append((subject, receipt))

    def ramp(share: int) -> Change:
        row = {"route": "example", "share": share, "at": "", "by": "", "cause": ""}
        return Change("plan_ramps", row)

    async def work() -> None:
        writer = start_writer()
        ledger = await AsyncLedger.connect(state, wait_seconds=60)
        done = asyncio.Event()
        callers = [asyncio.create_task(call(ledger, f"caller{n}", done)) for n in range(16)]
        for _ in range(3):
            before = len(acknowledged)
            while len(acknowledged) < before + 150:
                await asyncio.sleep(0.005)
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            writer = start_writer()
        done.set()
        await asyncio.gather(*callers)
        await ledger.close()

    asyncio.run(work())
    found = {recorded.index: recorded for recorded in read_entries(state)}
    assert len(acknowledged) >= 450
    for subject, receipt in acknowledged:
        assert found[receipt.index].entry.subject == subject
        assert found[receipt.index].leaf_hash == receipt.leaf_hash
    assert len({receipt.index for _, receipt in acknowledged}) == len(acknowledged)
    assert len(found) <= len(acknowledged) + len(lost)
    assert {code for _, code in lost} == {"ledger-writer-lost"}
    assert tree_verifies(state)


def test_stopped_politely_it_acknowledges_what_it_was_given(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> list[Receipt]:
        writer = start_writer()
        ledger = await AsyncLedger.connect(state, wait_seconds=30)
        waiting = [asyncio.create_task(ledger.append(make_entry(f"req_{n}"))) for n in range(200)]
        await asyncio.sleep(0)
        writer.terminate()
        receipts = await asyncio.gather(*waiting)
        await ledger.close()
        assert writer.wait(20) == 0
        return receipts

    assert len(asyncio.run(work())) == len(read_entries(state)) == 200
    assert not (state / "writer.sock").exists()


def test_a_ledger_takes_over_from_a_writer_that_went_away(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    writer = start_writer()
    wait_for_socket(state)
    with Ledger.open(state) as ledger:
        ledger.append(make_entry("by the writer"))
        writer.kill()
        writer.wait()
        ledger.append(make_entry("by this process"))
        start_writer()
    with Ledger.open(state, wait_seconds=30) as ledger:
        ledger.append(make_entry("by either"))
    assert len(read_entries(state)) == 3
    assert tree_verifies(state)


def test_a_writer_lost_before_it_answers_is_an_error(state: Path, make_entry: MakeEntry) -> None:
    lock = WriterLock.take(state)
    assert lock is not None
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(address.choose(state)))
        server.listen()
        with Ledger.open(state, wait_seconds=1) as ledger:
            accepted, _ = server.accept()

            async def hang_up() -> None:
                loop = asyncio.get_running_loop()
                append = loop.run_in_executor(None, ledger.append, make_entry())
                accepted.recv(10)
                accepted.close()
                await append

            with pytest.raises(OfframpError) as caught:
                asyncio.run(hang_up())
    assert caught.value.code == "ledger-writer-lost"
    lock.release()


def test_no_writer_is_an_error_for_those_who_need_one(state: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        asyncio.run(AsyncLedger.connect(state, wait_seconds=0.05))
    assert caught.value.code == "ledger-writer-absent"


def test_nonsense_on_the_socket_harms_nobody_else(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    start_writer()
    wait_for_socket(state)
    for nonsense in (b"\xff" * 8, b"\x00\x00\x00\x01\x00", b"\x00\x00"):
        link = address.dial(state)
        assert link is not None
        with contextlib.closing(link):
            link.sendall(nonsense)
    with Ledger.open(state) as ledger:
        assert ledger.append(make_entry()).index == 0


def test_the_socket_is_private_and_a_stale_one_is_replaced(state: Path, start_writer: StartWriter) -> None:
    writer = start_writer()
    wait_for_socket(state)
    assert (state / "writer.sock").stat().st_mode & 0o777 == 0o600
    writer.kill()
    writer.wait()
    assert (state / "writer.sock").exists()
    start_writer()
    wait_for_socket(state)


def test_a_path_too_long_for_a_socket_gets_a_short_one(
    tmp_path: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    state = tmp_path / ("long" * 20) / ("path" * 20) / ".offramp"
    link = tmp_path / ".offramp"
    state.mkdir(parents=True)
    link.symlink_to(state)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, pathlib; from offramp.evidence import run_writer;"
            "run_writer(pathlib.Path(sys.argv[1]))",
            str(state),
        ]
    )
    try:
        wait_for_socket(state)
        recorded = Path((state / "writer.addr").read_text().strip())
        assert len(os.fsencode(recorded)) <= address.MAX_SOCKET_PATH_BYTES
        assert recorded.parent.stat().st_mode & 0o777 == 0o700
        with Ledger.open(state) as ledger:
            assert ledger.append(make_entry()).index == 0
    finally:
        writer.terminate()
        writer.wait(20)
    assert not recorded.parent.exists()
    assert not (state / "writer.addr").exists()


def test_it_ends_when_its_parent_dies(state: Path) -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "subprocess.Popen([sys.executable, '-c', 'import sys, pathlib;"
            "from offramp.evidence import run_writer; run_writer(pathlib.Path(sys.argv[1]))', sys.argv[1]])\n"
            "time.sleep(600)",
            str(state),
        ]
    )
    try:
        wait_for_socket(state)
    finally:
        parent.kill()
        parent.wait()
    deadline = time.monotonic() + 30
    while (lock := WriterLock.take(state)) is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lock.release()
    assert not (state / "writer.sock").exists()


def test_a_full_disk_refuses_and_what_was_acknowledged_stays(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> tuple[int, OfframpError]:
        ledger = await AsyncLedger.connect(state, wait_seconds=30)
        count = 0
        while True:
            try:
                await ledger.append(make_entry(f"req_{count}", filler="x" * 2000))
            except OfframpError as error:
                await ledger.close()
                return count, error
            count += 1

    writer = start_writer(FULL_DISK)
    count, error = asyncio.run(work())
    assert error.code == "ledger-write-failed"
    assert count > 0
    assert writer.poll() is None
    assert len(read_entries(state)) == count
    assert tree_verifies(state)
    writer.terminate()
    writer.wait(20)
    with Ledger.open(state) as ledger:
        assert ledger.append(make_entry("after")).index == count
    assert tree_verifies(state)
