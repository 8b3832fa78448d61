"""Instruments: who issued what, when it counts, what it stays, extends, settles and supersedes."""

import re
from enum import StrEnum
from zoneinfo import ZoneInfo

from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant
from offramp.core.yaml_values import Fields, Value
from offramp.instruments.loading import people
from offramp.instruments.loading.norms import Surroundings, norm
from offramp.instruments.loading.times import begins, bounds, ends
from offramp.instruments.model import (
    Assumed,
    Basis,
    ExtensionOf,
    Instrument,
    InstrumentKind,
    Norm,
    NotModelled,
    Provenance,
    Status,
    StayOf,
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
    "norms",
    "stays",
    "extends",
    "settles",
    "not_modelled",
    "assumed",
)
EXTENSION = ("of", "until")
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
    zone = around.zone
    issued = _begins(fields, "issued", zone)
    announced = _begins(fields, "announced", zone)
    starts, until = bounds(fields.given, zone)
    status = fields.choice("status", Status, Status.IN_FORCE)
    is_draft = status is Status.DRAFT
    if kind.can_bind and not is_draft and not {"issued", "announced", "from"} & fields.given.keys():
        value.problem(
            "time-missing", "nothing says since when this counts", "add `issued`, `announced` or `from`"
        )
    read = Instrument(
        id=name,
        kind=kind,
        title=fields.text("title"),
        status=status,
        basis=fields.choice("basis", Basis, Basis.REPORTED),
        issuer=fields.text("issuer"),
        issued_at=issued,
        announced_at=announced,
        known_at=_begins(fields, "known", zone) or announced or issued,
        served_at=_served(fields.get("served"), around),
        from_at=starts or issued or announced,
        until_at=until,
        source=_source(fields.get("source")),
        supersedes=fields.texts("supersedes"),
        norms=_norms(fields.get("norms"), name, around),
        stays=_stays(fields.get("stays"), around),
        extends=_extends(fields.get("extends"), zone),
        settles=_settles(fields.get("settles"), around),
        not_modelled=tuple(NotModelled(what=what, why=why) for what, why in _reasons(fields, "not_modelled")),
        assumed=tuple(Assumed(what=what, why=why) for what, why in _reasons(fields, "assumed")),
        span=value.span,
        encoded=people.encoded(fields, around),
        signed=people.signed(fields, around),
        drafted=people.drafted(fields, around),
        sentences=people.sentences(fields),
        zone=zone.key if zone is not None else "",
    )
    people.check_sentences(value, read)
    return read


def _begins(fields: Fields, name: str, zone: ZoneInfo | None) -> Instant | None:
    return begins(fields[name], zone) if name in fields else None


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


def _served(value: Value | None, around: Surroundings) -> dict[str, Instant | None]:
    if value is None:
        return {}
    served: dict[str, Instant | None] = {}
    known = {*around.vocabulary.party_kinds, *around.vocabulary.parties, "all"}
    for party, when in value.entries("party").items():
        if party not in known:
            when.problem(
                "party-unknown", f"no party or kind `{party}`", f"use one of: {', '.join(sorted(known))}"
            )
        served[party] = None if when.is_empty or when.raw == Word.NOT else begins(when, around.zone)
    return served


def _stays(value: Value | None, around: Surroundings) -> tuple[StayOf, ...]:
    stays: list[StayOf] = []
    for item in value.items("the stay") if value is not None else []:
        fields = item.fields(("of", "parties", "from", "until"), required=("of",))
        parties = fields.texts("parties")
        start, until = bounds(fields.given, around.zone)
        for party in parties:
            if party not in around.vocabulary.party_kinds and party not in around.vocabulary.parties:
                fields["parties"].problem("party-unknown", f"no party or kind `{party}`", "declare it")
        stays.extend(
            StayOf(
                target=target,
                parties=parties,
                from_at=start,
                until_at=until,
            )
            for target in fields.texts("of")
        )
    return tuple(stays)


def _extends(value: Value | None, zone: ZoneInfo | None) -> tuple[ExtensionOf, ...]:
    extensions: list[ExtensionOf] = []
    for item in value.items("the extension") if value is not None else []:
        fields = item.fields(EXTENSION, required=EXTENSION)
        until = ends(fields["until"], zone) if "until" in fields else None
        if "of" in fields and until is not None:
            extensions.extend(ExtensionOf(target=target, until_at=until) for target in fields["of"].texts())
    return tuple(extensions)


def _settles(value: Value | None, around: Surroundings) -> dict[str, str]:
    settled = {}
    for question, option in value.entries("question").items() if value is not None else ():
        known = around.questions.get(question)
        if known is None:
            option.problem(
                "question-unknown", f"no contested question `{question}`", "declare it under `readings`"
            )
        elif option.text() not in {one.key for one in known.options}:
            option.problem(
                "option-unknown", f"`{question}` has no option `{option.raw}`", "name one of its options"
            )
        else:
            settled[question] = option.text()
    return settled


def _reasons(fields: Fields, name: str) -> tuple[tuple[str, str], ...]:
    """What stands under `name`, each with why."""
    read = []
    for item in fields[name].items(f"the entry of `{name}`") if name in fields else ():
        entry = item.fields(REASON, required=REASON)
        read.append((entry.text("what"), entry.text("why")))
    return tuple(read)
