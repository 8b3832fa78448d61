"""decision/v1: one answer to "may this be done?", under every reading that matters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from offramp.core.digests import JsonObject
from offramp.core.ids import InstrumentId
from offramp.core.instants import Instant, format_instant
from offramp.core.verdicts import CitedNorm, Decision, Outcome, ReadingOutcome
from offramp.instruments import Instruments, Question
from offramp.report.attribution import attribution_bodies, attributions, unsound
from offramp.report.document import Document, Table
from offramp.report.documents.assumed import assumed_body, assumed_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked, of which instruments, and what a stance makes of the answer."""

    question: Question
    at: Instant
    known: Instant | None
    notice: str
    folders: tuple[str, ...]
    """Where the instruments were read, as the user named it."""
    stance: str = ""
    """How the answer is enforced, in words; empty: not asked."""
    enforced: Outcome | None = None


def decision_document(decision: Decision, asked: Asked, instruments: Instruments) -> Document:
    """The answer first, then what each reading rests on, what is stayed, and what is missing."""
    return Document(
        schema="offramp/decision/v1",
        title=f"{decision.outcome.value.upper()}: {_sentence(asked)}",
        at=asked.at,
        body=_body(decision, asked)
        | {
            "assumed": assumed_body(instruments, decision.instruments),
            "attributions": attribution_bodies(instruments, _named(decision)),
        },
        tables=(*_tables(decision, instruments), *assumed_tables(instruments, decision.instruments)),
        notes=(*_notes(decision, asked, instruments), *unsound(instruments)),
        scope=scope_of(instruments, asked.folders),
        method="conditions evaluated on the facts given; every open question answered each way",
        gaps=gaps_of(instruments, asked.at, asked.question.vendor),
        next_steps=_next_steps(decision, instruments),
        attributions=attributions(instruments, _named(decision)),
        is_legal_matter=True,
    )


def _named(decision: Decision) -> set[InstrumentId]:
    return {*decision.instruments, *(norm.instrument for norm in decision.beside)}


def scope_of(instruments: Instruments, folders: tuple[str, ...]) -> str:
    """Which instruments an answer rests on, in words, with the digest of their texts."""
    count = len(instruments.instruments)
    return f"{count} instruments from {', '.join(folders)} (version {instruments.digest[:12]})"


def gaps_of(instruments: Instruments, at: Instant, vendor: str) -> tuple[str, ...]:
    """What such an answer cannot know."""
    gaps = [
        "only the instruments loaded are considered; a person rendered them from texts or reports",
        "facts are taken as declared",
    ]
    gaps += sorted({end.say for end in instruments.ends if at >= end.until_at})
    if vendor and not _is_named(instruments, vendor):
        gaps.append(f"no instrument loaded here names the vendor `{vendor}`")
    return tuple(gaps)


def norm_body(norm: CitedNorm) -> JsonObject:
    """A cited norm as JSON."""
    body = {
        "id": norm.id,
        "instrument": norm.instrument,
        "effect": norm.effect,
        "quote": norm.quote,
        "source": norm.source,
    }
    return {**body, "note": norm.note} if norm.note else body


def _is_named(instruments: Instruments, vendor: str) -> bool:
    listed = {name for norm in instruments.norms.values() for form in norm.forms for name in form.vendors}
    return vendor in listed or vendor in instruments.vocabulary.vendors


def _sentence(asked: Asked) -> str:
    question = asked.question
    facts = ", ".join(f"{name}={_shown(value)}" for name, value in sorted(question.facts.items()))
    via = f" via {', '.join(question.via)}" if question.via else ""
    given = f" ({facts})" if facts else ""
    action = question.action.replace("_", " ")
    return f"may {', '.join(question.user)}{via} {action} {question.vendor}{given}?"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body(decision: Decision, asked: Asked) -> JsonObject:
    question = asked.question
    body: JsonObject = {
        "outcome": decision.outcome.value,
        "question": {
            "user": list(question.user),
            "via": list(question.via),
            "vendor": question.vendor,
            "action": question.action,
            "facts": dict(question.facts),
        },
        "at": format_instant(asked.at),
        "known": format_instant(asked.known) if asked.known else None,
        "notice": asked.notice,
        "readings": [
            {
                "choice": dict(reading.choice),
                "outcome": reading.outcome.value,
                "norms": [norm_body(norm) for norm in reading.norms],
            }
            for reading in decision.readings
        ],
        "stayed": [norm_body(norm) for norm in decision.stayed],
        "beside": [norm_body(norm) for norm in decision.beside],
        "missing_facts": list(decision.missing_facts),
        "instruments": list(decision.instruments),
    }
    if asked.enforced is not None:
        body |= {"stance": asked.stance, "enforced": asked.enforced.value}
    return body


def _tables(decision: Decision, instruments: Instruments) -> tuple[Table, ...]:
    tables = [
        Table(
            title="Under each reading",
            columns=("reading", "outcome", "because of"),
            rows=tuple(_reading_row(reading) for reading in decision.readings),
        )
    ]
    cited = _unique(norm for reading in decision.readings for norm in reading.norms)
    for title, norms in (
        ("What it rests on", cited),
        ("Stayed: would apply, and does not now", decision.stayed),
        ("Beside the answer", decision.beside),
    ):
        if norms:
            tables.append(_norm_table(title, norms))
    asked = {question for reading in decision.readings for question in reading.choice}
    if asked:
        tables.append(_question_table(sorted(asked), instruments))
    return tuple(tables)


def _reading_row(reading: ReadingOutcome) -> tuple[str, str, str]:
    deciding = [norm.id for norm in reading.norms if not norm.note]
    others = [f"{norm.id}: {norm.note}" for norm in reading.norms if norm.effect == "prohibit"]
    because = "\n".join(deciding or others) or "nothing loaded here forbids it"
    return choice_words(reading.choice), reading.outcome.value, because


def choice_words(choice: Mapping[str, str]) -> str:
    """A choice of readings in words."""
    return ", ".join(f"{question}={option}" for question, option in choice.items()) or "every reading"


def _norm_table(title: str, norms: tuple[CitedNorm, ...]) -> Table:
    rows = tuple(
        (
            "\n".join(part for part in (norm.id, norm.effect, norm.note) if part),
            f"{norm.quote}\n— {norm.source}",
        )
        for norm in norms
    )
    return Table(title=title, columns=("norm", "says"), rows=rows)


def _question_table(asked: list[str], instruments: Instruments) -> Table:
    rows = tuple(
        (f"{question}={option.key}", option.text, ", ".join(option.by), option.source)
        for question in asked
        for option in instruments.questions[question].options
    )
    return Table(title="Who reads it how", columns=("reading", "text", "held by", "source"), rows=rows)


def _unique(norms: Iterable[CitedNorm]) -> tuple[CitedNorm, ...]:
    seen: dict[tuple[str, str], CitedNorm] = {}
    for norm in norms:
        seen.setdefault((norm.id, norm.note), norm)
    return tuple(seen.values())


def _notes(decision: Decision, asked: Asked, instruments: Instruments) -> tuple[str, ...]:
    notes = []
    if decision.outcome is Outcome.CONTESTED:
        questions = sorted({question for reading in decision.readings for question in reading.choice})
        asks = "; ".join(f"{name}: {instruments.questions[name].question}" for name in questions)
        notes.append(f"The answer depends on an open question. {asks}")
    if decision.missing_facts:
        notes.append(f"Facts missing: {', '.join(decision.missing_facts)}.")
    if asked.known is not None:
        notes.append(f"As known at {format_instant(asked.known)}.")
    if asked.notice == "served":
        notes.append("A norm counts from when it is known to have been served on the party.")
    if asked.enforced is not None:
        notes.append(f"Under the stance ({asked.stance}): {asked.enforced.value}.")
    return tuple(notes)


def _next_steps(decision: Decision, instruments: Instruments) -> tuple[str, ...]:
    steps = []
    for name in decision.missing_facts:
        fact = instruments.vocabulary.facts[name]
        example = fact.values[0] if fact.values else fact.default if fact.default is not None else "…"
        steps.append(f"ask again with --fact {name}={_shown(example)} (or what it is)")
    if decision.outcome is Outcome.CONTESTED:
        choice = next(iter(decision.readings)).choice
        steps += [
            f"see one reading alone: --reading {question}={option}" for question, option in choice.items()
        ]
        steps.append("to enforce it, a named person sets `stance` in offramp.yaml")
    if decision.stayed:
        steps.append("a stay can end: put its instrument's changes into the folder and ask again")
    return tuple(steps)
