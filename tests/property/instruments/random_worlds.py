"""Small random sets of instruments, and random questions about any set: facts missing and wrong too."""

from datetime import timedelta
from random import Random

from offramp.core.instants import Instant, parse_instant
from offramp.core.verdicts import FactValue
from offramp.instruments import Instruments, Question, Source, change_points, load
from offramp.instruments.model import Fact, FactType

HEAD = """schema: offramp.instruments/v1
vocabulary:
  parties: {example-a: [company], harbor-board: [civil_agency]}
  vendors: {example-a: [], example-a-line: [example-a], example-b: []}
facts:
  staff: {type: int, min: 0, max: 20, default: 0}
  granted: {type: bool, evidence: judged, decided_by: dow_component, default: false}
readings:
  reach: {question: how far, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
  sense: {question: which, options: {one: {by: x, text: one}, two: {by: y, text: two}}}
"""
ATOMS = (
    'context.under == "dow"',
    '"federal" == context.under',
    'context.under != "commercial"',
    '["dow", "federal"].contains(context.under)',
    "context.existing_use",
    "context.force",
    "context.granted",
    "context.persons > 10",
    "5 <= context.persons",
    "context.persons == 7",
    "context.staff < context.persons",
    "context.persons >= context.us_persons",
    "context.force != context.existing_use",
    'context.purpose == "weapons"',
    "context.network != context.deployment",
    "context has human",
    "context has force && context.force",
    '["none", "responsible"].contains(context.human)',
    'context.via.contains("contractor")',
    'context.via.contains("military_business")',
    'principal in Party::"company"',
    'principal in Party::"harbor-board"',
    'resource in Vendor::"example-a"',
    'action in Action::"commercial_activity"',
    "true",
    "false",
)
KINDS = ("anyone", "anyone", "company", "contractor", "military_business", "civil_agency", "dow_component")
VENDORS = ("example-a", "example-a-line", "example-b", "another-vendor")
ACTIONS = ("use", "procure", "commercial_activity", "provide_service", "deploy")
DAYS = ("2030-01-01", "2030-02-01", "2030-03-01", "2030-04-01", "2030-05-01")
JUNK: tuple[FactValue, ...] = ("", "junk", "unknown", "\ud800", -3, 7, 2**63, 10**30, True, False)


def condition(random: Random, depth: int = 2, atoms: tuple[str, ...] = ATOMS) -> str:
    """A random condition of the subset."""
    kind = random.random()
    if depth == 0 or kind < 0.4:
        return random.choice(atoms)
    if kind < 0.55:
        return f"!({condition(random, depth - 1, atoms)})"
    sign = random.choice(("&&", "||"))
    return f"({condition(random, depth - 1, atoms)} {sign} {condition(random, depth - 1, atoms)})"


def _binds(random: Random) -> str:
    role = random.choice(("user", "any", "any", "via"))
    if random.random() < 0.15:
        return f"{{parties: [example-a], role: {role}}}"
    kinds = dict.fromkeys(random.choices(KINDS, k=random.choice((1, 1, 2))))
    return f"{{kinds: [{', '.join(kinds)}], role: {role}}}"


def _norm(random: Random, name: str, others: list[str], atoms: tuple[str, ...]) -> str:
    parts = [f"id: {name}"]
    kind = random.random()
    if kind < 0.15 and others:
        parts += ["effect: permit", "strength: lift", f"overrides: [{random.choice(others)}]"]
    elif kind < 0.3:
        parts += ["effect: permit", "strength: entitle"]
    elif kind < 0.4:
        parts += ["effect: oblige"]
    else:
        parts += ["effect: prohibit"]
        if random.random() < 0.2:
            parts.append("outcome: hold")
    parts.append(f"binds: {_binds(random)}")
    parts.append(f"vendor: {random.choice(('any',) * 5 + VENDORS[:3])}")
    parts.append(f"action: {random.choice(('any',) * 5 + ACTIONS)}")
    if random.random() < 0.85:
        parts.append(f"when: '{condition(random, 2, atoms)}'")
    if random.random() < 0.2:
        parts.append(f"unless: '{condition(random, 1, atoms)}'")
    if random.random() < 0.3:
        parts.append(f"from: {random.choice(DAYS[:3])}")
    if random.random() < 0.3:
        parts.append(f"until: {random.choice(DAYS[3:])}")
    parts.append(f"if_unknown: {random.choice(('hold', 'forbid', 'permit'))}")
    if random.random() < 0.35:
        change = random.choice((f"when: '{condition(random, 1, atoms)}'", "applies: false", "action: use"))
        question, option = random.choice((("reach", "narrow"), ("sense", "two")))
        parts.append(f"readings: {{{question}: {{{option}: {{{change}}}}}}}")
    return "      - {" + ", ".join([*parts, "quote: q"]) + "}"


def document(random: Random, most: int = 4, atoms: tuple[str, ...] = ATOMS) -> str:
    """A random document: instruments with norms, stays, endings, extensions, rulings and notices."""
    lines = [HEAD, "instruments:"]
    named: list[str] = []
    prohibitions: list[str] = []
    for number in range(random.randint(1, most)):
        name = f"order-{number}"
        start = random.choice(DAYS[:3])
        lines += [
            f"  - id: {name}",
            "    kind: order",
            "    title: t",
            "    issuer: i",
            "    basis: text",
            "    source: {document: d}",
            f"    from: {start}",
        ]
        if random.random() < 0.3:
            lines.append(f"    until: {random.choice(DAYS[3:])}")
        if random.random() < 0.3:
            lines.append(f"    announced: {random.choice(DAYS[:4])}")
        if random.random() < 0.5:
            who = random.choice(("all", "company", "contractor", "civil_agency"))
            lines.append(f"    served: {{{who}: {random.choice(DAYS)}}}")
        elif random.random() < 0.05:
            lines.append("    status: proposed")
        lines.append("    norms:")
        for index in range(random.randint(2, 4)):
            line = _norm(random, f"n{index}", prohibitions, atoms)
            lines.append(line)
            named.append(f"{name}.n{index}")
            if "effect: prohibit" in line:
                prohibitions.append(named[-1])
    lines += _acting(random, named)
    return "\n".join(lines) + "\n"


def _acting(random: Random, named: list[str]) -> list[str]:
    plain = "title: t, issuer: i, basis: text, source: {document: d}"
    lines = []
    if random.random() < 0.4:
        parties = random.choice(("", ", parties: [contractor]", ", parties: [civil_agency, company]"))
        lines.append(
            f"  - {{id: court, kind: stay, {plain}, issued: {random.choice(DAYS[1:])}, "
            f"stays: [{{of: {random.choice(named)}{parties}}}]}}"
        )
        if random.random() < 0.3:
            lines.append(
                f"  - {{id: appeal, kind: ruling, {plain}, issued: {DAYS[4]}, stays: [{{of: court}}]}}"
            )
    if random.random() < 0.3:
        lines.append(
            f"  - {{id: ruling, kind: ruling, {plain}, issued: {random.choice(DAYS)}, "
            f"settles: {{reach: {random.choice(('wide', 'narrow'))}}}}}"
        )
    if random.random() < 0.2:
        lines.append(
            f"  - {{id: later, kind: order, {plain}, issued: {random.choice(DAYS[2:])}, "
            f"supersedes: [{random.choice(named).partition('.')[0]}]}}"
        )
    return lines


def instruments(random: Random, most: int = 4, atoms: tuple[str, ...] = ATOMS) -> Instruments:
    """A random document, loaded."""
    return load([Source("random.yaml", document(random, most, atoms))])


def value(random: Random, fact: Fact) -> FactValue:
    """A value the fact can have."""
    match fact.type:
        case FactType.BOOL:
            return random.random() < 0.5
        case FactType.INT:
            return max(
                fact.minimum or 0,
                random.choice((0, 1, 4, 5, 6, 7, 8, 10, 11, 12, 9999, 10000)) % ((fact.maximum or 10**6) + 1),
            )
        case _:
            return (
                random.choice((*fact.names, "something else"))
                if fact.type is FactType.TEXT
                else random.choice(fact.values)
            )


def facts(
    random: Random, words: Instruments, *, junk: float = 0.1, missing: float = 0.2
) -> dict[str, FactValue]:
    """Facts of a request: some missing, some with a value they cannot have."""
    found: dict[str, FactValue] = {}
    for name, fact in words.vocabulary.facts.items():
        if random.random() >= missing:
            found[name] = random.choice(JUNK) if random.random() < junk else value(random, fact)
    return found


def question(random: Random, words: Instruments, given: dict[str, FactValue]) -> Question:
    """A random question with these facts."""
    vocabulary = words.vocabulary
    parties = (*vocabulary.party_kinds, *vocabulary.parties)
    vendors = (*vocabulary.vendors, "another-vendor")
    actions = tuple(vocabulary.actions)
    return Question(
        user=(random.choice(parties),),
        via=tuple(random.sample(parties, random.choice((0, 0, 1, 2)))),
        vendor=random.choice(vendors),
        action="use" if random.random() < 0.7 else random.choice(actions),
        facts=given,
    )


def moment(random: Random, words: Instruments) -> Instant:
    """An instant at, before or between change points."""
    points = change_points(words) or (parse_instant("2030-01-01"),)
    if random.random() < 0.5:
        return parse_instant("2030-03-15")
    return random.choice(points) + random.choice(
        (timedelta(0), timedelta(microseconds=-1), timedelta(days=3))
    )
