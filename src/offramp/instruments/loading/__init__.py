"""From YAML to frozen values: `load` reads every document in one pass and shows every problem together."""

from collections.abc import Sequence

from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError, raise_all
from offramp.core.ids import InstrumentId
from offramp.core.spans import Span
from offramp.core.yaml_values import Codes, Fields, Value, read
from offramp.instruments.loading import references
from offramp.instruments.loading.instruments import instrument
from offramp.instruments.loading.norms import Surroundings
from offramp.instruments.loading.terms import contested_questions, terms
from offramp.instruments.loading.times import Reckoning, calendar_of, calendars_of, ends, zone_of
from offramp.instruments.loading.vocabulary import vocabulary
from offramp.instruments.model import Instrument, Instruments, RecordEnd, Source

SCHEMA = "offramp.instruments/v1"
SECTIONS = (
    "about",
    "zone",
    "calendar",
    "calendars",
    "record_ends",
    "vocabulary",
    "facts",
    "terms",
    "readings",
    "instruments",
)
ABOUT = ("title", "rendered_by", "rendered_on", "note")
RECORD_END = ("day", "say")
CODES = Codes(missing="key-missing", shape="type-wrong", value="type-wrong", word="word-unknown")


def load(sources: Sequence[Source]) -> Instruments:
    """Everything the documents say, with one vocabulary and one set of contested questions.

    Raises every problem found, each with its place: unknown keys, words, facts, parties, actions, questions
    and references; wrong types; unreadable times; conditions outside the subset.
    """
    problems: list[OfframpError] = []
    documents = [fields for source in sources if (fields := _document(source, problems)) is not None]
    words = vocabulary(_section(documents, "vocabulary"), _section(documents, "facts"))
    questions = contested_questions(_section(documents, "readings"))
    known_terms = terms(_section(documents, "terms"), questions)
    calendars = calendars_of(_section(documents, "calendars"))
    instruments: dict[InstrumentId, Instrument] = {}
    record_ends: list[RecordEnd] = []
    for fields in documents:
        calendar = calendar_of(fields.get("calendar"), calendars)
        times = Reckoning(zone_of(fields.get("zone")), calendar, calendars)
        about = fields["about"].fields(ABOUT) if "about" in fields else None
        around = Surroundings(words, questions, known_terms, times, fields.table.node, about)
        if "record_ends" in fields:
            record_ends.extend(_record_end(fields["record_ends"], around))
        for item in fields.items("instruments", "the instrument"):
            read = instrument(item, around)
            if read.id in instruments:
                first = instruments[read.id].span
                item.problem(
                    "id-twice", f"the instrument `{read.id}` already stands at {first}", "rename one of them"
                )
                continue
            instruments[read.id] = read
    norms = {norm.id: norm for one in instruments.values() for norm in one.norms}
    problems.extend(references.problems(instruments, norms))
    raise_all(_once(problems))
    return Instruments(
        vocabulary=words,
        questions=questions,
        instruments=instruments,
        norms=norms,
        acting=references.acting(instruments.values()),
        ends=tuple(record_ends),
        digest=_digest(sources),
    )


def _digest(sources: Sequence[Source]) -> str:
    """Which texts these are, whatever order they were read in."""
    ordered = sorted(sources, key=lambda one: (one.path, one.text))
    return sha256_hex("\x00".join(f"{one.path}\x00{one.text}" for one in ordered).encode())


def _document(source: Source, problems: list[OfframpError]) -> Fields | None:
    try:
        root = read(source.text, source.path, "the document", CODES, problems)
    except OfframpError as error:
        problems.append(error)
        return None
    if root is None:
        problems.append(_empty(source.path))
        return None
    fields = root.fields(("schema", *SECTIONS), required=("schema",))
    if "schema" in fields and fields["schema"].raw != SCHEMA:
        fields["schema"].problem(
            "schema-unknown",
            f"`{fields['schema'].raw}` is not a language known here",
            f"write `schema: {SCHEMA}`",
        )
        return None
    if "about" in fields:
        fields["about"].fields(ABOUT)
    return fields


def _empty(path: str) -> OfframpError:
    return OfframpError(
        "document-empty", f"`{path}` is empty", help=f"start it with `schema: {SCHEMA}`", where=Span(path)
    )


def _section(documents: Sequence[Fields], name: str) -> list[Value]:
    return [fields[name] for fields in documents if name in fields]


def _record_end(value: Value, around: Surroundings) -> list[RecordEnd]:
    fields = value.fields(RECORD_END, required=RECORD_END)
    until = ends(fields["day"], around.times) if "day" in fields else None
    if until is None or "say" not in fields:
        return []
    return [
        RecordEnd(
            path=value.sheet.path,
            until_at=until,
            say=fields["say"].text(),
            zone=around.times.zone.key if around.times.zone else "",
        )
    ]


def _once(problems: Sequence[OfframpError]) -> list[OfframpError]:
    seen: dict[tuple[str, str, Span | None], OfframpError] = {}
    for problem in problems:
        seen.setdefault((problem.code, problem.message, problem.where), problem)
    return sorted(seen.values(), key=_place)


def _place(problem: OfframpError) -> tuple[str, int, int]:
    where = problem.where or Span("")
    return where.path, where.line, where.column
