"""SQL for one kind of log: how each field is taken out of a record. Texts are quoted, never pasted."""

import re
from collections.abc import Iterable, Mapping, Sequence

from offramp.inventory.logs.formats_known import LogFormat, Shape

LONGEST_TEXT = 2_000
ISO_TIMES = ("%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f%z", "%Y-%m-%d %H:%M:%S%z")
HOST_IN_URL = r"^(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?(?:[^/@?#]*@)?([^/:?#@]+)"
MODEL_IN_URL = r"(?:models?|deployments|engines|endpoints)/([^/?#]+)"


def quoted(text: str) -> str:
    """A SQL text."""
    return "'" + text.replace("\x00", "").replace("'", "''") + "'"


def named(column: str) -> str:
    """A SQL name."""
    return '"' + column.replace('"', '""') + '"'


def glob_free(path: str) -> str:
    """A path that DuckDB takes as it is, whatever characters it has."""
    return quoted(re.sub(r"([*?\[])", r"[\1]", path))


def in_json(place: str, value: str = "j") -> str:
    """The text at a place of a JSON value: `a/b` through objects, `a{k}` in a list of keys and values."""
    match = re.fullmatch(r"([^{}]+)\{([^{}]+)\}", place)
    if match is None:
        return f"json_extract_string({value}, {quoted(json_path(place))})"
    entry = (
        f"list_filter(json_extract({value}, {quoted(json_path(match[1]) + '[*]')}), "
        f"lambda one: json_extract_string(one, '$.key') = {quoted(match[2])})[1]"
    )
    kinds = ("stringValue", "intValue", "doubleValue")
    return "coalesce(" + ", ".join(f"json_extract_string({entry}, '$.value.{kind}')" for kind in kinds) + ")"


def json_path(place: str) -> str:
    """`a/b[]/c` as a JSON path."""
    steps = []
    for part in place.split("/"):
        name = part.removesuffix("[]").replace('"', "")
        steps.append(f'."{name}"' + ("[*]" if part.endswith("[]") else ""))
    return "$" + "".join(steps)


def records_path(records: str) -> str:
    """Where the list of records stands: every step is a list."""
    return "$" + "".join(f'."{part}"[*]' for part in records.split("/"))


def places(one: LogFormat, field: str, columns: Mapping[str, str]) -> Iterable[str]:
    """The expressions a field may be taken from. `columns`: a table's columns by their lower-case names."""
    for place in one.fields.get(field, ()):
        if one.shape is Shape.JSON:
            if "[]" not in place:
                yield in_json(place)
        elif place.lower() in columns:
            yield f"nullif(cast({named(columns[place.lower()])} as varchar), '-')"


def first_of(options: Iterable[str]) -> str:
    """The first that is there and not empty, cut to a length that a name can have."""
    listed = [f"nullif(trim({one}), '')" for one in options]
    if not listed:
        return "NULL"
    return f"left(coalesce({', '.join(listed)}), {LONGEST_TEXT})"


def day(text: str, formats: Sequence[str]) -> str:
    """The UTC day of a time written in one of many ways; empty where none fits."""
    tried = ", ".join(
        f"cast(try_strptime({text}, {quoted(one)}) as timestamp)" for one in (*formats, *ISO_TIMES)
    )
    number = f"try_cast({text} as double)"
    seconds = (
        f"CASE WHEN {number} > 1e17 THEN {number} / 1e9 WHEN {number} > 1e14 THEN {number} / 1e6 "
        f"WHEN {number} > 1e11 THEN {number} / 1e3 WHEN {number} > 1e8 THEN {number} END"
    )
    return (
        f"coalesce(strftime(coalesce({tried}, epoch_ms(cast({seconds} as bigint) * 1000), "
        f"try_cast({text} as timestamp)), '%Y-%m-%d'), '')"
    )


def selected(one: LogFormat, columns: Mapping[str, str]) -> str:
    """The columns every log comes to: host, model, provider, caller, day, requests, tokens, address."""
    host = first_of(places(one, "host", columns))
    url = first_of(places(one, "url", columns))
    model = first_of(places(one, "model", columns))
    from_url = f"nullif(regexp_extract({url}, {quoted(HOST_IN_URL)}, 1), '')"
    bare = f"nullif(regexp_extract({host}, {quoted(HOST_IN_URL)}, 1), '')"
    model_in_url = f"nullif(url_decode(regexp_extract({url}, {quoted(MODEL_IN_URL)}, 1)), '')"
    count = f"try_cast({first_of(places(one, 'requests', columns))} as bigint)"
    tokens = f"try_cast({first_of(places(one, 'tokens', columns))} as bigint)"
    when = first_of(places(one, "time", columns))
    return ", ".join(
        (
            f"coalesce(lower(rtrim(coalesce({bare}, {from_url}), '.')), '') AS host",
            f"coalesce({model}, {model_in_url}, '') AS model",
            f"coalesce({first_of(places(one, 'provider', columns))}, '') AS provider",
            f"coalesce({first_of(places(one, 'caller', columns))}, '') AS caller",
            f"{day(f'({when})', one.time_formats)} AS day",
            f"greatest(coalesce({count}, 1), 0) AS requests",
            f"greatest(coalesce({tokens}, 0), 0) AS tokens",
            f"coalesce({first_of(places(one, 'address', columns))}, '') AS address",
        )
    )


def only(one: LogFormat, columns: Mapping[str, str]) -> str:
    """The condition a record must meet to count; a table without that column sets none."""
    conditions = []
    for place, values in one.only.items():
        if one.shape is not Shape.JSON and place.lower() not in columns:
            continue
        expression = in_json(place) if one.shape is Shape.JSON else named(columns[place.lower()])
        conditions.append(f"{expression} IN ({', '.join(map(quoted, values))})")
    return " AND ".join(conditions) or "true"
