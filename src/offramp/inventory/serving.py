"""Whose service answers: the library's vendor apart from the service's, and open weights apart from either.

An SDK can be pointed at another vendor's address, and an address setting can hold one. Then the vendor of the
address is used through the library of the other. What runs open weights, and where, is told from what else
stands in the file; where nothing tells it, it is unknown.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from offramp.core.findings import Confidence, Finding, FindingKind, Route, Serving
from offramp.core.ids import VendorId
from offramp.inventory.matching import Hit
from offramp.inventory.sheet import Found, Sheet
from offramp.inventory.signals import Sign

SERVICE_SIGNS = (Sign.HOST, Sign.KEY_NAME, Sign.KEY, Sign.CLIENT, Sign.ADDRESS_NAME)
NAME = re.compile(rb"[A-Za-z_]\w*\b(?!\s*(?::(?!:)|=(?!=)))")
"""A name in arguments that is no key of one."""
GIVEN = re.compile(rb"([A-Za-z_]\w*)[\"']?\s*(?::[^=\"']{0,80})?[=:]")
"""A name that the rest of its line gives a value to."""
AFTER_CALL = 2_000
"""How far behind the head of a call its arguments are looked at."""


def rerouted(sheet: Sheet, reported: Sequence[tuple[str, Found]]) -> list[tuple[str, Found]]:
    """The reports, with those that point one vendor's library at another's service told as both."""
    told: list[tuple[str, Found]] = []
    pointed = [(found, _pointed_at(sheet, found)) for _, found in reported]
    clients = _pointed_clients(sheet, pointed)
    for (slug, found), (_, host) in zip(reported, pointed, strict=True):
        if host is None and found.kind is FindingKind.SDK_CALL and found.route is Route.DIRECT:
            host = clients.get(found.vendor)
        if host is None:
            told.append((slug, found))
        elif host.signal.sign is Sign.SERVICE:
            reason = f"{found.message.partition(';')[0]}, pointed at `{sheet.text(host)}`"
            told.append((slug, replace(found, route=host.signal.route, message=reason)))
        else:
            told += [(slug, one) for one in _both(sheet, found, host)]
    return told


def _pointed_clients(sheet: Sheet, pointed: Sequence[tuple[Found, Hit | None]]) -> Mapping[VendorId, Hit]:
    """Where every client of a library that the file makes is pointed at one service, by the library."""
    found: dict[VendorId, list[Hit | None]] = {}
    for one, host in pointed:
        last = one.matched.rpartition(".")[2]
        is_made = host is not None or last in sheet.knowledge.clients or last.endswith("Client")
        if one.kind is FindingKind.SDK_CALL and is_made:
            found.setdefault(one.vendor, []).append(host)
    return {
        vendor: hosts[0]
        for vendor, hosts in found.items()
        if hosts[0] is not None
        and hosts[0].signal.sign is Sign.HOST
        and len({host.signal.vendor if host is not None else None for host in hosts}) == 1
    }


def _both(sheet: Sheet, found: Found, host: Hit) -> Iterator[Found]:
    """The library's vendor, whose service this is not, and the service's vendor through that library."""
    head = found.message.partition(";")[0]
    library, service = sheet.name(found.vendor), sheet.name(host.signal.vendor)
    yield replace(
        found,
        route=Route.UNKNOWN,
        message=f"{head}, pointed at {service}: {library}'s library without {library}'s service",
    )
    yield replace(
        found,
        vendor=host.signal.vendor,
        route=host.signal.route,
        confidence=Confidence.LIKELY,
        via=(str(found.vendor),),
        message=f"{head}, pointed at `{sheet.text(host)}`: {service}'s service through {library}'s library",
    )


def _pointed_at(sheet: Sheet, found: Found) -> Hit | None:
    """The address that a call or a setting is given, where it is somebody else's."""
    if found.kind is FindingKind.SDK_CALL and found.route is Route.UNKNOWN:
        end = _end_of_call(sheet.source.data, found.end)
        near = _hosts(sheet, found.start, end) or _named_hosts(sheet, found.end, end)
    elif found.kind is FindingKind.ENDPOINT and _is_setting(sheet, found):
        line = sheet.source.line_start(found.start)
        near = _hosts(sheet, found.end, line + len(sheet.source.line_text(found.start)))
    else:
        return None
    others = [hit for hit in near if hit.signal.vendor != found.vendor]
    return others[0] if others and len(others) == len(near) else None


def _is_setting(sheet: Sheet, found: Found) -> bool:
    return any(hit.signal.vendor == found.vendor for hit in sheet.at(found.start, Sign.ADDRESS_NAME))


def _hosts(sheet: Sheet, start: int, end: int) -> list[Hit]:
    return [hit for hit in sheet.of(Sign.HOST, Sign.SERVICE) if start <= hit.start < end]


def _named_hosts(sheet: Sheet, start: int, end: int) -> list[Hit]:
    """Hosts that names in the arguments were given in this file; none where they are of several vendors."""
    arguments = set(NAME.findall(sheet.source.data, start, end))
    found = []
    for hit in sheet.of(Sign.HOST):
        before = sheet.source.data[sheet.source.line_start(hit.start) : hit.start]
        given = GIVEN.search(before)
        if given is not None and given[1] in arguments:
            found.append(hit)
    return found if len({hit.signal.vendor for hit in found}) == 1 else []


def _end_of_call(data: bytes, start: int) -> int:
    """Where the brackets that open behind the head of a call are closed, strings not told apart."""
    depth = 0
    for position in range(start, min(len(data), start + AFTER_CALL)):
        if data[position] in b"([{":
            depth += 1
        elif data[position] in b")]}":
            depth -= 1
            if depth <= 0:
                return position
        elif data[position] == 0x0A and depth == 0:
            return position
    return min(len(data), start + AFTER_CALL)


def served(sheet: Sheet, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Findings that name a model with open weights say who runs it, as far as the file tells."""
    return tuple(
        replace(one, serving=serving, meets=_meets(sheet, one.vendor, serving))
        if one.model and (serving := _serving(sheet, one)) is not None
        else one
        for one in findings
    )


def _serving(sheet: Sheet, one: Finding) -> Serving | None:
    patterns = sheet.knowledge.weights.get(one.vendor)
    if patterns is None or patterns.pattern.search(one.model) is None:
        return None
    own = {hit.signal.vendor for hit in sheet.of(*SERVICE_SIGNS)}
    if one.route not in (Route.DIRECT, Route.UNKNOWN):
        return Serving.WEIGHTS
    is_elsewhere = bool(own - {one.vendor}) or _runs_weights().search(sheet.source.data) is not None
    if one.vendor in own:
        return Serving.UNKNOWN if is_elsewhere else Serving.SERVICE
    return Serving.WEIGHTS if is_elsewhere else Serving.UNKNOWN


def _meets(sheet: Sheet, vendor: VendorId, serving: Serving) -> tuple[str, ...]:
    return () if serving is Serving.SERVICE else sheet.knowledge.weights[vendor].meets


@cache
def _runs_weights() -> re.Pattern[bytes]:
    words = tomllib.loads(Path(__file__).with_name("selfhosted.toml").read_text(encoding="utf-8"))
    listed = "|".join(re.escape(one) for one in (*words["programs"], *words["addresses"]))
    return re.compile(rf"(?i)(?<![a-z0-9])(?:{listed})(?![a-z0-9])".encode())
