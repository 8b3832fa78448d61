"""A scan as a document (scan/v1): what is used, what is only mentioned, and what was not seen."""

from collections import Counter
from collections.abc import Mapping, Sequence

from offramp.core.digests import JsonObject
from offramp.core.findings import Assisted, Coverage, Finding, FindingKind, NotSeen, Scan
from offramp.core.ids import VendorId
from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.report.documents.finding_sheet import finding_sheet

GAPS = (
    "uses set up outside these sources: hosted software, personal accounts, purchases, suppliers' own use",
    "names put together at run time or read from a remote setting",
)
UNTOUCHED = (
    ("image", "container images"),
    ("environment", "installed packages and cached models"),
    ("log", "network traffic"),
)
"""What a scan could look at and was not asked to, by the first word of its sources."""
NO_TREES = {"image", "environment", "bill", "log", "declarations"}


def scan_document(scan: Scan, at: Instant, *, in_workspace: bool) -> Document:
    """Every finding, uses and mentions apart; mentions and signs of assistants are never counted."""
    uses, mentions = scan.uses, [one for one in scan.findings if not one.is_use]
    waived = sum(one.is_waived for one in uses)
    title = f"{_count(len(uses), 'use')} found, {_count(len(mentions), 'mention')} apart"
    body: JsonObject = {
        "vendors": list(scan.vendors),
        "findings": [finding_json(one) for one in scan.findings],
        "coverage": coverage_json(scan.coverage),
    }
    if scan.assisted is not None:
        body["assisted"] = [assisted_json(one) for one in scan.assisted]
    looked_at = {source.partition(" ")[0] for source in scan.coverage.sources}
    untouched = ", ".join([name for word, name in UNTOUCHED if word not in looked_at] + ["version history"])
    if looked_at <= NO_TREES:
        untouched = f"source code and configuration, {untouched}"
    return Document(
        schema="offramp/scan/v1",
        title=f"{title}, {waived} of the uses waived" if waived else title,
        at=at,
        body=body,
        tables=_tables(uses, mentions, scan.assisted),
        sheet=finding_sheet(scan.findings),
        notes=_notes(scan),
        scope=f"{', '.join(scan.coverage.sources)}; vendors: {', '.join(scan.vendors)}",
        method="names, hosts, packages, imports, calls and settings of the vendors' profiles, "
        "matched in text and read by file type; nothing scanned is run",
        gaps=(*GAPS, untouched),
        next_steps=_next(uses, in_workspace=in_workspace),
    )


def finding_json(one: Finding) -> JsonObject:
    """One finding of scan/v1."""
    return {
        "id": one.id,
        "vendor": one.vendor,
        "kind": one.kind,
        "context": one.context,
        "route": one.route,
        "path": one.path,
        "line": one.line,
        "column": one.column,
        "detector": one.detector,
        "confidence": one.confidence,
        "via": list(one.via),
        "model": one.model,
        "system": one.system,
        "message": one.message,
        "layer": one.layer,
        "serving": one.serving,
        "meets": list(one.meets),
        "waiver": _waiver_json(one),
        "traffic": _traffic_json(one),
    }


def _waiver_json(one: Finding) -> JsonObject | None:
    waiver = one.waiver
    if waiver is None:
        return None
    return {
        "instrument": waiver.instrument,
        "until": waiver.until,
        "reason": waiver.reason,
        "line": waiver.line,
        "status": waiver.status,
    }


def _traffic_json(one: Finding) -> JsonObject | None:
    traffic = one.traffic
    if traffic is None:
        return None
    return {
        "log_format": traffic.log_format,
        "caller": traffic.caller,
        "requests": traffic.requests,
        "tokens": traffic.tokens,
        "days": [{"day": day, "requests": number} for day, number in traffic.days],
    }


def assisted_json(one: Assisted) -> JsonObject:
    """One sign that an assistant helped."""
    return {
        "vendor": one.vendor,
        "sort": one.sort,
        "place": one.place,
        "line": one.line,
        "at": one.at,
        "mark": one.mark,
    }


def coverage_json(coverage: Coverage) -> JsonObject:
    """What was looked at and what was not."""

    def listed(seen: Sequence[NotSeen]) -> list[JsonObject]:
        return [{"path": one.path, "reason": one.reason} for one in seen]

    return {
        "files": coverage.files,
        "bytes": coverage.bytes,
        "sources": list(coverage.sources),
        "skipped": listed(coverage.skipped),
        "unreadable": listed(coverage.unreadable),
        "as_text": dict(coverage.as_text),
        "idle_waivers": listed(coverage.idle_waivers),
    }


def _tables(
    uses: Sequence[Finding], mentions: Sequence[Finding], assisted: Sequence[Assisted] | None
) -> tuple[Table, ...]:
    tables = []
    if uses:
        ordered = sorted(uses, key=lambda one: (one.vendor, one.route, one.path, one.line, one.column))
        has_systems = any(one.system for one in uses)
        columns = ("vendor", "route", "kind", "place", *(("system",) if has_systems else ()), "what")
        tables.append(
            Table(
                title="Uses", columns=columns, rows=tuple(_row(one, has_systems) for one in ordered), below=1
            )
        )
        tables.append(_summary(uses))
        tables.append(_by_route(uses))
    traffic = [one for one in uses if one.traffic is not None]
    if traffic:
        tables.append(_traffic(traffic))
    waivers = [one for one in uses if one.waiver is not None]
    if waivers:
        tables.append(_waivers(waivers))
    if mentions:
        places: dict[tuple[VendorId, str], list[str]] = {}
        for one in mentions:
            places.setdefault((one.vendor, one.path), []).append(str(one.line))
        rows = tuple((vendor, path, _lines(lines)) for (vendor, path), lines in sorted(places.items()))
        tables.append(Table(title="Mentions, not counted", columns=("vendor", "file", "lines"), rows=rows))
    if assisted:
        tables.append(_assisted(assisted))
    return tuple(tables)


def _by_route(uses: Sequence[Finding]) -> Table:
    """One row for each vendor and route: how much there is, where most of it stands, who has it."""
    groups: dict[tuple[VendorId, str], list[Finding]] = {}
    for one in uses:
        groups.setdefault((one.vendor, one.route), []).append(one)
    rows = []
    for (vendor, route), group in sorted(groups.items()):
        files = Counter(one.path for one in group)
        most, number = max(files.items(), key=lambda pair: (pair[1], pair[0]))
        systems = sorted({one.system for one in group if one.system})
        models = sorted({one.model for one in group if one.model})
        rows.append(
            (
                vendor,
                route,
                str(len(group)),
                str(len(files)),
                f"{most} ({number})",
                ", ".join(systems) or "-",
                _some(models),
            )
        )
    columns = ("vendor", "route", "uses", "files", "most in", "systems", "models")
    return Table(
        title="Uses by vendor and route", columns=columns, rows=tuple(rows), below=1, names_below=True
    )


def _traffic(uses: Sequence[Finding]) -> Table:
    """Who calls most: requests of all logs together by vendor, model and caller, and their days."""
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for one in uses:
        if one.traffic is not None:
            days = counts.setdefault((one.vendor, one.model or "-", one.traffic.caller or "-"), Counter())
            days.update(dict(one.traffic.days))
    rows = []
    for (vendor, model, caller), days in sorted(counts.items(), key=lambda pair: (-pair[1].total(), pair[0])):
        known = sorted(day for day in days if day)
        rows.append(
            (
                vendor,
                model,
                caller,
                str(days.total()),
                str(len(known)),
                known[0] if known else "-",
                known[-1] if known else "-",
            )
        )
    columns = ("vendor", "model", "caller", "requests", "days", "first", "last")
    return Table(title="Traffic in logs", columns=columns, rows=tuple(rows))


def _waivers(uses: Sequence[Finding]) -> Table:
    rows = []
    for one in uses:
        if one.waiver is not None:
            waiver = one.waiver
            status = waiver.status.value.replace("-", " ")
            until, reason = waiver.until or "no day", waiver.reason or "no reason given"
            rows.append((status, waiver.instrument, until, _place(one), reason))
    columns = ("waiver", "instrument", "until", "place", "reason")
    return Table(title="Waivers beside uses", columns=columns, rows=tuple(sorted(rows)), below=1)


def _assisted(assisted: Sequence[Assisted]) -> Table:
    rows = tuple(
        (
            one.vendor,
            one.sort,
            f"{one.place}:{one.line}" if one.line else one.place,
            one.at[:10] or "-",
            one.mark,
        )
        for one in assisted
    )
    return Table(
        title="Written with an assistant, not a use and not counted",
        columns=("vendor", "sort", "place", "day", "mark"),
        rows=rows,
    )


def _place(one: Finding) -> str:
    path = one.path.replace("\n", "\\n")
    return f"{path}:{one.line}" if one.line else path


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _row(one: Finding, has_systems: bool) -> tuple[str, ...]:
    marks = [f"[{one.context}]"] if one.context != "code" else []
    if one.serving is not None:
        marks.append(f"[{_served(one)}]")
    if one.waiver is not None:
        marks.append("[waived]" if one.is_waived else f"[waiver {one.waiver.status.replace('-', ' ')}]")
    what = " ".join((one.message, *marks))
    return (
        one.vendor,
        one.route,
        one.kind,
        _place(one),
        *((one.system or "-",) if has_systems else ()),
        what,
    )


def _served(one: Finding) -> str:
    """Who runs a model with open weights, and what running it amounts to."""
    if one.serving == "service":
        return "the vendor's service"
    who = "weights on another host" if one.serving == "weights" else "open weights, host unknown"
    return f"{who}: meets {', '.join(one.meets)}" if one.meets else who


def _summary(uses: Sequence[Finding]) -> Table:
    counts: Mapping[tuple[VendorId, FindingKind], int] = Counter((one.vendor, one.kind) for one in uses)
    vendors = sorted({one.vendor for one in uses})
    kinds = [kind for kind in FindingKind if any(counts.get((vendor, kind)) for vendor in vendors)]
    rows = [
        (kind.value, *(str(counts.get((vendor, kind), 0) or "·") for vendor in vendors)) for kind in kinds
    ]
    totals = Counter(one.vendor for one in uses)
    rows.append(("all", *(str(totals[vendor]) for vendor in vendors)))
    return Table(title="Uses by kind and vendor", columns=("kind", *vendors), rows=tuple(rows))


def _notes(scan: Scan) -> tuple[str, ...]:
    coverage = scan.coverage
    read = f"read {_count(coverage.files, 'file')}, {_size(coverage.bytes)}"
    reasons = Counter(one.reason for one in coverage.skipped)
    left = ", ".join(f"{reason}: {number}" for reason, number in reasons.most_common())
    notes = [f"{read}; left out {len(coverage.skipped)}" + (f" ({left})" if left else "")]
    if coverage.unreadable:
        shown = "; ".join(f"{one.path}: {one.reason}" for one in coverage.unreadable[:10])
        more = len(coverage.unreadable) - 10
        notes.append(f"not read: {shown}" + (f"; and {more} more" if more > 0 else ""))
    if coverage.as_text:
        most = sorted(coverage.as_text, key=lambda one: (-one[1], one[0]))
        shown = ", ".join(f".{end}: {number}" for end, number in most[:8])
        more = len(most) - 8
        notes.append(
            f"read as plain text, with no reader for their language: {shown}"
            + (f", and {more} more endings" if more > 0 else "")
        )
    if coverage.idle_waivers:
        shown = ", ".join(one.path for one in coverage.idle_waivers[:5])
        more = len(coverage.idle_waivers) - 5
        notes.append(
            f"waivers of nothing that was found: {shown}" + (f", and {more} more" if more > 0 else "")
        )
    doubtful = Counter(
        one.waiver.status.value.replace("-", " ")
        for one in scan.findings
        if one.waiver is not None and not one.is_waived
    )
    if doubtful:
        said = ", ".join(f"{status}: {number}" for status, number in sorted(doubtful.items()))
        notes.append(f"waivers that do not count ({said})")
    if not scan.uses:
        notes.append("no use found in these sources, with these gaps, on this date")
    return tuple(notes)


def _next(uses: Sequence[Finding], *, in_workspace: bool) -> tuple[str, ...]:
    if not uses:
        return ()
    if not in_workspace:
        return ("offramp init",)
    vendor = Counter(one.vendor for one in uses).most_common(1)[0][0]
    return (f"offramp leave {vendor} --by DATE --to SUCCESSOR", "offramp status")


def _lines(lines: Sequence[str]) -> str:
    return ", ".join(lines[:12]) + (f" and {len(lines) - 12} more" if len(lines) > 12 else "")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _size(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB" if size >= 100_000 else f"{size / 1000:.1f} kB"
