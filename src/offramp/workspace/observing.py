"""`recording` and `shadow`: what an application or a route has kept, and what is asked of a candidate beside.

Both are off until somebody writes them. What is kept for a purpose is a kind of text, so its time is part of
the schedule by which `offramp evidence dispose` destroys.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from offramp.core.digests import sha256_hex
from offramp.core.ids import UpstreamId
from offramp.core.periods import Period
from offramp.core.yaml_values import Fields, Value
from offramp.workspace.allowances import Allowances, read_allowances
from offramp.workspace.words import unknown_name

RECORDING = ("share", "keep", "for", "scrub")
SCRUB = ("pattern", "as", "pointer")
SHADOW = ("to", "model", "share", "concurrency", "timeout_seconds", "limits", "budgets")
TRIAL = "trial"
MOST_PATTERN = 500
FIELD = "field"
"""What stands for the value of a pointer that names no word of its own."""

_WORD = re.compile(r"[a-z][a-z0-9-]{0,30}\Z")
_UNPLAIN = re.compile(r"[^A-Za-z0-9._-]")
_KIND = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Scrub:
    """Something that is not kept. Either `pattern` or `pointer` is set."""

    word: str
    """What stands in its place, with a number: `[word-1]`."""
    pattern: str = ""
    """A regular expression; what it matches goes."""
    pointer: str = ""
    """A JSON pointer into requests and answers; `*` stands for any name or number. Its value goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """What is kept of requests and their answers."""

    share: float
    """Of conversations, 0 to 1. They are kept whole or not at all."""
    keep: Period
    purpose: str = TRIAL
    """What it is kept for: the kind of text the schedule knows it by."""
    scrub: tuple[Scrub, ...] = ()
    """Beside what is always scrubbed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A candidate that is asked what was asked of a route's target. Its answers are kept, never given."""

    upstream: UpstreamId
    model: str
    share: float
    """Of conversations, 0 to 1."""
    concurrency: int = 4
    """How many a worker asks at once. What comes meanwhile waits, and is dropped where too much does."""
    timeout_seconds: int = 120
    allowances: Allowances = field(default_factory=Allowances)
    """How much it may use: its own, since no caller asked for it."""


def shadow_payer(route: str) -> str:
    """Whose limits those of a route's shadow are, as they are counted: never an application's name."""
    plain = _UNPLAIN.sub("-", route)[:40]
    return f"shadow:{plain}" if plain == route else f"shadow:{plain}~{sha256_hex(route.encode())[:8]}"


Recorded = tuple[str, Recording | None]
"""An application or a route, and what is kept of its requests."""


def read_recording(fields: Fields) -> Recording | None:
    """`recording`, or nothing where nobody asked for it."""
    section = fields.get("recording")
    if section is None:
        return None
    held = section.fields(RECORDING, required=("share", "keep"))
    purpose = held.text("for", default=TRIAL)
    if not _KIND.match(purpose):
        held.problem(
            "recording-purpose",
            f"`{purpose}` cannot name what recordings are for",
            "use small letters, digits, dots and hyphens, such as `trial`",
            held.span("for"),
        )
    keep = _period(held)
    share = read_share(held)
    scrub = tuple(
        found
        for item in held.items("scrub", f"an entry of {held.what}")
        if (found := _scrub(item)) is not None
    )
    return Recording(share=share, keep=keep, purpose=purpose, scrub=scrub)


def read_shadow(fields: Fields, upstreams: Collection[UpstreamId]) -> Shadow | None:
    """`shadow`, or nothing. What it mirrors is recorded, so the route has to have a `recording`."""
    section = fields.get("shadow")
    if section is None:
        return None
    held = section.fields(SHADOW, required=("to", "model", "share"))
    upstream = held.text("to")
    if upstream and upstream not in upstreams:
        unknown_name(held, "to", upstream, upstreams, "upstreams")
    if "recording" not in fields:
        held.problem(
            "shadow-unrecorded",
            f"{held.what} would be for nothing: {fields.what} has no `recording` to keep both answers in",
            "add `recording: {share: …, keep: 30 days}` beside it",
        )
    return Shadow(
        upstream=UpstreamId(upstream),
        model=held.text("model"),
        share=read_share(held),
        concurrency=held.number("concurrency", default=4, least=1, most=64),
        timeout_seconds=held.number("timeout_seconds", default=120, least=1, most=3600),
        allowances=read_allowances(held),
    )


def add_to_schedule(
    schedule: Mapping[str, Period],
    root: Fields,
    recordings: Iterable[Recorded],
) -> Mapping[str, Period]:
    """The schedule with what recordings say of it. Two times for one purpose are a problem."""
    found = dict(schedule)
    for name, recording in recordings:
        if recording is None:
            continue
        known = found.setdefault(recording.purpose, recording.keep)
        if known != recording.keep:
            root.problem(
                "recording-keep",
                f"for `{recording.purpose}`, `{name}` keeps {recording.keep} and something else {known}",
                "give it one time, or write another `for` here",
            )
    return found


def _period(held: Fields) -> Period:
    otherwise = Period.parse("1 day")
    value = held.get("keep")
    if value is None:
        return otherwise
    try:
        return Period.parse(value.text())
    except ValueError as error:
        value.problem("retention-period", str(error), "write it like `30 days`, `6 months` or `2 years`")
        return otherwise


def read_share(held: Fields, name: str = "share") -> float:
    """A share of requests, from 0 to 1."""
    value = held.get(name)
    if value is None:
        return 0.0
    try:
        share = Decimal(value.raw)
        is_share = 0 <= share <= 1
    except InvalidOperation:
        is_share = False
    if not is_share:
        value.problem(
            "share-unreadable", f"{value.what} must be from 0 to 1", "write it like `0.1` for a tenth"
        )
        return 0.0
    return float(share)


def _scrub(item: Value) -> Scrub | None:
    held = item.fields(SCRUB)
    pattern, pointer = held.text("pattern"), held.text("pointer")
    word = held.text("as", default=FIELD)
    if bool(pattern) == bool(pointer):
        held.problem(
            "scrub-what",
            f"{held.what} needs one of `pattern` and `pointer`",
            r"write `{pattern: 'CASE-\d+', as: case}` or `{pointer: /metadata/user_id}`",
        )
        return None
    if not _WORD.match(word):
        held.problem(
            "scrub-word", f"`{word}` cannot stand for what is scrubbed", "use small letters and hyphens"
        )
    if pointer and not pointer.startswith("/"):
        held.problem("scrub-pointer", f"`{pointer}` is no JSON pointer", "begin it with a slash")
    if pattern and (why := _wrong_with(pattern)):
        held.problem("scrub-pattern", f"`{pattern[:80]}` is no pattern: {why}", "write a regular expression")
        return None
    return Scrub(word=word, pattern=pattern, pointer=pointer)


def _wrong_with(pattern: str) -> str:
    if len(pattern) > MOST_PATTERN:
        return f"it is longer than {MOST_PATTERN} characters"
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return str(error)
    return "it matches nothing at all, everywhere" if compiled.match("") else ""
