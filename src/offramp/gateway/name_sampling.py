"""Names in a share of the requests, read beside their way: what was seen goes into the ledger, no name does.

INVARIANT: no request waits for it, and it counts nobody.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from offramp.control import persons
from offramp.core.errors import OfframpError
from offramp.core.instants import Clock, format_instant, now
from offramp.evidence import AsyncLedger, Entry, EntryType
from offramp.upstream import cached, catalogue, require_extra
from offramp.workspace import Workspace

PREDICATE = "names-seen"
MOST_WAITING = 8
"""Samples that wait for the one thread that reads; what is more is left out, and said."""

log = logging.getLogger("offramp.gateway")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The texts of one request."""

    application: str
    request_id: str
    texts: Sequence[str]
    named: int
    share: float


class NameSampling:
    """One worker's. Its reader is loaded with the first sample."""

    def __init__(self, ledger: AsyncLedger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="names")
        self._reader: persons.NameReader | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._left_out = 0

    def wants(self, share: float) -> bool:
        """Whether this request is one of the share that is read."""
        if random.random() >= share:  # noqa: S311 - a sample, no secret
            return False
        if len(self._under_way) >= MOST_WAITING:
            self._left_out += 1
            return False
        return True

    def offer(self, sample: Sample) -> None:
        """It is read when its turn comes."""
        task = asyncio.get_running_loop().create_task(self._tell(sample))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def close(self) -> None:
        """What is being read is waited for; what waits is dropped."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _tell(self, sample: Sample) -> None:
        try:
            seen = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, sample.texts)
            left_out, self._left_out = self._left_out, 0
            entry = Entry(
                type=EntryType.STATEMENT,
                at=now(),
                actor=sample.application,
                cause="guard:undeclared-persons",
                subject=sample.request_id,
                data={
                    "predicate": PREDICATE,
                    "decided_at": format_instant(self._clock()),
                    "names_seen": seen,
                    "persons_named": sample.named,
                    "share": str(sample.share),
                    "left_out": left_out,
                },
            )
            await self._ledger.append(entry)
        except (OfframpError, OSError, RuntimeError, ValueError, ImportError) as error:
            log.warning("names were not read: %s", error)

    def _read(self, texts: Sequence[str]) -> int:
        if self._reader is None:
            self._reader = persons.NameReader(weights())
        return len(self._reader.names_in("\n".join(texts)))


def check_reading(workspace: Workspace) -> None:
    """Raise what is missing where an application's texts are to be read for names."""
    if any(one.registration and one.registration.reads_names for one in workspace.applications.values()):
        require_extra("names")
        weights()


def weights() -> Path:
    """The reader's file. Raises `weights-missing`."""
    pinned = catalogue("readers")["names-reader"]
    found = cached(pinned)
    if found is None:
        raise OfframpError(
            "weights-missing",
            "an application's texts are to be read for names (`reads_names`), and the reader is not here",
            help=f"run `offramp models pull {pinned.slug}`",
        )
    return found
