"""Counts what logs say of the vendors: one finding for each log, vendor, route, model and caller.

Nothing of a record leaves but known names, callers and counts. What could not be read, and what could not be
told apart, is counted in the coverage. Queries are put together from `opening`'s, which are quoted.
"""
# ruff: noqa: S608 - see above

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING

from offramp.core.digests import sha256_hex
from offramp.core.findings import Context, Coverage, Finding, FindingKind, NotSeen, Scan, Traffic
from offramp.core.ids import finding_id
from offramp.inventory.logs.meaning import Meaning, Unattributed, meanings
from offramp.inventory.logs.opening import Log, connected, open_log
from offramp.inventory.merging import RANDOM
from offramp.inventory.probe import Probe, in_order
from offramp.inventory.reading import NotRead
from offramp.inventory.signals import Sign

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 5_000
MOST_CALLERS = 5_000
"""Callers told one by one for each log; the rest are counted together."""
MOST_DAYS = 4_000
LONGEST_CALLER = 160


@dataclass(slots=True)
class _Counts:
    """Requests of one caller for one meaning."""

    days: Counter[str] = field(default_factory=Counter)
    tokens: int = 0


@dataclass(slots=True)
class _Read:
    """What came of all logs."""

    findings: list[Finding] = field(default_factory=list)
    skipped: list[NotSeen] = field(default_factory=list)
    unreadable: list[NotSeen] = field(default_factory=list)
    files: int = 0
    bytes: int = 0


def scan_logs(logs: Sequence[Path], probe: Probe, log_format: str = "") -> Scan:
    """Traffic to the vendors in every log. A log that cannot be read is named; the others count all the same.

    Raises `extra-missing` without DuckDB and `log-format-unknown`.
    """
    done = _Read()
    with tempfile.TemporaryDirectory(prefix="offramp-logs-") as folder:
        connection = connected(Path(folder), tuple(logs))
        try:
            opened = list(_opened(connection, logs, log_format, done))
            _learn_addresses(connection, opened, probe, done)
            for log in opened:
                try:
                    _read(connection, log, probe, done)
                except _errors() as error:
                    done.unreadable.append(NotSeen(log.path.as_posix(), _said(error)))
        finally:
            connection.close()
    return Scan(
        findings=in_order(done.findings),
        coverage=Coverage(
            files=done.files,
            bytes=done.bytes,
            sources=tuple(f"log {path.as_posix()}" for path in logs),
            skipped=tuple(done.skipped),
            unreadable=tuple(done.unreadable),
        ),
        vendors=probe.knowledge.vendors,
    )


def _opened(
    connection: "DuckDBPyConnection", logs: Sequence[Path], log_format: str, done: _Read
) -> Iterator[Log]:
    for path in logs:
        try:
            if path.is_dir():
                raise NotRead("a folder; name the files in it")
            yield open_log(connection, path, log_format)
        except NotRead as reason:
            done.unreadable.append(NotSeen(path.as_posix(), str(reason)))
        except _errors() as error:
            done.unreadable.append(NotSeen(path.as_posix(), _said(error)))


def _errors() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.Error, UnicodeDecodeError, OSError)


def _said(error: Exception) -> str:
    """The first line of what went wrong, without the log's own text that may stand in the rest."""
    if isinstance(error, OSError):
        return (error.strerror or "cannot be read").lower()
    return f"DuckDB cannot read it as this kind of log ({type(error).__name__})"


def _learn_addresses(
    connection: "DuckDBPyConnection", opened: Sequence[Log], probe: Probe, done: _Read
) -> None:
    """Whose the addresses are in logs that know nothing else: by what name servers answered, or by the
    networks that vendors publish."""
    connection.execute("CREATE TABLE names (address VARCHAR, host VARCHAR)")
    networks = [
        ip_network(signal.text)
        for signal in probe.knowledge.signals
        if signal.sign is Sign.HOST and "/" in signal.text
    ]
    for log in opened:
        if networks and "address" in log.format.fields:
            _learn_networks(connection, log, networks, done)
        if not log.answers:
            continue
        try:
            rows = connection.execute(f"SELECT DISTINCT host, address FROM {log.answers}").fetchall()
        except _errors() as error:
            done.unreadable.append(NotSeen(log.path.as_posix(), _said(error)))
            continue
        known = [
            (str(address).strip('"'), str(host))
            for host, address in rows
            if host
            and address
            and any(hit.signal.sign in (Sign.HOST, Sign.SERVICE) for hit in probe.hits(str(host).encode()))
        ]
        if known:
            connection.executemany("INSERT INTO names VALUES (?, ?)", known)


def _learn_networks(
    connection: "DuckDBPyConnection",
    log: Log,
    networks: Sequence[IPv4Network | IPv6Network],
    done: _Read,
) -> None:
    known: list[tuple[str, str]] = []
    try:
        cursor = connection.cursor().execute(
            f"SELECT DISTINCT address FROM {log.rows} WHERE host = '' AND address <> ''"
        )
        while batch := cursor.fetchmany(BATCH):
            for (written,) in batch:
                try:
                    address = ip_address(written)
                except ValueError:
                    continue
                known += [(written, str(network)) for network in networks if address in network]
    except _errors() as error:
        done.unreadable.append(NotSeen(log.path.as_posix(), _said(error)))
    if known:
        connection.executemany("INSERT INTO names VALUES (?, ?)", known)


def _read(connection: "DuckDBPyConnection", log: Log, probe: Probe, done: _Read) -> None:
    """One log: first which combinations mean something, then how often each caller made them."""
    rows = (
        "(SELECT coalesce(nullif(r.host, ''), n.host, '') AS host, model, provider, caller, day, requests, "
        "tokens, r.host = '' AND r.address <> '' AND n.host IS NULL AS is_bare "
        f"FROM {log.rows} r LEFT JOIN (SELECT address, min(host) AS host FROM names GROUP BY address) n "
        "ON r.host = '' AND n.address = r.address)"
    )
    query = f"SELECT host, model, provider, sum(requests), bool_or(is_bare) FROM {rows} GROUP BY ALL"
    connection.execute(
        "CREATE OR REPLACE TABLE known (host VARCHAR, model VARCHAR, provider VARCHAR, number INTEGER)"
    )
    told: list[Meaning] = []
    unattributed: Counter[str] = Counter()
    total = bare = 0
    cursor = connection.cursor().execute(query)
    while batch := cursor.fetchmany(BATCH):
        known: list[tuple[str, str, str, int]] = []
        for host, model, provider, count, is_bare in batch:
            total += int(count)
            bare += int(count) if is_bare else 0
            for one in meanings(probe, log.format, str(host), str(model), str(provider)):
                if isinstance(one, Unattributed):
                    unattributed[one.service] += int(count)
                else:
                    told.append(one)
                    known.append((host, model, provider, len(told) - 1))
        if known:
            connection.executemany("INSERT INTO known VALUES (?, ?, ?, ?)", known)
    done.files += 1
    done.bytes += log.path.stat().st_size
    _tell_gaps(connection, log, unattributed, bare, total, done)
    if told:
        done.findings += _findings(log, _counted(connection, rows, told), probe)


def _counted(
    connection: "DuckDBPyConnection", rows: str, told: Sequence[Meaning]
) -> dict[tuple[Meaning, str], _Counts]:
    query = (
        f"SELECT number, caller, day, sum(requests), sum(tokens) FROM {rows} r JOIN known k "
        "ON r.host = k.host AND r.model = k.model AND r.provider = k.provider GROUP BY ALL ORDER BY ALL"
    )
    counts: dict[tuple[Meaning, str], _Counts] = {}
    others: set[str] = set()
    cursor = connection.cursor().execute(query)
    while batch := cursor.fetchmany(BATCH):
        for number, caller, day, requests, tokens in batch:
            key = (told[number], str(caller))
            if key not in counts and len(counts) >= MOST_CALLERS:
                others.add(str(caller))
                key = (told[number], "others, counted together")
            one = counts.setdefault(key, _Counts())
            one.days[str(day) if len(one.days) < MOST_DAYS else ""] += int(requests)
            one.tokens += int(tokens)
    return counts


def _findings(log: Log, counts: dict[tuple[Meaning, str], _Counts], probe: Probe) -> Iterator[Finding]:
    for (meaning, written), count in counts.items():
        caller = _caller(written, probe)
        requests = sum(count.days.values())
        days = sorted(one for one in count.days.items() if one[0])
        when = f", {days[0][0]} to {days[-1][0]}" if len(days) > 1 else f", {days[0][0]}" if days else ""
        what = (
            f"`{meaning.model}`" if meaning.model else f"`{meaning.host}`" if meaning.host else "its models"
        )
        verb = "looked up or reached" if log.format.is_hint else "asked for"
        yield Finding(
            id=finding_id(
                meaning.vendor,
                FindingKind.LOG_TRAFFIC,
                log.path.name,
                "\0".join((meaning.route, meaning.host, meaning.model, caller)),
                0,
            ),
            vendor=meaning.vendor,
            kind=FindingKind.LOG_TRAFFIC,
            context=Context.CODE,
            route=meaning.route,
            path=log.path.as_posix(),
            line=0,
            column=0,
            detector=FindingKind.LOG_TRAFFIC.value,
            confidence=meaning.confidence,
            message=f"{caller or 'an unnamed caller'} {verb} {what} {_times(requests)}{when}",
            model=meaning.model,
            serving=meaning.serving,
            meets=meaning.meets,
            traffic=Traffic(
                log_format=log.format.name,
                caller=caller,
                requests=requests,
                days=tuple(sorted(count.days.items())),
                tokens=count.tokens,
            ),
        )


def _caller(written: str, probe: Probe) -> str:
    """A caller as it can be shown: a digest where it holds a key, or looks like one."""
    data = written.encode("utf-8", "replace")
    is_key = any(hit.signal.sign is Sign.KEY for hit in probe.hits(data))
    if is_key or RANDOM.search(written) or _is_long_hex(written):
        return f"key {sha256_hex(probe.salt + data)[:12]}"
    shown = written.encode("unicode_escape").decode() if not written.isprintable() else written
    return shown[:LONGEST_CALLER]


def _is_long_hex(text: str) -> bool:
    return len(text) >= 32 and all(character in "0123456789abcdefABCDEF" for character in text)


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _tell_gaps(
    connection: "DuckDBPyConnection", log: Log, unattributed: Counter[str], bare: int, total: int, done: _Read
) -> None:
    path = log.path.as_posix()
    row = connection.execute(f"SELECT {log.unread}").fetchone()
    unread = int(row[0]) if row is not None else 0
    if unread:
        done.unreadable.append(NotSeen(path, f"{unread} records or lines that are not {log.format.name}"))
    for service, number in _most(unattributed):
        done.skipped.append(NotSeen(path, f"{number} requests to `{service}` that do not say whose model"))
    if bare:
        done.skipped.append(
            NotSeen(
                path,
                f"{bare} records with an address no name server's log here explains, nor a vendor's list",
            )
        )
    if not total:
        done.skipped.append(NotSeen(path, f"no record that counts, read as {log.format.name}"))


def _most(counted: Counter[str]) -> Iterable[tuple[str, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:20]
