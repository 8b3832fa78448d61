"""The JSON Schema of `offramp.instruments/v1`, for editors. The loader says more: it knows the vocabulary."""

from enum import StrEnum

from offramp.core.digests import JsonObject
from offramp.instruments.loading import SCHEMA
from offramp.instruments.loading.norms import NormOutcome
from offramp.instruments.loading.terms import OptionStatus
from offramp.instruments.loading.vocabulary import Evidence
from offramp.instruments.model import (
    Basis,
    Effect,
    FactType,
    IfUnknown,
    InstrumentKind,
    Role,
    Status,
    Strength,
    TimeOf,
)
from offramp.instruments.vocabulary import HIERARCHIES

TEXT: JsonObject = {"type": "string"}
FLAG: JsonObject = {"type": "boolean"}
NUMBER: JsonObject = {"type": "integer"}
TIME: JsonObject = {
    "type": "string",
    "description": "A date in the document's zone (as a start its first moment), or RFC 3339, or a period.",
}
CALENDAR: JsonObject = {
    "type": "string",
    "description": "Business days: us-federal, weekdays, a country (DE), a part of one (DE-BY), or its own.",
}
PERIOD: JsonObject = {
    "type": "string",
    "description": "P6M, P30D, P2W, PT72H, 6 months, 3 business days.",
}
SCALAR: JsonObject = {"type": ["string", "integer", "boolean"]}
TEXTS: JsonObject = {"oneOf": [TEXT, {"type": "array", "items": TEXT}]}
CONDITION: JsonObject = {
    "type": "string",
    "description": "A Cedar expression in the subset of spec/instruments.md.",
}
VALUES: JsonObject = {"oneOf": [SCALAR, {"type": "array", "items": SCALAR, "minItems": 1}]}
NAMES: JsonObject = {
    "type": "object",
    "additionalProperties": {"oneOf": [{"type": "null"}, TEXT, {"type": "array", "items": TEXT}]},
}


def json_schema() -> JsonObject:
    """A JSON Schema (draft 2020-12) every document that loads is valid against."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "offramp.instruments/v1",
        "title": "Instruments",
        **_closed(
            {
                "schema": {"const": SCHEMA},
                "about": _closed({"title": TEXT, "rendered_by": TEXT, "rendered_on": TIME, "note": TEXT}),
                "zone": {**TEXT, "description": "IANA time zone of the dates; UTC where it is missing."},
                "calendar": CALENDAR,
                "calendars": {
                    "type": "object",
                    "additionalProperties": _closed(
                        {"like": CALENDAR, "closed": TEXTS, "opened": TEXTS}, "like"
                    ),
                },
                "record_ends": _closed({"day": TIME, "say": TEXT}, "day", "say"),
                "vocabulary": _closed(
                    dict.fromkeys(("party_kinds", "parties", "vendors", "actions", *HIERARCHIES), NAMES)
                ),
                "facts": {"type": "object", "additionalProperties": _fact()},
                "terms": {"type": "object", "additionalProperties": _term()},
                "readings": {"type": "object", "additionalProperties": _question()},
                "instruments": {"type": "array", "items": _instrument()},
            },
            "schema",
        ),
    }


def _closed(properties: JsonObject, *required: str) -> JsonObject:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def _words(kind: type[StrEnum]) -> JsonObject:
    return {"enum": [str(word) for word in kind]}


def _fact() -> JsonObject:
    return _closed(
        {
            "type": _words(FactType),
            "values": {"oneOf": [*TEXTS["oneOf"], NAMES]},
            "min": NUMBER,
            "max": NUMBER,
            "evidence": _words(Evidence),
            "decided_by": TEXT,
            "default": SCALAR,
            "say": TEXT,
            "window": PERIOD,
        },
        "type",
    )


def _term() -> JsonObject:
    under = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": CONDITION}}
    return {"oneOf": [CONDITION, _closed({"is": CONDITION, "readings": under}, "is")]}


def _question() -> JsonObject:
    option = _closed(
        {"by": TEXTS, "text": TEXT, "source": TEXT, "status": _words(OptionStatus)}, "by", "text"
    )
    options = {"type": "object", "additionalProperties": option, "minProperties": 2}
    return _closed({"question": TEXT, "options": options}, "question", "options")


def _instrument() -> JsonObject:
    return _closed(
        {
            "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"},
            "kind": _words(InstrumentKind),
            "title": TEXT,
            "issuer": TEXT,
            "status": _words(Status),
            "basis": _words(Basis),
            "source": _closed({"document": TEXT, "date": TEXT, "url": TEXT}, "document"),
            "issued": TIME,
            "announced": TIME,
            "known": TIME,
            "served": {"type": "object", "additionalProperties": {"oneOf": [TIME, {"type": "null"}, FLAG]}},
            "from": _time("after"),
            "until": _time("within"),
            "supersedes": _endings(),
            "ends": _endings(),
            "norms": {"type": "array", "items": _norm()},
            "stays": {
                "type": "array",
                "items": _closed(
                    {"of": TEXTS, "parties": TEXTS, "from": _time("after"), "until": _time("within")}, "of"
                ),
            },
            "extends": {"type": "array", "items": _extension()},
            "settles": {"type": "object", "additionalProperties": {"oneOf": [TEXT, _settlement()]}},
            "not_modelled": _reasons(),
            "assumed": _assumed(),
            "encoded": _closed({"by": TEXT, "on": TIME}, "by"),
            "signed": _closed({"by": TEXT, "on": TIME, "digest": TEXT}, "by", "on", "digest"),
            "drafted": _closed({"document": TEXT, "digest": TEXT, "on": TIME, "by": TEXT}, "document", "on"),
            "sentences": {
                "type": "array",
                "items": _closed(
                    {"place": TEXT, "says": TEXT, "modelled": TEXTS, "not_modelled": TEXT}, "says"
                ),
            },
        },
        "id",
        "kind",
        "title",
        "issuer",
        "basis",
        "source",
    )


def _time(key: str) -> JsonObject:
    """A time, or a period with what it is counted from."""
    counted = {key: PERIOD, "of": TIME, "calendar": CALENDAR, "moved": FLAG}
    return {"oneOf": [TIME, _closed(counted, key)]}


def _endings() -> JsonObject:
    ending = _closed({"of": TEXTS, "parties": TEXTS, "from": _time("after")}, "of")
    return {"oneOf": [TEXT, {"type": "array", "items": {"oneOf": [TEXT, ending]}}]}


def _extension() -> JsonObject:
    fields: JsonObject = {
        "of": TEXTS,
        "parties": TEXTS,
        "until": _time("within"),
        "by": PERIOD,
        "calendar": CALENDAR,
    }
    return {**_closed(fields, "of"), "oneOf": [{"required": ["until"]}, {"required": ["by"]}]}


def _settlement() -> JsonObject:
    return _closed({"option": TEXT, "parties": TEXTS, "from": _time("after")}, "option")


def _scope() -> JsonObject:
    narrowed = {"oneOf": [*VALUES["oneOf"], _closed({"not": VALUES}, "not")]}
    return {
        "type": "object",
        "additionalProperties": narrowed,
        "description": "Facts to the values the norm is narrowed to, each with whatever stands under it.",
    }


def _duty() -> JsonObject:
    return _closed(
        {
            "by": _time("within"),
            "within": PERIOD,
            "within_days": {**NUMBER, "minimum": 0},
            "of": {**TIME, "description": "begins, issued, announced, served, or a date."},
            "after": {**TEXT, "description": "The event the period is counted from, in words."},
            "every": PERIOD,
            "calendar": CALENDAR,
            "moved": {**FLAG, "description": "A last day that is no business day gives way to the next."},
            "towards": TEXT,
            "proof": TEXT,
        }
    )


def _reasons() -> JsonObject:
    return {"type": "array", "items": _closed({"what": TEXT, "why": TEXT}, "what", "why")}


def _assumed() -> JsonObject:
    times: JsonObject = {"type": "array", "items": _words(TimeOf)}
    return {"type": "array", "items": _closed({"what": TEXT, "why": TEXT, "times": times}, "what", "why")}


def _norm() -> JsonObject:
    binds = _closed({"kinds": TEXTS, "parties": TEXTS, "role": _words(Role)})
    per_reading: JsonObject = {
        "binds": binds,
        "vendor": TEXTS,
        "action": TEXTS,
        "scope": _scope(),
        "when": CONDITION,
        "unless": CONDITION,
        "from": _time("after"),
        "until": _time("within"),
        "outcome": _words(NormOutcome),
        "applies": FLAG,
    }
    options = {"type": "object", "additionalProperties": _closed(per_reading)}
    return _closed(
        {
            "id": TEXT,
            "effect": _words(Effect),
            "strength": _words(Strength),
            "overrides": TEXTS,
            **per_reading,
            "readings": {"type": "object", "additionalProperties": options},
            "if_unknown": _words(IfUnknown),
            "duty": _duty(),
            "quote": TEXT,
            "paraphrase": TEXT,
        },
        "id",
        "effect",
    )
