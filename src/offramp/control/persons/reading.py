"""The identifiers of persons in one request, from the places its application is registered for. Pure.

What cannot be read is said and never skipped: an identifier nobody could read is not a person fewer.
"""

import csv
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from offramp.control.persons.identifiers import listed, normalised
from offramp.workspace.registration import Place, PlaceKind

SUBJECTS = "offramp-subjects"
"""The header any application may name the persons of a request in."""
DELIMITERS = ",\t|;"


class Unreadable(ValueError):
    """Identifiers that had to be there and could not be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request, as far as identifiers can sit in it. The last two are asked only where they are needed."""

    headers: Mapping[str, str]
    body: bytes
    calls: Callable[[], Sequence[tuple[str, str]]]
    """Name and arguments of every tool call in the conversation."""
    texts: Callable[[], Sequence[str]]
    """Every text in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """Whom a request is about, by the facts they are counted for."""

    by_fact: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unreadable: str = ""
    """Why it is not known who they are; empty: it is."""
    is_said: bool = False
    """A place was there, even if it named nobody."""


def subjects_of(places: Sequence[Place], seen: Seen, counts: Collection[str]) -> Subjects:
    """Everybody named in the request; `counts` are the facts that count persons."""
    found: dict[str, set[str]] = {}
    is_said = not places
    own = Place(kind=PlaceKind.HEADER, name=SUBJECTS)
    every = places if any(place.name == SUBJECTS for place in places) else (*places, own)
    try:
        needs = {one.kind for one in places} & {PlaceKind.POINTER, PlaceKind.ARGUMENT}
        document = _document(seen.body) if needs else None
        if PlaceKind.ARGUMENT in needs:
            _check_arguments(document)
        for place in every:
            named = _named(place, seen, document)
            # Tools that were not called and tables that are not there name nobody; the rest has to be there.
            is_said = is_said or named is not None or place.kind in (PlaceKind.ARGUMENT, PlaceKind.COLUMN)
            for fact in (place.counts or counts) if named else ():
                found.setdefault(fact, set()).update(named or ())
    except Unreadable as why:
        return Subjects(unreadable=str(why), is_said=True)
    if not is_said:
        return Subjects(unreadable=f"it names nobody: {', '.join(str(place) for place in places)} is absent")
    is_header = SUBJECTS in seen.headers
    return Subjects(
        by_fact={fact: frozenset(names) for fact, names in found.items()}, is_said=bool(places) or is_header
    )


def _named(place: Place, seen: Seen, document: Any) -> set[str] | None:
    """The identifiers in one place; None where the place is not there."""
    match place.kind:
        case PlaceKind.HEADER:
            value = seen.headers.get(place.name)
            return None if value is None else _from_header(place, value)
        case PlaceKind.POINTER:
            found = list(_at(document, place.name))
            return _from_values(place, found) if found else None
        case PlaceKind.ARGUMENT:
            named: set[str] = set()
            for tool, arguments in seen.calls():
                if tool == place.tool:
                    values = list(_at(_document(arguments.encode()), place.name))
                    if not values:
                        raise Unreadable(f"a call has nothing at {place}")
                    named |= _from_values(place, values)
            return named
        case PlaceKind.COLUMN:
            return {one for text in seen.texts() for one in _from_tables(place, text)}


def _from_header(place: Place, value: str) -> set[str]:
    try:
        text = value.encode("latin-1").decode()
    except UnicodeError:
        raise Unreadable(f"{place} is not UTF-8") from None
    try:
        return listed(text)
    except ValueError as why:
        raise Unreadable(f"{place}: {why}") from None


def _from_values(place: Place, values: Iterable[Any]) -> set[str]:
    named = []
    for one in (one for value in values for one in (value if isinstance(value, list) else [value])):
        if isinstance(one, bool) or not isinstance(one, str | int):
            raise Unreadable(f"{place} holds something that is no identifier")
        named.append(str(one))
    return _checked(place, named)


def _checked(place: Place, found: Iterable[str]) -> set[str]:
    try:
        return {normalised(one) for one in found}
    except (ValueError, UnicodeError) as why:
        raise Unreadable(f"{place}: {why}") from None


def _document(data: bytes) -> Any:
    """JSON without guesses: a name twice, a number with a fraction where one reader sees less, too deep."""
    try:
        return json.loads(data, object_pairs_hook=_pairs)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("it holds JSON that cannot be read exactly") from None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("it holds an object that says one name twice")
    return found


def _check_arguments(document: Any) -> None:
    """Arguments that some APIs carry as text are read as exactly as the body."""
    waiting = [document]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            waiting += node.values()
            text = node.get("arguments")
            if isinstance(text, str) and text.strip():
                _document(text.encode(errors="replace"))


def _at(document: Any, pointer: str) -> Iterator[Any]:
    """What stands at a JSON pointer; `*` is every element."""
    nodes = [document]
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        nodes = [child for node in nodes for child in _children(node, name)]
    yield from nodes


def _children(node: Any, name: str) -> Sequence[Any]:
    if isinstance(node, dict):
        return list(node.values()) if name == "*" else [node[name]] if name in node else []
    if isinstance(node, list):
        listed: list[Any] = node
        if name == "*":
            return listed
        return [listed[int(name)]] if name.isdecimal() and int(name) < len(listed) else []
    return []


def _from_tables(place: Place, text: str) -> Iterator[str]:
    """The cells under a heading, in every table a text holds."""
    if place.name.casefold() not in text.casefold():
        return
    wanted = place.name.casefold().strip()
    column, width, sign = -1, 0, ""
    for line in text.splitlines():
        if column >= 0:
            cells = _cells(line, sign)
            if len(cells) == width:
                cell = cells[column].strip()
                if cell and cell.strip("-: "):
                    yield from _checked(place, [cell])
                continue
            column = -1
        for sign in DELIMITERS:
            cells = _cells(line, sign)
            heads = [cell.casefold().strip() for cell in cells]
            if wanted in heads and (len(cells) > 1 or line.casefold().strip() == wanted):
                column, width = heads.index(wanted), len(cells)
                break


def _cells(line: str, sign: str) -> list[str]:
    if sign == "|":
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    try:
        return next(csv.reader([line], delimiter=sign, strict=True), [])
    except csv.Error:
        return line.split(sign)
