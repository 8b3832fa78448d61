"""The other question of case files: all that binds a party on a day, with what is expected of it.

A `bound` block has one question a line, `at | user | vendor`, options after another `|` (`known DATE`,
`served`), then `->` and any of `binds a, b`, `free of a` (not in force: not yet, expired, superseded, or
another party's; an instrument's id means all its norms), `stayed a`, `unserved a`, `contested a` (it says
different things under different readings), `due NORM INSTANT`. A vendor of `any` asks about every vendor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.core.spans import Span
from offramp.instruments.binds import Binding, binds
from offramp.instruments.decide import checked
from offramp.instruments.model import Instruments, Question
from offramp.instruments.timeline import State

CLAIMS = ("binds", "free of", "stayed", "unserved", "contested", "due")
STATES = {"binds": State.IN_FORCE, "stayed": State.STAYED, "unserved": State.NOT_SERVED}
SHAPE = "write `DATE | USER | VENDOR -> binds INSTRUMENT.NORM; free of …`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One question about everything that binds, and what is claimed of the answer."""

    where: Span
    text: str
    at: Instant
    known: Instant | None
    notice: str
    user: tuple[str, ...]
    via: tuple[str, ...]
    vendor: str
    claims: tuple[tuple[str, tuple[str, ...]], ...]


def read_bound(line: str, where: Span) -> Bound:
    """The question in one line of a case. Raises `case-unreadable` or `claim-unknown`, with the place."""
    asks, arrow, expects = line.partition("->")
    parts = [part.strip() for part in asks.split("|")]
    if not arrow or len(parts) < 3:
        raise OfframpError("case-unreadable", f"`{line}` is not a question", help=SHAPE, where=where)
    at, user, vendor, *rest = parts
    known, notice = None, "announced"
    for option in filter(None, (piece.strip() for piece in ",".join(rest).split(","))):
        name, _, value = option.partition(" ")
        if name == "known":
            known = _instant(value, where)
        elif option == "served":
            notice = "served"
        else:
            help_line = "write `known DATE` or `served`"
            raise OfframpError("case-unreadable", f"`{option}` is no option", help=help_line, where=where)
    users, _, chain = user.partition(" via ")
    return Bound(
        where=where,
        text=asks.strip(),
        at=_instant(at, where),
        known=known,
        notice=notice,
        user=tuple(part.strip() for part in users.split("+")),
        via=tuple(part.strip() for part in chain.split("+") if part.strip()),
        vendor="" if vendor == "any" else vendor,
        claims=tuple(_claim(claim.strip(), where) for claim in expects.split(";") if claim.strip()),
    )


def differences_of(instruments: Instruments, bound: Bound) -> tuple[str, ...]:
    """How what binds differs from what is claimed; nothing where it agrees.

    Raises for words and norms that are not loaded: a claim about them would be true of anything.
    """
    every = {*map(str, instruments.norms), *map(str, instruments.instruments)}
    for kind, names in bound.claims:
        for name in names[:1] if kind == "due" else names:
            if name not in every:
                raise OfframpError(
                    "norm-unknown",
                    f"no norm `{name}` here",
                    help=did_you_mean(name, every),
                    where=bound.where,
                )
    question = Question(bound.user, bound.via, bound.vendor, "use", {})
    question = checked(instruments, question)
    found = binds(
        instruments,
        user=question.user,
        via=question.via,
        vendor=bound.vendor or None,
        at=bound.at,
        known=bound.known,
        notice=bound.notice,
    )
    there = ", ".join(sorted({f"{one.norm} ({one.standing.state})" for one in found})) or "nothing"
    return tuple(
        f"expected {kind} {', '.join(names)}; found {there}"
        for kind, names in bound.claims
        if not _holds(found, kind, names)
    )


def _instant(text: str, where: Span) -> Instant:
    try:
        return parse_instant(text.strip())
    except OfframpError as error:
        raise OfframpError(error.code, error.message, help=error.help, where=where) from None


def _claim(text: str, where: Span) -> tuple[str, tuple[str, ...]]:
    kind = next((one for one in CLAIMS if text.startswith(f"{one} ")), None)
    if kind is None:
        help_line = f"begin it with one of: {', '.join(CLAIMS)}"
        raise OfframpError("claim-unknown", f"`{text}` claims nothing known", help=help_line, where=where)
    rest = text.removeprefix(kind)
    names = rest.split() if kind == "due" else [name.strip() for name in rest.split(",")]
    if kind == "due" and len(names) != 2:
        raise OfframpError("claim-unknown", f"`{text}`", help="write `due NORM INSTANT`", where=where)
    return kind, tuple(names)


def _holds(found: Sequence[Binding], kind: str, names: tuple[str, ...]) -> bool:
    live = [one for one in found if one.standing.is_live]
    if kind in STATES:
        return set(names) <= {str(one.norm) for one in found if one.standing.state is STATES[kind]}
    if kind == "free of":
        return not set(names) & {str(name) for one in live for name in (one.norm, one.instrument)}
    if kind == "contested":
        return all(any(one.norm == name and one.readings for one in live) for name in names)
    name, instant = names
    deadlines = {format_instant(one.deadline_at) for one in live if one.norm == name and one.deadline_at}
    return deadlines == {instant}
