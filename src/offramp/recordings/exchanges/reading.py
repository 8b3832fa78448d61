"""Recorded exchanges found by what the ledger says of them, and opened."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from offramp.core.digests import JsonObject
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, parse_instant
from offramp.evidence import EntryType, Recorded, read_entries
from offramp.recordings.shelf import Recordings
from offramp.recordings.windows import Window

KEPT: Final = "text-kept"
MISSED: Final = "exchanges-missed"
BLOCK: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which exchanges. What is empty is not looked at."""

    vendor: str = ""
    application: str = ""
    route: str = ""
    purpose: str = ""
    since: Instant | None = None
    until: Instant | None = None
    """Before it."""

    @property
    def scope(self) -> str:
        """In words."""
        said = [f"{name} {value}" for name, value in self.facts().items() if value]
        return ", ".join(said) or "all"

    def facts(self) -> dict[str, str]:
        """As a manifest says it."""
        return {
            "vendor": self.vendor,
            "application": self.application,
            "route": self.route,
            "for": self.purpose,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An exchange as the ledger names it."""

    entry: int
    id: str
    """Of the text."""
    request: str
    """Id of the request."""
    window: Window
    at: Instant
    digest: str
    bytes: int
    facts: Mapping[str, Any]
    """`role, pair, route, vendor, upstream, model, dialect, outcome, is_stream`."""
    scrubbed: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Missing:
    """Exchanges that were to be kept or mirrored, and were not."""

    what: str
    route: str
    reason: str
    count: int


def missed(state: Path) -> tuple[Missing, ...]:
    """What the gateway said it could not keep or send, summed."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for one in _statements(state):
        if one.entry.data.get("predicate") == MISSED:
            for said in one.entry.data["missed"]:
                sums[said["what"], said["route"], said["reason"]] += said["count"]
    return tuple(Missing(*names, count) for names, count in sorted(sums.items()))


def find(state: Path, wanted: Wanted) -> tuple[Found, ...]:
    """The exchanges that were recorded, in the order the ledger has them; destroyed ones too."""
    return tuple(found for one in _statements(state) if (found := _found(one)) and _is_wanted(found, wanted))


def open_all(state: Path, found: Sequence[Found]) -> Iterator[tuple[Found, JsonObject | str]]:
    """Each exchange, window by window; in place of one that cannot be opened, why."""
    by_window: dict[Window, list[Found]] = {}
    for one in found:
        by_window.setdefault(one.window, []).append(one)
    for window, ones in by_window.items():
        texts = Recordings(state).texts(window)
        for one in ones:
            yield one, _opened(one, texts)


def open_one(state: Path, found: Found) -> JsonObject:
    """One exchange. Raises `text-destroyed`, `text-missing` or `text-damaged`."""
    text, digest = Recordings(state).read(found.id, found.window)
    if digest != found.digest:
        raise OfframpError(
            "text-damaged",
            f"the exchange kept is not the one that entry {found.entry} records",
            help="keep both as they are for inquiry: one of them was changed",
            exit_code=Exit.FOUND,
        )
    exchange: JsonObject = json.loads(text)
    return exchange


def _opened(one: Found, texts: Mapping[str, tuple[bytes, str]] | None) -> JsonObject | str:
    if texts is None:
        return "destroyed"
    text, digest = texts.get(one.id, (b"", ""))
    if not text:
        return "missing or damaged"
    if digest != one.digest:
        return "not the text the ledger records"
    exchange: JsonObject = json.loads(text)
    return exchange


def _statements(state: Path) -> Iterator[Recorded]:
    first = 0
    if not (state / "state.db").is_file():
        return
    while page := read_entries(state, first, BLOCK):
        first = page[-1].index + 1
        yield from (one for one in page if one.entry.type is EntryType.STATEMENT)


def _found(one: Recorded) -> Found | None:
    data = one.entry.data
    if data.get("predicate") != KEPT or "exchange" not in data:
        return None
    return Found(
        entry=one.index,
        id=str(data["text"]["id"]),
        request=one.entry.subject,
        window=Window.parse(str(data["text"]["window"])),
        at=parse_instant(str(data["decided_at"])),
        digest=one.entry.digests["text"],
        bytes=int(data["text"]["bytes"]),
        facts=data["exchange"],
        scrubbed=data["scrubbed"],
    )


def _is_wanted(found: Found, wanted: Wanted) -> bool:
    return (
        wanted.vendor in ("", found.facts["vendor"])
        and wanted.application in ("", found.window.application)
        and wanted.route in ("", found.facts["route"])
        and wanted.purpose in ("", found.window.kind)
        and (wanted.since is None or found.at >= wanted.since)
        and (wanted.until is None or found.at < wanted.until)
    )
