"""The whole exit in one report (`exit/v1`): found, moved, restored, decided, and what remains."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.evidence import handover
from offramp.evidence.statements.checking import Stated
from offramp.instruments import Instruments
from offramp.plan import account as accounts
from offramp.plan import outlook as seen
from offramp.report.attribution import attributions
from offramp.report.bill_change import Bill, BillChange, Part, compare_bills, differences, read_bill
from offramp.report.document import Chart, Document, Mark, Series, Table
from offramp.report.documents.handed import held_line
from offramp.report.documents.traffic import held_body, held_table

MOST_ITEMS = 200
MOVES = ("leave", "ramp", "cut", "restore")
METHOD = (
    "deeds and requests are entries of the ledger, by the day they count for; uses and their states are the "
    "plan's, from the scans recorded; a request belongs to the vendor of the upstream that answered it"
)
GAPS = (
    "requests that did not pass the gateway are not counted",
    "uses that no scan looked at and nobody declared are not in it",
    "that a use is no longer found does not show that it has ended",
    "a reason is what the person gave",
)


def exit_document(
    account: accounts.Account,
    outlook: seen.Outlook,
    *,
    bill_files: Sequence[tuple[str, bytes]],
    stated: Sequence[Stated] = (),
    coverage: handover.Coverage,
    organisation: str,
    instruments: Instruments,
) -> Document:
    """One exit from its first scan to what is left.

    `bill_files`: none, or that of before and of after. `stated`: the statements recorded, one of which may
    vouch for a bill.
    """
    bills = compare_bills(*(read_bill(*one) for one in bill_files)) if bill_files else None
    vouched = {} if bills is None else _vouched(bills, stated)
    own = next((one for one in outlook.exits if one.exit.vendor == account.vendor), None)
    items = [one for one in outlook.items if one.use.vendor == account.vendor]
    moves = account.about(*MOVES)
    return Document(
        schema="offramp/exit/v1",
        title=_title(account, own, organisation),
        at=outlook.at,
        body={
            "vendor": account.vendor,
            "exit": None if own is None else _exit_body(own),
            "found": _found_body(items),
            "moves": [_deed_body(one) for one in moves],
            "scans": [_deed_body(one) for one in account.about("scan")],
            "traffic": [_day_body(one) for one in account.days],
            "refused": [_refusal_body(one) for one in account.refusals],
            "people": {name: dict(sorted(did.items())) for name, did in account.people},
            "remains": {
                "items": [_item_body(one) for one in items if one.state in seen.LEFT],
                "held_by": [held_body(one) for one in outlook.held],
                "undecided": list(outlook.undecided),
            },
            "bills": None if bills is None else _bills_body(bills, vouched),
            "ledger": {
                "entries": coverage.entries,
                "covered": coverage.covered,
                "cosigned": coverage.cosigned,
            },
        },
        charts=_charts(account, moves),
        tables=tuple(_tables(account, outlook, items, moves, bills)),
        notes=tuple(_notes(account, items, coverage)),
        scope=f"the exit of {organisation} from {account.vendor}, by {account.entries} entries of its ledger",
        method=METHOD + ("; bills of materials compared by kind and name" if bills else ""),
        gaps=(*GAPS, *_bill_gaps(bills, vouched)),
        next_steps=() if own is None else (f"offramp plan --vendor {account.vendor}",),
        is_legal_matter=True,
        attributions=attributions(instruments),
    )


def check_bill(name: str, content: bytes) -> None:
    """Raise `bill-unreadable` for what is no bill of materials."""
    read_bill(name, content)


def _vouched(bills: BillChange, stated: Sequence[Stated]) -> Mapping[str, str]:
    """Who stated each bill and when, by its digest; nothing of a bill that nobody stated."""
    by_digest = {
        digest: f"{one.predicate['by']}, {one.predicate['at'][:10]}"
        for one in sorted(stated, key=lambda one: str(one.predicate["at"]), reverse=True)
        if one.slug == "inventory"
        for _, digest in one.subjects
    }
    both = (bills.before.sha256, bills.after.sha256)
    return {digest: by_digest[digest] for digest in both if digest in by_digest}


def _bill_gaps(bills: BillChange | None, vouched: Mapping[str, str]) -> tuple[str, ...]:
    if bills is None:
        return ("no bills of materials from before and after were given",)
    return tuple(
        f"nobody stated the bill `{one.name}`: it is compared as it was given"
        for one in (bills.before, bills.after)
        if one.sha256 not in vouched
    )


def _title(account: accounts.Account, own: seen.ExitOutlook | None, organisation: str) -> str:
    if own is None:
        return f"{organisation}: no exit from {account.vendor} was begun"
    left = "nothing is left" if not own.left else f"{own.left} of {own.total} uses are left"
    return f"{organisation} leaves {account.vendor}: {left}"


def _notes(account: accounts.Account, items: Sequence[seen.Item], coverage: handover.Coverage) -> list[str]:
    notes = []
    asked = [one for one in account.days if one.vendor or one.others]
    if asked:
        last = asked[-1]
        share = f"{last.vendor} of {last.vendor + last.others} requests answered that day"
        notes.append(f"On {last.day.isoformat()}, the last day with requests, {account.vendor} had {share}.")
    states = Counter(str(one.state) for one in items)
    if states:
        notes.append(
            "Uses: " + ", ".join(f"{count} {state}" for state, count in sorted(states.items())) + "."
        )
    restored = account.about("restore")
    if restored:
        notes.append(f"{len(restored)} causes were lifted again; what else held stayed held.")
    if account.unknown:
        notes.append(f"{account.unknown} requests were answered by upstreams that are no longer configured.")
    said = held_line(coverage)
    notes.append(f"{said[0].upper()}{said[1:]}.")
    return notes


def _charts(account: accounts.Account, moves: Sequence[accounts.Deed]) -> tuple[Chart, ...]:
    if not account.days:
        return ()
    first, last = account.days[0], account.days[-1]
    days = tuple(one.day for one in account.days)
    numbered: dict[date, list[int]] = {}
    for number, deed in enumerate(moves, 1):
        if first.day <= deed.at.date() <= last.day:
            numbered.setdefault(deed.at.date(), []).append(number)
    series = [
        Series(name=f"answered by {account.vendor}", values=tuple(one.vendor for one in account.days)),
        Series(name="answered by others", values=tuple(one.others for one in account.days)),
        Series(name="refused", values=tuple(one.refused for one in account.days)),
        Series(name="failed", values=tuple(one.failed for one in account.days)),
    ]
    return (
        Chart(
            title=f"Requests answered by {account.vendor} and by others, by day",
            summary=(
                f"{first.day.isoformat()} to {last.day.isoformat()}. First day: {_words(first, account)}. "
                f"Last day: {_words(last, account)}. The table of requests by day has every number."
            ),
            days=days,
            series=tuple(one for one in series if any(one.values)),
            marks=tuple(Mark(day=day, label=_range(numbers)) for day, numbers in sorted(numbered.items())),
        ),
    )


def _words(day: accounts.Day, account: accounts.Account) -> str:
    return f"{day.vendor} by {account.vendor}, {day.others} by others, {day.refused} refused"


def _range(numbers: Sequence[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"


def _tables(
    account: accounts.Account,
    outlook: seen.Outlook,
    items: Sequence[seen.Item],
    moves: Sequence[accounts.Deed],
    bills: BillChange | None,
) -> list[Table]:
    tables = [_found_table(items), _moves_table(moves)]
    if account.days:
        rows = tuple(
            (one.day.isoformat(), str(one.vendor), str(one.others), str(one.refused), str(one.failed))
            for one in account.days
        )
        columns = ("day", account.vendor, "others", "refused", "failed")
        tables.append(Table(title="Requests by day", columns=columns, rows=rows))
    if account.refusals:
        tables.append(_refusals_table(account.refusals))
    tables.append(_people_table(account))
    if bills is not None:
        tables.append(_bills_table(bills))
    tables.append(_remains_table(items))
    if outlook.held:
        tables.append(held_table("What still holds", outlook.held))
    return tables


def _found_table(items: Sequence[seen.Item]) -> Table:
    by_system: dict[tuple[str, str], Counter[str]] = {}
    for one in items:
        by_system.setdefault((one.use.system or "no system", one.use.owner), Counter())[str(one.state)] += 1
    rows = []
    for (system, owner), states in sorted(by_system.items()):
        left = sum(states[str(one)] for one in seen.LEFT)
        gone, rerouted = states["moved"], states["rerouted"]
        rows.append((system, owner, str(states.total()), str(gone), str(rerouted), str(left)))
    columns = ("system", "owner", "found", "no longer found", "rerouted", "left")
    return Table(title="What was found", columns=columns, rows=tuple(rows))


def _moves_table(moves: Sequence[accounts.Deed]) -> Table:
    rows = tuple(
        (
            str(number),
            _moment(one.at),
            one.said,
            one.by,
            one.cause,
            one.reason or "none given",
            str(one.index),
        )
        for number, one in enumerate(moves, 1)
    )
    columns = ("no.", "counts from (UTC)", "what", "who decided", "cause", "reason", "entry")
    return Table(title="What moved and what was restored, when and why", columns=columns, rows=rows)


def _refusals_table(refusals: Sequence[accounts.Refusals]) -> Table:
    rows = tuple(
        (
            one.application,
            one.cause,
            str(one.count),
            _moment(one.first),
            _moment(one.last),
        )
        for one in refusals
    )
    return Table(
        title="Requests refused",
        columns=("application", "cause", "how many", "first (UTC)", "last (UTC)"),
        rows=rows,
    )


def _people_table(account: accounts.Account) -> Table:
    rows = tuple(
        (name, ", ".join(f"{count} {what}" for what, count in sorted(did.items())))
        for name, did in account.people
    )
    return Table(title="Who decided", columns=("name", "what"), rows=rows)


def _remains_table(items: Sequence[seen.Item]) -> Table:
    left = [one for one in items if one.state in seen.LEFT]
    rows = tuple(
        (
            f"{one.use.path}:{one.use.line}" if one.use.line else one.use.path,
            one.use.kind,
            one.use.system or "no system",
            one.use.owner,
            format_instant(one.deadline.at)[:10] if one.deadline else "none",
            str(one.state),
        )
        for one in left[:MOST_ITEMS]
    )
    title = "What remains"
    if len(left) > MOST_ITEMS:
        title += f" (the first {MOST_ITEMS} of {len(left)}; `offramp plan` has all)"
    columns = ("where", "kind", "system", "owner", "deadline", "state")
    return Table(title=title, columns=columns, rows=rows)


def _bills_table(bills: BillChange) -> Table:
    rows = [
        *(("gone", one.kind, one.name, _details(one)) for one in bills.removed),
        *(("new", one.kind, one.name, _details(one)) for one in bills.added),
        *(("changed", one.kind, one.name, "; ".join(differences(one, two))) for one, two in bills.changed),
    ]
    title = (
        f"Bill of materials: {len(bills.removed)} gone, {len(bills.added)} new, "
        f"{len(bills.changed)} changed, {bills.same} the same"
    )
    return Table(title=title, columns=("became", "kind", "name", "details"), rows=tuple(rows))


def _details(part: Part) -> str:
    return "; ".join(f"{name} {value}" for name, value in sorted(part.details.items()))


def _exit_body(own: seen.ExitOutlook) -> JsonObject:
    return {
        "successor": own.exit.successor,
        "by_at": format_instant(own.exit.by_at),
        "started_at": format_instant(own.exit.started_at),
        "started_by": own.exit.started_by,
        "total": own.total,
        "left": own.left,
        "days_left": own.days_left,
    }


def _found_body(items: Sequence[seen.Item]) -> JsonObject:
    def counted(names: Sequence[str]) -> Mapping[str, int]:
        return dict(sorted(Counter(names).items()))

    return {
        "total": len(items),
        "by_kind": counted([one.use.kind for one in items]),
        "by_system": counted([one.use.system for one in items]),
        "by_state": counted([str(one.state) for one in items]),
    }


def _deed_body(one: accounts.Deed) -> JsonObject:
    return {
        "entry": one.index,
        "at": format_instant(one.at),
        "what": one.what,
        "said": one.said,
        "by": one.by,
        "cause": one.cause,
        "reason": one.reason or None,
        "instruments": list(one.instruments),
    }


def _day_body(one: accounts.Day) -> JsonObject:
    return {
        "day": one.day.isoformat(),
        "vendor": one.vendor,
        "others": one.others,
        "refused": one.refused,
        "failed": one.failed,
    }


def _refusal_body(one: accounts.Refusals) -> JsonObject:
    return {
        "cause": one.cause,
        "application": one.application,
        "count": one.count,
        "first": format_instant(one.first),
        "last": format_instant(one.last),
    }


def _item_body(one: seen.Item) -> JsonObject:
    return {
        "id": one.use.id,
        "kind": one.use.kind,
        "path": one.use.path,
        "line": one.use.line,
        "system": one.use.system,
        "owner": one.use.owner,
        "state": str(one.state),
        "deadline_at": _instant(one.deadline.at if one.deadline else None),
    }


def _moment(at: Instant) -> str:
    """To the minute, as people read it."""
    return f"{at:%Y-%m-%d %H:%M}"


def _instant(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def _bills_body(bills: BillChange, vouched: Mapping[str, str]) -> JsonObject:
    def file(bill: Bill) -> JsonObject:
        by = vouched.get(bill.sha256)
        return {"name": bill.name, "sha256": bill.sha256, "at": bill.made_at, "stated_by": by}

    def parts(found: Sequence[Part]) -> list[JsonObject]:
        return [{"kind": one.kind, "name": one.name, "details": dict(one.details)} for one in found]

    return {
        "before": file(bills.before),
        "after": file(bills.after),
        "removed": parts(bills.removed),
        "added": parts(bills.added),
        "changed": [
            {"kind": one.kind, "name": one.name, "differences": list(differences(one, two))}
            for one, two in bills.changed
        ],
        "same": bills.same,
    }
