"""What an instrument does to others: stays them, ends them, extends them, settles questions."""

from collections.abc import Iterator

from offramp.core.yaml_values import Fields, Value
from offramp.instruments.acts import EndingOf, ExtensionOf, Settlement, StayOf
from offramp.instruments.loading.norms import Surroundings
from offramp.instruments.loading.times import begins, bounds, calendar_of, ends, measured, period

STAY = ("of", "parties", "from", "until")
EXTENSION = ("of", "parties", "until", "by", "calendar")
ENDING = ("of", "parties", "from")
SETTLEMENT = ("option", "parties", "from")


def stays(value: Value | None, around: Surroundings) -> tuple[StayOf, ...]:
    """Read `stays`."""
    found: list[StayOf] = []
    for item in value.items("the stay") if value is not None else []:
        fields = item.fields(STAY, required=STAY[:1])
        parties = parties_of(fields, around)
        start, until = bounds(fields.given, around.times)
        found.extend(
            StayOf(target=target, parties=parties, from_at=start, until_at=until)
            for target in fields.texts("of")
        )
    return tuple(found)


def extends(value: Value | None, around: Surroundings) -> tuple[ExtensionOf, ...]:
    """Read `extends`: a later end, or by how much later."""
    found: list[ExtensionOf] = []
    for item in value.items("the extension") if value is not None else []:
        fields = item.fields(EXTENSION, required=EXTENSION[:1])
        if ("until" in fields) == ("by" in fields):
            item.problem(
                "end-missing", "an extension says until when, or by how much", "add one of `until` and `by`"
            )
        calendar = calendar_of(fields.get("calendar"), around.times.calendars) or around.times.calendar
        until = ends(fields["until"], around.times) if "until" in fields else None
        by = period(fields["by"]) if "by" in fields else None
        if by is not None:
            measured(fields["by"], by, around.times.points.get("begins"), around.times)
        if until is None and by is None:
            continue
        parties = parties_of(fields, around)
        found.extend(
            ExtensionOf(
                target=target,
                parties=parties,
                until_at=until,
                by=by,
                calendar=calendar,
                zone=around.times.zone,
            )
            for target in fields.texts("of")
        )
    return tuple(found)


def endings(fields: Fields, around: Surroundings) -> tuple[EndingOf, ...]:
    """Read `ends` and `supersedes`: names, or names with the time from which and the parties for whom."""
    found: list[EndingOf] = []
    for key in ("ends", "supersedes"):
        for item in fields.items(key, f"the entry of `{key}`"):
            if not item.is_table:
                found.append(_ending(item.text(), key))
                continue
            inner = item.fields(ENDING, required=ENDING[:1])
            start = begins(inner["from"], around.times) if "from" in inner else None
            parties = parties_of(inner, around)
            found += [
                EndingOf(target=target, parties=parties, from_at=start, is_replaced=key == "supersedes")
                for target in inner.texts("of")
            ]
    return tuple(found)


def _ending(target: str, key: str) -> EndingOf:
    return EndingOf(target=target, parties=(), from_at=None, is_replaced=key == "supersedes")


def settles(value: Value | None, around: Surroundings) -> tuple[Settlement, ...]:
    """Read `settles`: a question and the option that answers it, with from when and for whom."""
    found = []
    for question, body in value.entries("question").items() if value is not None else ():
        fields = body.fields(SETTLEMENT, required=SETTLEMENT[:1]) if body.is_table else None
        option = fields.get("option") if fields else body
        known = around.questions.get(question)
        if known is None:
            body.problem(
                "question-unknown", f"no contested question `{question}`", "declare it under `readings`"
            )
        elif option is not None and option.text() not in {one.key for one in known.options}:
            keys = ", ".join(one.key for one in known.options)
            option.problem(
                "option-unknown", f"`{question}` has no option `{option.raw}`", f"use one of: {keys}"
            )
        elif option is not None:
            found.append(
                Settlement(
                    question=question,
                    option=option.text(),
                    parties=parties_of(fields, around) if fields else (),
                    from_at=begins(fields["from"], around.times) if fields and "from" in fields else None,
                )
            )
    return tuple(found)


def parties_of(fields: Fields, around: Surroundings) -> tuple[str, ...]:
    """The parties and kinds under `parties`; unknown ones are recorded."""
    return tuple(_known(fields, around))


def _known(fields: Fields, around: Surroundings) -> Iterator[str]:
    words = around.vocabulary
    for item in fields.items("parties", "the party"):
        party = item.text()
        if party not in words.party_kinds and party not in words.parties:
            known = ", ".join(sorted({*words.party_kinds, *words.parties}))
            item.problem("party-unknown", f"no party or kind `{party}`", f"use one of: {known}")
        yield party
