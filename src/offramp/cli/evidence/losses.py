"""`offramp evidence losses`: what moving to other APIs cost each application."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import At, Format, Output, State, moment, state_of
from offramp.cli.output import emit
from offramp.core.instants import parse_instant

if TYPE_CHECKING:
    from pathlib import Path

    from offramp.evidence import Entry

MIRRORED = "shadow"
"""The cause of what a candidate was asked beside: nobody got its answer."""
PAGE = 5000
"""Entries read at once: a ledger can be larger than memory."""


def losses(
    *,
    application: Annotated[str, Parameter(help="Only this application's.")] = "",
    since: Annotated[str, Parameter(help="Only requests from this instant on.")] = "",
    until: Annotated[str, Parameter(help="Only requests before this instant.")] = "",
    state: State = None,
    at: At = "",
    format: Format = "text",  # noqa: A002
    output: Output = None,
) -> None:
    """Sum what translations between APIs lost, by application and field: what an exit costs each of them.

    For example:
      offramp evidence losses
      offramp evidence losses --application permit-desk --since 2026-03-01 --format html -o losses.html
    """
    from offramp.report.documents import losses as documents

    asked = ", ".join(
        text
        for text in (
            f"of application {application}" if application else "of every application",
            f"from {since} on" if since else "",
            f"before {until}" if until else "",
        )
        if text
    )
    found = documents.summed(_traffic(state_of(state), since, until), application)
    emit(documents.losses(found, asked=asked, at=moment(at)), format, output)


def _traffic(state: "Path", since: str, until: str) -> "Iterator[Entry]":
    from offramp.evidence import EntryType, read_entries

    first = parse_instant(since) if since else None
    last = parse_instant(until) if until else None
    start = 0
    while page := read_entries(state, start, PAGE):
        start = page[-1].index + 1
        for recorded in page:
            entry = recorded.entry
            if entry.type is not EntryType.TRAFFIC or entry.cause == MIRRORED:
                continue
            if (first is None or entry.at >= first) and (last is None or entry.at < last):
                yield entry
