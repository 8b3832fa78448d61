"""Case files: Markdown in which counsel writes questions and the answers they expect.

A file is prose with fenced blocks. `yaml` holds a document of instruments; `folder` names folders of
them, each on a line. An `asked` block has one question a line, `at | user | vendor action | facts`, then
`->` and what is expected: the outcome, and after semicolons any of `under q=o: outcome`, `cites a, b`,
`stayed a stayed by b`, `beside a`, `missing x`. After the facts may stand `known DATE`, `served`,
`reading q=o`. A `bound` block asks for all that binds: `bound.py`. A `problems` block lists what loading
must report, `code at line`. Reading files is the caller's business.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from offramp.core.errors import OfframpError, Problems, did_you_mean, raise_all
from offramp.core.instants import Instant, parse_instant
from offramp.core.spans import Span
from offramp.core.verdicts import Decision, Outcome
from offramp.instruments.bound import Bound, differences_of, read_bound
from offramp.instruments.decide import checked, decide
from offramp.instruments.loading import load
from offramp.instruments.model import Instruments, Question, Source

BLOCK = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CLAIMS = ("under", "cites", "stayed", "beside", "missing")
SHAPE = "write `DATE | USER | VENDOR ACTION | FACTS -> OUTCOME`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced block: its kind, its text, and the line its text begins at."""

    kind: str
    text: str
    line: int

    def lines(self) -> list[tuple[int, str]]:
        """Its lines that hold anything, each with its place in the file."""
        numbered = enumerate(self.text.splitlines(), self.line)
        return [(number, line.strip()) for number, line in numbered if line.strip()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question of a case, and what is expected of the answer."""

    where: Span
    text: str
    at: Instant
    known: Instant | None
    notice: str
    readings: Mapping[str, str]
    question: Question
    outcome: Outcome
    claims: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One file."""

    path: str
    documents: tuple[Source, ...]
    """Padded with blank lines, so that a place in one is a place in the file."""
    folders: tuple[tuple[str, Span], ...]
    asked: tuple[Asked, ...]
    bound: tuple[Bound, ...]
    problems: tuple[str, ...]
    """What loading must report, each with its line in its own block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of one question, and how the answer differs from what was expected."""

    where: Span
    text: str
    differences: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Whether the answer is the expected one in every point."""
        return not self.differences


def blocks_of(text: str) -> tuple[Block, ...]:
    """Every fenced block of a file that has a kind."""
    return tuple(
        Block(kind=hit[1], text=hit[2], line=text.count("\n", 0, hit.start(2)) + 1)
        for hit in BLOCK.finditer(text)
    )


def read_case(text: str, path: str) -> Case:
    """The case in `text`. Raises every line that cannot be read, with its place."""
    blocks = blocks_of(text)
    problems: list[OfframpError] = []
    asked: list[Asked] = []
    bound: list[Bound] = []
    for block in blocks:
        for number, line in block.lines() if block.kind in ("asked", "bound") else ():
            try:
                if block.kind == "asked":
                    asked.append(_asked(line, Span(path, number)))
                else:
                    bound.append(read_bound(line, Span(path, number)))
            except OfframpError as error:
                problems.append(error)
    raise_all(problems)
    return Case(
        path=path,
        documents=tuple(
            Source(path, "\n" * (block.line - 1) + block.text) for block in blocks if block.kind == "yaml"
        ),
        folders=tuple(
            (line, Span(path, number))
            for block in blocks
            if block.kind == "folder"
            for number, line in block.lines()
        ),
        asked=tuple(asked),
        bound=tuple(bound),
        problems=tuple(line for block in blocks if block.kind == "problems" for _, line in block.lines()),
    )


def loading_problems(sources: Sequence[Source], blocks: Sequence[Block]) -> tuple[str, ...]:
    """What loading reports, as a `problems` block writes it: `code at line`, lines counted in each block."""
    try:
        load(sources)
    except OfframpError as error:
        found = error.problems if isinstance(error, Problems) else (error,)
        return tuple(f"{one.code} at {_line_in_block(one, blocks)}" for one in found)
    return ()


def answer(instruments: Instruments, asked: Asked) -> Result:
    """Ask one question. Raises, with its place, what keeps it from being asked, such as unknown words."""
    try:
        question = checked(instruments, asked.question)
        decision = decide(
            instruments,
            question,
            at=asked.at,
            known=asked.known,
            readings=dict(asked.readings),
            notice=asked.notice,
        )
    except OfframpError as error:
        found = error.problems if isinstance(error, Problems) else (error,)
        raise Problems(
            [OfframpError(one.code, one.message, help=one.help, where=asked.where) for one in found]
        ) from None
    differences = []
    if decision.outcome is not asked.outcome:
        differences.append(f"expected {asked.outcome}, found {decision.outcome}")
    for kind, text in asked.claims:
        differences.extend(_difference(decision, kind, text))
    return Result(where=asked.where, text=asked.text, differences=tuple(differences))


def run(instruments: Instruments, case: Case) -> tuple[Result, ...]:
    """Every question of a case, in the order of the file. Raises what keeps any of them from being asked."""
    results: list[Result] = []
    problems: list[OfframpError] = []
    questions: list[Asked | Bound] = [*case.asked, *case.bound]
    for question in sorted(questions, key=lambda one: one.where.line):
        try:
            if isinstance(question, Asked):
                results.append(answer(instruments, question))
            else:
                found = differences_of(instruments, question)
                results.append(Result(where=question.where, text=question.text, differences=found))
        except OfframpError as error:
            problems.extend(error.problems if isinstance(error, Problems) else (error,))
    raise_all(problems)
    return tuple(results)


def _line_in_block(problem: OfframpError, blocks: Sequence[Block]) -> int:
    line = problem.where.line if problem.where else 0
    starts = [block.line for block in blocks if block.kind == "yaml" and block.line <= line]
    return line - max(starts) + 1 if starts else line


def _asked(line: str, where: Span) -> Asked:
    asks, arrow, expects = line.partition("->")
    parts = [part.strip() for part in asks.split("|")]
    if not arrow or len(parts) < 3 or len(parts[2].split()) != 2:
        raise OfframpError("case-unreadable", f"`{line}` is not a question", help=SHAPE, where=where)
    at, user, what, *rest = parts
    vendor, action = what.split()
    facts: dict[str, str] = {}
    readings: dict[str, str] = {}
    known, notice = None, "announced"
    for word in filter(None, (piece.strip() for piece in ",".join(rest).split(","))):
        name, _, value = word.partition(" ")
        if name == "known":
            known = _instant(value, where)
        elif word == "served":
            notice = "served"
        elif name == "reading" and "=" in value:
            readings.update([(value.partition("=")[0], value.partition("=")[2])])
        elif "=" in word:
            facts.update([(word.partition("=")[0], word.partition("=")[2])])
        else:
            help_line = "write FACT=VALUE, `known DATE`, `served` or `reading QUESTION=OPTION`"
            raise OfframpError("case-unreadable", f"`{word}` is not a fact", help=help_line, where=where)
    users, _, chain = user.partition(" via ")
    outcome, *claims = (part.strip() for part in expects.split(";"))
    return Asked(
        where=where,
        text=asks.strip(),
        at=_instant(at, where),
        known=known,
        notice=notice,
        readings=readings,
        question=Question(_listed(users), _listed(chain), vendor, action, dict(facts)),
        outcome=_outcome(outcome, where),
        claims=tuple(_claim(claim, where) for claim in claims if claim),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("+") if part.strip())


def _instant(text: str, where: Span) -> Instant:
    try:
        return parse_instant(text.strip())
    except OfframpError as error:
        raise OfframpError(error.code, error.message, help=error.help, where=where) from None


def _outcome(word: str, where: Span) -> Outcome:
    try:
        return Outcome(word)
    except ValueError:
        help_line = did_you_mean(word, [one.value for one in Outcome])
        raise OfframpError(
            "outcome-unknown", f"`{word}` is no outcome", help=help_line, where=where
        ) from None


def _claim(text: str, where: Span) -> tuple[str, str]:
    kind, _, rest = text.partition(" ")
    if kind not in CLAIMS or not rest.strip():
        help_line = f"begin it with one of: {', '.join(CLAIMS)}"
        raise OfframpError("claim-unknown", f"`{text}` claims nothing known", help=help_line, where=where)
    if kind == "under":
        choice, _, outcome = rest.partition(":")
        if not all("=" in pair for pair in choice.split("&")):
            help_line = "write `under QUESTION=OPTION: OUTCOME`"
            raise OfframpError("claim-unknown", f"`{text}` names no reading", help=help_line, where=where)
        _outcome(outcome.strip(), where)
    return kind, rest.strip()


def _difference(decision: Decision, kind: str, text: str) -> list[str]:
    """How an answer differs from one claim, in words; nothing where it agrees."""
    if kind == "under":
        choice, _, outcome = text.partition(":")
        wanted = dict(pair.strip().split("=", 1) for pair in choice.split("&"))
        found = {one.outcome.value for one in decision.readings if wanted.items() <= one.choice.items()}
        if found == {outcome.strip()}:
            return []
        shown = ", ".join(sorted(found)) or "no such reading matters"
        return [f"under {choice.strip()} expected {outcome.strip()}, found {shown}"]
    wanted_names = {name.strip() for name in text.split(",")}
    match kind:
        case "cites":
            there = {str(norm.id) for one in decision.readings for norm in one.norms}
        case "stayed":
            there = {f"{norm.id} {norm.note}" for norm in decision.stayed}
        case "beside":
            there = {str(norm.id) for norm in decision.beside} & wanted_names
        case _:
            there = set(decision.missing_facts)
    if there == wanted_names:
        return []
    return [f"{kind}: expected {', '.join(sorted(wanted_names))}; found {', '.join(sorted(there)) or 'none'}"]
