"""A month under red lines: purposes, refusals, holds, counts with bounds, exceptions, what was not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from offramp.control import monthly
from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.report.document import Document, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the month is read against."""

    month: str
    organisation: str
    clauses: Mapping[str, str]
    """Norm to what it says."""
    waivers: Mapping[str, str]
    """Exceptions that are instruments, to their titles."""
    unregistered: tuple[str, ...]
    """Applications without a registration."""
    uncounted: tuple[str, ...]
    """Registered applications that say nowhere where identifiers of persons sit."""


def red_lines_document(month: monthly.Month, ground: Ground, at: Instant) -> Document:
    """The report; every count carries its bounds."""
    return Document(
        schema="offramp/red-lines/v1",
        title=f"Red lines in {ground.month}: {ground.organisation}",
        at=at,
        body=_body(month, ground),
        tables=tuple(table for table in _tables(month, ground) if table.rows),
        notes=_notes(month),
        scope=f"requests to the gateway of {ground.organisation} that count for {ground.month} (UTC)",
        method=(
            "Read from the ledger's entries. Persons are counted from keyed hashes of the identifiers "
            "requests name: exactly while they are few, by CPC sketches beyond, within three standard "
            "deviations."
        ),
        gaps=_gaps(month, ground),
        is_legal_matter=True,
    )


def _body(month: monthly.Month, ground: Ground) -> JsonObject:
    return {
        "month": ground.month,
        "purposes": [
            {
                "application": use.application,
                "purpose": use.purpose,
                "vendor": use.vendor,
                "requests": count,
                "answered": month.answered[use],
                "refused": month.refused[use],
            }
            for use, count in sorted(month.requests.items())
        ],
        "refusals": [
            {"cause": cause, "code": code, "application": application, "requests": count}
            for (cause, code, application), count in sorted(month.refusals.items())
        ],
        "guards": [
            {"guard": guard, "verdict": verdict, "application": application, "requests": count}
            for (guard, verdict, application), count in sorted(month.warnings.items())
        ],
        "counts": [
            {
                "owner": key.owner,
                "purpose": key.purpose,
                "vendor": key.vendor,
                "fact": key.fact,
                **one.figure.to_json(),
                "at": format_instant(one.at),
                "norms": list(one.norms),
                "additions": one.additions,
            }
            for key, one in sorted(month.counts.items())
        ],
        "holds": [
            {"application": application, "event": event, "count": count}
            for (application, event), count in sorted(month.holds.items())
        ],
        "decisions": [
            {
                "person": name,
                "approved": one.approved,
                "denied": one.denied,
                "median_seconds_shown": one.median_seconds,
            }
            for name, one in sorted(month.decisions.items())
        ],
        "exceptions": [
            {"instrument": id_, "title": title, "requests": month.exceptions[id_]}
            for id_, title in sorted(ground.waivers.items())
        ],
        "keys_destroyed": sorted(month.keys_destroyed),
    }


def _tables(month: monthly.Month, ground: Ground) -> Sequence[Table]:
    return (
        Table(
            title="Purposes",
            columns=("application", "declared purpose", "vendor", "requests", "answered", "refused"),
            rows=tuple(
                (
                    use.application,
                    use.purpose or "(the usual one)",
                    use.vendor or "(none asked)",
                    str(count),
                    str(month.answered[use]),
                    str(month.refused[use]),
                )
                for use, count in sorted(month.requests.items())
            ),
        ),
        Table(
            title="Distinct persons, largest count of the month",
            columns=("owner", "purpose", "vendor", "count", "at least", "estimate", "at most", "norm"),
            rows=tuple(
                (
                    key.owner,
                    key.purpose,
                    key.vendor,
                    key.fact,
                    str(one.figure.low),
                    str(one.figure.estimate),
                    str(one.figure.high),
                    ", ".join(one.norms),
                )
                for key, one in sorted(month.counts.items())
            ),
        ),
        Table(
            title="Refusals",
            columns=("requests", "application", "cause", "code", "what it says"),
            rows=tuple(
                (str(count), application, cause, code, ground.clauses.get(cause.removeprefix("norm:"), ""))
                for (cause, code, application), count in sorted(month.refusals.items())
            ),
            below=1,
        ),
        Table(
            title="What guards said",
            columns=("guard", "verdict", "application", "requests"),
            rows=tuple((*key, str(count)) for key, count in sorted(month.warnings.items())),
        ),
        Table(
            title="Held tool calls",
            columns=("application", "what happened", "times"),
            rows=tuple((*key, str(count)) for key, count in sorted(month.holds.items())),
        ),
        Table(
            title="Decisions of persons",
            columns=("person", "approved", "denied", "median seconds shown"),
            rows=tuple(
                (name, str(one.approved), str(one.denied), _seconds(one))
                for name, one in sorted(month.decisions.items())
            ),
        ),
        Table(
            title="Exceptions in writing",
            columns=("instrument", "title", "requests decided under it"),
            rows=tuple(
                (id_, title, str(month.exceptions[id_])) for id_, title in sorted(ground.waivers.items())
            ),
        ),
    )


def _seconds(one: monthly.Decisions) -> str:
    return "not known" if one.median_seconds is None else f"{one.median_seconds:.1f}"


def _notes(month: monthly.Month) -> tuple[str, ...]:
    notes = [f"{month.requests.total()} requests, {month.refused.total()} of them refused."]
    if month.is_unsure:
        notes.append(f"{month.is_unsure} requests were held because a guard could not judge them.")
    if month.keys_destroyed:
        notes.append(
            f"Keys of {len(month.keys_destroyed)} past windows were destroyed: "
            "what was counted under them leads to nobody any more."
        )
    return tuple(notes)


def _gaps(month: monthly.Month, ground: Ground) -> tuple[str, ...]:
    gaps = [
        "Traffic that did not pass this gateway was not seen.",
        "Purposes and subjects are what applications declared; nothing here shows that they are true.",
        "Persons whom an answer names in its text were not counted, unless a request named them, too.",
        "Identifiers that look different are counted as different persons, and one identifier that several "
        "persons share as one.",
    ]
    unseen = sum(count for (guard, _, _), count in month.warnings.items() if guard == "undeclared-persons")
    if unseen:
        gaps.append(
            f"In {unseen} requests the text held more identifiers than the request named persons; "
            "they were not counted."
        )
    if ground.unregistered:
        gaps.append(f"Not registered: {', '.join(ground.unregistered)}.")
    if ground.uncounted:
        gaps.append(f"Registered without a place for identifiers of persons: {', '.join(ground.uncounted)}.")
    if not month.counts:
        gaps.append("No persons were counted: no clause in force asked for it, or nobody was named.")
    return tuple(gaps)
