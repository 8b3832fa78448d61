"""A writer that stands still: whoever waits hears in time, and each receipt is its own once it goes on."""

import asyncio
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.evidence import AsyncLedger, Entry, Ledger, Receipt, read_entries

MakeEntry = Callable[..., Entry]
StartWriter = Callable[..., "subprocess.Popen[bytes]"]
SECONDS = 0.3


def codes(results: "list[Receipt | BaseException]") -> set[str]:
    return {one.code if isinstance(one, OfframpError) else "" for one in results}


async def goes_on(ledger: AsyncLedger) -> None:
    while ledger.is_stuck:
        await asyncio.sleep(0.01)


def test_an_append_is_given_up_and_later_ones_get_their_own_receipts(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> list[tuple[str, Receipt]]:
        writer = start_writer()
        ledger = await AsyncLedger.connect(state, wait_seconds=60, answer_seconds=SECONDS)
        assert (await ledger.append(make_entry("before"))).index == 0
        writer.send_signal(signal.SIGSTOP)
        try:
            gathered = [ledger.append(make_entry(f"silent-{n}")) for n in range(5)]
            assert codes(await asyncio.gather(*gathered, return_exceptions=True)) == {"ledger-writer-silent"}
            assert ledger.is_stuck
            with pytest.raises(OfframpError) as caught:
                await ledger.append(make_entry("stuck"))
            assert caught.value.code == "ledger-writer-stuck"
        finally:
            writer.send_signal(signal.SIGCONT)
        await goes_on(ledger)
        names = [f"after-{n}" for n in range(50)]
        receipts = await asyncio.gather(*(ledger.append(make_entry(name)) for name in names))
        await ledger.close()
        return list(zip(names, receipts, strict=True))

    receipts = asyncio.run(work())
    found = {recorded.index: recorded for recorded in read_entries(state)}
    for name, receipt in receipts:
        assert found[receipt.index].entry.subject == name
        assert found[receipt.index].leaf_hash == receipt.leaf_hash
    subjects = [found[index].entry.subject for index in sorted(found)]
    # What was given up landed all the same, once; what was not handed over did not.
    assert subjects[:6] == ["before", *(f"silent-{n}" for n in range(5))]
    assert "stuck" not in subjects
    assert len(subjects) == 56


def test_with_its_socket_full_nothing_more_is_taken_in(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> list[Receipt | BaseException]:
        writer = start_writer()
        ledger = await AsyncLedger.connect(state, wait_seconds=60, answer_seconds=SECONDS)
        await ledger.append(make_entry("before"))
        writer.send_signal(signal.SIGSTOP)
        try:

            async def later(number: int) -> Receipt:
                for _ in range(number % 3):
                    await asyncio.sleep(0)
                return await ledger.append(make_entry(f"full-{number}", filler="x" * 30_000))

            results = await asyncio.gather(*map(later, range(90)), return_exceptions=True)
        finally:
            writer.send_signal(signal.SIGCONT)
        await goes_on(ledger)
        assert (await ledger.append(make_entry("after"))).index > 0
        await ledger.close()
        return list(results)

    results = asyncio.run(work())
    assert codes(results) == {"ledger-writer-silent", "ledger-writer-stuck"}
    subjects = [recorded.entry.subject for recorded in read_entries(state)]
    assert len(subjects) == len(set(subjects))
    for number, result in enumerate(results):
        assert isinstance(result, OfframpError)
        assert (f"full-{number}" in subjects) == (result.code == "ledger-writer-silent")
    assert subjects[-1] == "after"


def test_it_can_be_closed_while_the_writer_stands_still(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    async def work() -> str:
        writer = start_writer()
        ledger = await AsyncLedger.connect(state, wait_seconds=60, answer_seconds=SECONDS)
        writer.send_signal(signal.SIGSTOP)
        try:
            waiting = asyncio.create_task(ledger.append(make_entry("last")))
            await asyncio.sleep(0)
            await ledger.close()
            with pytest.raises(OfframpError) as caught:
                await waiting
        finally:
            writer.send_signal(signal.SIGCONT)
        return caught.value.code

    assert asyncio.run(work()) == "ledger-writer-silent"


def test_a_command_gives_up_too_and_its_next_append_has_its_own_receipt(
    state: Path, make_entry: MakeEntry, start_writer: StartWriter
) -> None:
    writer = start_writer()

    async def until_ready() -> None:
        await (await AsyncLedger.connect(state, wait_seconds=60)).close()

    asyncio.run(until_ready())
    with Ledger.open(state, answer_seconds=SECONDS) as ledger:
        assert ledger.append(make_entry("before")).index == 0
        writer.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(OfframpError) as caught:
                ledger.append(make_entry("silent"))
        finally:
            writer.send_signal(signal.SIGCONT)
        assert caught.value.code == "ledger-writer-silent"
    with Ledger.open(state) as ledger:
        receipt = ledger.append(make_entry("after"))
    found = {recorded.index: recorded.entry.subject for recorded in read_entries(state)}
    assert found[receipt.index] == "after"
    assert sorted(found.values()) == ["after", "before", "silent"]
