"""Synthetic instruments for the benchmarks: prohibitions, duties and lifts about twenty vendors."""

from random import Random

from offramp.instruments import Instruments, Source, load

VENDORS = 20
ACTIONS = ("use", "procure", "host", "resell", "provide_service", "deploy")
KINDS = ("company", "contractor", "civil_agency", "dow_component", "federal_agency", "military_business")
CONDITIONS = (
    'context.under == "dow"',
    'context.under != "commercial" && context.existing_use',
    "context.persons >= {number}",
    'context.force && context.human != "decides"',
    'context.purpose == "surveillance" && context.us_persons >= {number}',
    '["cloud", "edge"].contains(context.deployment) || context.persons > {number}',
    'context.network == "classified"',
)
OWN = "context.us_persons >= {number}"
LIMITS = (100, 1000, 10000)
HEAD = """schema: offramp.instruments/v1
readings:
  reach: {question: how far, options: {wide: {by: x, text: all}, narrow: {by: y, text: some}}}
vocabulary:
  vendors: {VENDORS}
instruments:
"""


def document(count: int, seed: int = 7, vendors: int = VENDORS, *, is_alike: bool = True) -> str:
    """About `count` norms, eight to an instrument: six prohibitions, a duty or entitlement, a lift.

    Not alike: every norm has a number of its own, so few conditions can be asked once for several norms.
    """
    random = Random(seed)
    names = ", ".join(f"vendor-{number}: []" for number in range(vendors))
    lines = [HEAD.replace("VENDORS}", f"{names}}}")]
    for number in range(max(1, count // 8)):
        vendor = f"vendor-{random.randrange(vendors)}"
        lines.append(
            f"  - {{id: order-{number}, kind: order, title: t, issuer: i, basis: text, "
            f"source: {{document: d}}, from: 203{random.randrange(5)}-0{random.randrange(1, 10)}-01, "
            "norms: [\n"
        )
        for index in range(min(8, count)):
            lines.append(_norm(random, number, index, vendor, is_alike=is_alike))
        lines.append("    ]}\n")
    return "".join(lines)


def _norm(random: Random, number: int, index: int, vendor: str, *, is_alike: bool) -> str:
    effect = "effect: prohibit"
    if index == 6:
        effect = random.choice(("effect: oblige", "effect: permit, strength: entitle"))
    elif index == 7:
        effect = f"effect: permit, strength: lift, overrides: [order-{number}.n0]"
    own = 2 + number * 8 + index
    chosen = [*random.sample(CONDITIONS, 3)] if is_alike else [OWN, *random.sample(CONDITIONS, 2)]
    parts = [one.format(number=random.choice(LIMITS) if is_alike else own) for one in chosen]
    when = " && ".join(f"({part})" for part in parts)
    reading = ", readings: {reach: {narrow: {when: 'context.under == \"dow\"'}}}" if index == 1 else ""
    return (
        f"      {{id: n{index}, {effect}, binds: {{kinds: [{random.choice(KINDS)}], "
        f"role: {random.choice(('user', 'any'))}}}, vendor: {vendor}, action: {random.choice(ACTIONS)}, "
        f"when: '{when}', quote: q{reading}}},\n"
    )


def instruments(count: int, seed: int = 7, vendors: int = VENDORS, *, is_alike: bool = True) -> Instruments:
    """The document, loaded."""
    return load([Source("synthetic.yaml", document(count, seed, vendors, is_alike=is_alike))])
