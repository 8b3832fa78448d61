"""Instruments: who issued what, when it counts, what it stays, extends, settles and supersedes."""

import re
from dataclasses import replace
from enum import StrEnum

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.core.yaml_values import Fields, Value
from offramp.instruments.loading import people
from offramp.instruments.loading.contradictions import check, check_service
from offramp.instruments.loading.effects import endings, extends, settles, stays
from offramp.instruments.loading.norms import Surroundings, norm
from offramp.instruments.loading.times import begins, bounds
from offramp.instruments.model import (
    Assumed,
    Basis,
    Instrument,
    InstrumentKind,
    Norm,
    NotModelled,
    Provenance,
    Status,
    TimeOf,
)

REQUIRED = ("id", "kind", "title", "issuer", "basis", "source")
OPTIONAL = (
    "status",
    "issued",
    "announced",
    "known",
    "served",
    "from",
    "until",
    "supersedes",
    "ends",
    "norms",
    "stays",
    "extends",
    "settles",
    "not_modelled",
    "assumed",
)
REASON = ("what", "why")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]*\Z")


class Word(StrEnum):
    """Words that stand where a time would."""

    NOT = "no"


def instrument(value: Value, around: Surroundings) -> Instrument:
    """Read one instrument and its norms. Problems are recorded on the way."""
    fields = value.fields((*REQUIRED, *OPTIONAL, *people.KEYS), required=REQUIRED)
    name = InstrumentId(fields.text("id", default="?"))
    if "id" in fields and not SLUG.match(name):
        fields["id"].problem(
            "id-unreadable", f"`{name}` is not a slug", "use lower-case letters, digits and hyphens"
        )
    kind = fields.choice("kind", InstrumentKind, InstrumentKind.ORDER)
    issued = _begins(fields, "issued", around)
    announced = _begins(fields, "announced", around)
    times = around.times.counted_from(issued=issued, announced=announced, begins=issued or announced)
    starts, until = bounds(fields.given, times)
    around = replace(around, times=times.counted_from(begins=starts))
    check(value, fields, kind)
    ended = endings(fields, around)
    zone = around.times.zone
    read = Instrument(
        id=name,
        kind=kind,
        title=fields.text("title"),
        status=fields.choice("status", Status, Status.IN_FORCE),
        basis=fields.choice("basis", Basis, Basis.REPORTED),
        issuer=fields.text("issuer"),
        issued_at=issued,
        announced_at=announced,
        known_at=_begins(fields, "known", around) or announced or issued,
        served_at=_served(fields.get("served"), around, issued),
        from_at=starts or issued or announced,
        until_at=until,
        source=_source(fields.get("source")),
        supersedes=tuple(one.target for one in ended if one.is_replaced),
        norms=_norms(fields.get("norms"), name, around),
        stays=stays(fields.get("stays"), around),
        extends=extends(fields.get("extends"), around),
        ends=ended,
        settles=settles(fields.get("settles"), around),
        not_modelled=tuple(NotModelled(what=what, why=why) for what, why in _reasons(fields, "not_modelled")),
        assumed=_assumed(fields),
        span=value.span,
        encoded=people.encoded(fields, around),
        signed=people.signed(fields, around),
        drafted=people.drafted(fields, around),
        sentences=people.sentences(fields),
        zone=zone.key if zone is not None else "",
    )
    people.check_sentences(value, read)
    return read


def _begins(fields: Fields, name: str, around: Surroundings) -> Instant | None:
    return begins(fields[name], around.times) if name in fields else None


def _norms(value: Value | None, name: InstrumentId, around: Surroundings) -> tuple[Norm, ...]:
    norms: dict[str, Norm] = {}
    for item in value.items("the norm") if value is not None else []:
        read = norm(item, name, around)
        if read.id in norms:
            item.problem("id-twice", f"the norm `{read.id}` stands here twice", "rename one of them")
        norms[read.id] = read
    return tuple(norms.values())


def _source(value: Value | None) -> Provenance:
    if value is None:
        return Provenance(document="", date="")
    fields = value.fields(("document", "date", "url"), required=("document",))
    return Provenance(
        document=fields.text("document"),
        date=fields.text("date"),
        url=fields.text("url"),
    )


def _served(value: Value | None, around: Surroundings, issued: Instant | None) -> dict[str, Instant | None]:
    if value is None:
        return {}
    served: dict[str, Instant | None] = {}
    known = {*around.vocabulary.party_kinds, *around.vocabulary.parties, "all"}
    for party, when in value.entries("party").items():
        if party not in known:
            when.problem(
                "party-unknown", f"no party or kind `{party}`", f"use one of: {', '.join(sorted(known))}"
            )
        served[party] = None if when.is_empty or when.raw == Word.NOT else begins(when, around.times)
        check_service(when, served[party], issued)
    return served


def _assumed(fields: Fields) -> tuple[Assumed, ...]:
    read = []
    for item in fields["assumed"].items("the entry of `assumed`") if "assumed" in fields else ():
        entry = item.fields((*REASON, "times"), required=REASON)
        times = entry["times"].items("the time") if "times" in entry else ()
        read.append(
            Assumed(
                what=entry.text("what"),
                why=entry.text("why"),
                times=tuple(one.choice(TimeOf, TimeOf.FROM) for one in times),
            )
        )
    return tuple(read)


def _reasons(fields: Fields, name: str) -> tuple[tuple[str, str], ...]:
    """What stands under `name`, each with why."""
    read = []
    for item in fields[name].items(f"the entry of `{name}`") if name in fields else ():
        entry = item.fields(REASON, required=REASON)
        read.append((entry.text("what"), entry.text("why")))
    return tuple(read)
