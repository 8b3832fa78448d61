"""Records export: exchanges written out as JSON Lines, in turns and as they went over the wire.

A manifest names every file with its digest, and what could not be opened. The ledger has an entry of it, by
which is known what of a vendor was not exported yet.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from offramp.core.digests import JsonObject, sha256_hex
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.core.spans import Span
from offramp.evidence import Entry, EntryType, Ledger, read_entries
from offramp.recordings.exchanges.reading import Found, Wanted, find, open_all

MANIFEST: Final = "manifest.json"
TURNS: Final = "turns.jsonl"
WIRE: Final = "wire.jsonl"
SCHEMA: Final = "offramp/records-export/v1"
PREDICATE: Final = "records-exported"
_BESIDE: Final = ("request", "answer")


@dataclass(slots=True)
class Exported:
    """What was written."""

    folder: Path
    exchanges: int = 0
    unread: list[tuple[str, str]] = field(default_factory=list)
    """Request ids and why they could not be opened."""
    unturned: int = 0
    """Exchanges of which a half could not be read into turns; the wire form has them."""
    vendors: Counter[str] = field(default_factory=Counter)
    applications: Counter[str] = field(default_factory=Counter)
    scrubbed: Counter[str] = field(default_factory=Counter)
    first_at: str = ""
    last_at: str = ""
    newest: int = -1
    """The newest entry of the ledger that was looked at."""
    files: list[JsonObject] = field(default_factory=list)
    entry: int | None = None


def export(
    state: Path,
    folder: Path,
    wanted: Wanted,
    *,
    by: str,
    at: Instant,
    organisation: str,
    as_turns: Callable[[JsonObject], JsonObject],
) -> Exported:
    """`folder` holds the export, readable by its owner only, and the ledger has an entry of it."""
    if not by.strip():
        raise OfframpError("name-missing", "nobody is named", help="say who exports this with --by NAME")
    found = find(state, wanted)
    if not found:
        raise OfframpError(
            "nothing-recorded",
            f"no exchange was recorded: {wanted.scope}",
            help="list what there is with `offramp record list`",
            exit_code=Exit.NOTHING,
        )
    done = Exported(folder, newest=found[-1].entry)
    _fresh(folder)
    try:
        with _Lines(folder / TURNS) as turns, _Lines(folder / WIRE) as wire:
            for one, exchange in open_all(state, found):
                _write(done, one, exchange, turns, wire, as_turns)
        done.files = [turns.told(), wire.told()]
        manifest = _manifest(done, wanted, by, at, organisation)
        _save(folder / MANIFEST, manifest)
    except OSError as error:
        raise OfframpError(
            "output-unwritable",
            f"cannot write the export: {error.strerror}",
            where=Span(str(folder)),
            help="make room, or name another folder",
        ) from None
    done.files.append({"name": MANIFEST, "sha256": sha256_hex(manifest), "bytes": len(manifest)})
    done.entry = _record(state, done, wanted, by, at)
    return done


def unexported(state: Path, vendors: Collection[str]) -> Mapping[str, int]:
    """How many recorded exchanges of each vendor no export has, those that can still be opened or not.

    An export counts for a vendor where it was of that vendor whole: of no one application, route or time.
    """
    reached = dict.fromkeys(vendors, -1)
    if not vendors or not (state / "state.db").is_file():
        return {}
    for one in read_entries(state, types=(EntryType.STATEMENT,)):
        data = one.entry.data
        if data.get("predicate") == PREDICATE and not any(
            value for name, value in data["wanted"].items() if name != "vendor"
        ):
            for vendor in vendors:
                if data["wanted"]["vendor"] in ("", vendor):
                    reached[vendor] = max(reached[vendor], int(data["newest"]))
    left = Counter(
        str(one.facts["vendor"])
        for one in find(state, Wanted())
        if one.facts["vendor"] in reached and one.entry > reached[one.facts["vendor"]]
    )
    return {vendor: left[vendor] for vendor in sorted(vendors) if left[vendor]}


def _write(
    done: Exported,
    one: Found,
    exchange: JsonObject | str,
    turns: "_Lines",
    wire: "_Lines",
    as_turns: Callable[[JsonObject], JsonObject],
) -> None:
    if isinstance(exchange, str):
        done.unread.append((one.request, exchange))
        return
    said = as_turns(exchange)
    about = {name: value for name, value in exchange.items() if name not in _BESIDE}
    turns.add({**about, "schema": "offramp/exchange-turns/v1", "entry": one.entry, **said})
    wire.add({**exchange, "entry": one.entry})
    done.exchanges += 1
    done.unturned += bool(said["unread"])
    done.vendors[one.facts["vendor"]] += 1
    done.applications[one.window.application] += 1
    done.scrubbed.update(one.scrubbed)
    at = str(exchange["at"])
    done.first_at = min(done.first_at or at, at)
    done.last_at = max(done.last_at, at)


def _manifest(done: Exported, wanted: Wanted, by: str, at: Instant, organisation: str) -> bytes:
    return json.dumps(
        {
            "schema": SCHEMA,
            "organisation": organisation,
            "by": by,
            "made_at": format_instant(at),
            "wanted": wanted.facts(),
            "exchanges": done.exchanges,
            "first_at": done.first_at,
            "last_at": done.last_at,
            "vendors": dict(sorted(done.vendors.items())),
            "applications": dict(sorted(done.applications.items())),
            "scrubbed": dict(sorted(done.scrubbed.items())),
            "not_in_turns": done.unturned,
            "not_opened": [{"request": one, "reason": why} for one, why in done.unread],
            "newest_entry": done.newest,
            "files": done.files,
            "gaps": list(GAPS),
        },
        ensure_ascii=False,
        indent=1,
    ).encode()


GAPS: Final = (
    "only what was recorded is here: the share the settings name, scrubbed, and nothing that was dropped",
    "what the vendor itself keeps (files, batches, threads, tuned models, its own logs) is not here",
)


def _record(state: Path, done: Exported, wanted: Wanted, by: str, at: Instant) -> int:
    entry = Entry(
        type=EntryType.STATEMENT,
        at=at,
        actor=by,
        cause=f"person:{by}",
        subject=wanted.vendor or "all vendors",
        data={
            "predicate": PREDICATE,
            "wanted": wanted.facts(),
            "exchanges": done.exchanges,
            "not_opened": len(done.unread),
            "newest": done.newest,
        },
        digests={str(one["name"]): str(one["sha256"]) for one in done.files},
    )
    with Ledger.open(state) as ledger:
        return ledger.append(entry).index


class _Lines:
    """A file of JSON lines, its digest and its size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = sha256()
        self._bytes = self._lines = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> "_Lines":
        self._file = os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, value: Mapping[str, Any]) -> None:
        line = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
        assert self._file is not None
        self._file.write(line)
        self._digest.update(line)
        self._bytes += len(line)
        self._lines += 1

    def told(self) -> JsonObject:
        return {
            "name": self._path.name,
            "sha256": self._digest.hexdigest(),
            "bytes": self._bytes,
            "lines": self._lines,
        }


def _fresh(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise OfframpError(
            "output-unwritable", f"cannot write to `{folder}`: {error.strerror}", help="name another folder"
        ) from None
    if not is_empty:
        raise OfframpError(
            "output-not-empty", f"`{folder}` is not empty", help="name a new folder: nothing is written over"
        )


def _save(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
