"""A log as a table of records in DuckDB: which kind it is, its rows, and how many could not be read.

Paths, patterns and names are quoted before they stand in a query; a log's content never does.
"""
# ruff: noqa: S608 - see above

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from offramp.core.errors import OfframpError, did_you_mean
from offramp.inventory.logs.expressions import glob_free, in_json, named, only, quoted, records_path, selected
from offramp.inventory.logs.formats_known import LogFormat, Shape, log_formats
from offramp.inventory.reading import NotRead

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLE = 50
LARGEST_OBJECT = 256 << 20
LONGEST_LINE = 16 << 20
ENOUGH = 0.6
"""Share of the sampled lines a pattern must read."""
PARQUET_MAGIC = b"PAR1"
UNSEEN = "\x1f"
"""A delimiter no line has, so that a line is one value."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log that can be asked."""

    path: Path
    format: LogFormat
    rows: str
    """SQL for its records with the columns every log comes to."""
    answers: str
    """SQL for host and address of every answer of a name server; empty where the log has none."""
    unread: str
    """SQL for how many records or lines could not be read."""


def connected(folder: Path, logs: tuple[Path, ...]) -> "DuckDBPyConnection":
    """A database in memory that may read these files and nothing else. Raises `extra-missing`."""
    try:
        import duckdb
    except ImportError:
        raise OfframpError(
            "extra-missing",
            "logs are read by DuckDB, which is not installed",
            help="pip install 'offramp[logs]'",
        ) from None
    connection = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": "1GB",
            "temp_directory": str(folder),
            "threads": "2",
        }
    )
    listed = ", ".join(quoted(str(path.absolute())) for path in logs)
    connection.execute(f"SET allowed_paths = [{listed}]")
    connection.execute(f"SET allowed_directories = [{quoted(str(folder))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def open_log(connection: "DuckDBPyConnection", path: Path, wanted: str) -> Log:
    """The log at `path`, of the kind `wanted` or of the kind it looks like. Raises `NotRead`."""
    formats = log_formats()
    if wanted and wanted not in formats:
        raise OfframpError(
            "log-format-unknown", f"no kind of log `{wanted}`", help=did_you_mean(wanted, formats)
        )
    with path.open("rb") as file:
        magic = file.read(4)
    if not magic:
        raise NotRead("empty")
    if magic == PARQUET_MAGIC:
        return _table(connection, path, f"read_parquet({_at(path)})", formats["proxy-table"], "0")
    head = _head(connection, path)
    if not head:
        raise NotRead("it has no line that can be read")
    if wanted:
        one = formats[wanted]
        return _of_shape(connection, path, one)
    if head[0].lstrip("\ufeff \t")[:1] in ("{", "["):
        return _json(path, _json_kind(connection, path))
    for one in formats.values():
        if one.shape is Shape.TEXT and _share(one, head) >= ENOUGH:
            return _text(path, one)
        if one.separator and {*one.requires} <= {*head[0].split(one.separator)}:
            return _of_shape(connection, path, one)
    return _of_shape(connection, path, formats["proxy-table"])


def _of_shape(connection: "DuckDBPyConnection", path: Path, one: LogFormat) -> Log:
    if one.shape is Shape.JSON:
        return _json(path, one)
    if one.shape is Shape.TEXT:
        return _text(path, one)
    separated = f"delim = {quoted(one.separator)}, " if one.separator else ""
    source = (
        f"read_csv({_at(path)}, {separated}all_varchar = true, header = true, ignore_errors = true, "
        f"strict_mode = false, null_padding = true, max_line_size = {LONGEST_LINE}, sample_size = 2000)"
    )
    lines = f"(SELECT count(*) FROM {_lines(path)})"
    return _table(
        connection, path, source, one, f"greatest(0, {lines} - 1 - (SELECT count(*) FROM {source}))"
    )


def _at(path: Path) -> str:
    return glob_free(str(path.absolute()))


def _lines(path: Path) -> str:
    return (
        f"read_csv({_at(path)}, columns = {{'line': 'VARCHAR'}}, delim = {quoted(UNSEEN)}, quote = '', "
        "escape = '', header = false, auto_detect = false, ignore_errors = true, strict_mode = false, "
        f"null_padding = true, max_line_size = {LONGEST_LINE})"
    )


def _objects(path: Path) -> str:
    return f"read_json_objects({_at(path)}, ignore_errors = true, maximum_object_size = {LARGEST_OBJECT})"


def _head(connection: "DuckDBPyConnection", path: Path) -> list[str]:
    rows = connection.execute(
        f"SELECT left(line, 4000) FROM {_lines(path)} "
        f"WHERE line IS NOT NULL AND line NOT LIKE '#%' LIMIT {SAMPLE}"
    ).fetchall()
    return [str(row[0]) for row in rows if str(row[0]).strip()]


def _share(one: LogFormat, head: list[str]) -> float:
    expression = re.compile(one.pattern)
    return sum(expression.search(line) is not None for line in head) / len(head)


def _records(path: Path, one: LogFormat) -> str:
    """The objects that are records: those in lists at the format's place, and those outside any list."""
    if not one.records:
        return f"(SELECT json AS j FROM {_objects(path)} WHERE json IS NOT NULL)"
    inner = f"json_extract(json, {quoted(records_path(one.records))})"
    return (
        f"(SELECT unnest(CASE WHEN len({inner}) > 0 THEN {inner} ELSE [json] END) AS j "
        f"FROM {_objects(path)} WHERE json IS NOT NULL)"
    )


def _json_kind(connection: "DuckDBPyConnection", path: Path) -> LogFormat:
    """The most telling kind whose required places the first records have."""
    formats = log_formats()
    for one in formats.values():
        if one.shape is not Shape.JSON or not one.requires:
            continue
        # Places through lists of keys are looked at by their list.
        has = " AND ".join(f"json_exists(j, {quoted(_exists(place))})" for place in one.requires)
        sample = f"(SELECT j FROM {_records(path, one)} LIMIT {SAMPLE})"
        query = f"SELECT coalesce(bool_or({has}), false) FROM {sample}"
        row = connection.execute(query).fetchone()
        if row is not None and row[0]:
            return one
    return formats["records"]


def _exists(place: str) -> str:
    return "$" + "".join(f'."{part}"' for part in place.split("/"))


def _json(path: Path, one: LogFormat) -> Log:
    rows = f"(SELECT {selected(one, {})} FROM {_records(path, one)} WHERE {only(one, {})})"
    listed = [place for place in one.fields.get("answer", ()) if "[]" in place]
    answers = ""
    if listed:
        host = in_json(one.fields["host"][0])
        steps = listed[0].replace("[]", "[*]").split("/")
        where = "$" + "".join(
            f'."{step.removesuffix("[*]")}"' + step[len(step.removesuffix("[*]")) :] for step in steps
        )
        answers = (
            f"(SELECT lower(rtrim({host}, '.')) AS host, "
            f"unnest(json_extract_string(j, {quoted(where)})) AS address FROM {_records(path, one)})"
        )
    unread = f"(SELECT count(*) FROM {_objects(path)} WHERE json IS NULL)"
    return Log(path, one, rows, answers, unread)


def _text(path: Path, one: LogFormat) -> Log:
    names = sorted(re.compile(one.pattern).groupindex.items(), key=lambda pair: pair[1])
    listed = ", ".join(quoted(name) for name, _ in names)
    pattern = quoted(one.pattern)
    lines = f"(SELECT line FROM {_lines(path)} WHERE line IS NOT NULL AND line NOT LIKE '#%')"
    read = (
        f"(SELECT unnest(regexp_extract(line, {pattern}, [{listed}])) FROM {lines} "
        f"WHERE regexp_matches(line, {pattern}))"
    )
    columns = {name: name for name, _ in names}
    rows = f"(SELECT {selected(one, columns)} FROM {read} WHERE {only(one, columns)})"
    unread = f"(SELECT count(*) FROM {lines} WHERE NOT regexp_matches(line, {pattern}) AND trim(line) <> '')"
    return Log(path, one, rows, "", unread)


def _table(connection: "DuckDBPyConnection", path: Path, source: str, one: LogFormat, unread: str) -> Log:
    described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    columns: Mapping[str, str] = {str(row[0]).lower().strip(): str(row[0]) for row in described}
    known = {
        place.lower()
        for field in ("host", "url", "model", "provider", "address")
        for place in one.fields.get(field, ())
    }
    if not known & set(columns):
        shown = ", ".join(list(columns)[:6])
        raise NotRead(
            f"no column is called like a host, an address or a model ({shown}); "
            "name its kind with --log-format"
        )
    rows = f"(SELECT {selected(one, columns)} FROM {source} WHERE {only(one, columns)})"
    answers = ""
    answer = next((columns[place] for place in one.fields.get("answer", ()) if place in columns), "")
    host = next((columns[place] for place in one.fields.get("host", ()) if place in columns), "")
    if answer and host:
        split = f"unnest(string_split_regex(cast({named(answer)} as varchar), '[,; ]+'))"
        asked = f"lower(rtrim(cast({named(host)} as varchar), '.'))"
        answers = f"(SELECT {asked} AS host, {split} AS address FROM {source})"
    return Log(path, one, rows, answers, unread)
