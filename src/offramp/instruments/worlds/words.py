"""Points and regions in words: conditions a lawyer can read, and the request they are an example of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from offramp.core.instants import Instant
from offramp.core.verdicts import FactValue
from offramp.instruments.model import ContestedQuestion, Question
from offramp.instruments.solver import Value
from offramp.instruments.vocabulary import ANYONE, party_closure
from offramp.instruments.worlds.regions import TIME, Allowed, Range, Region
from offramp.instruments.worlds.space import SERVING, World, instant

DOES: Mapping[str, str] = {
    "commercial_activity": "do business with {what}",
    "invest": "invest in {what}",
    "list_in_catalog": "list {what} in a catalogue",
    SERVING: "provide {whose} service",
}
"""Acts that read otherwise than the verb and its object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One request that shows it."""

    user: tuple[str, ...]
    via: tuple[str, ...]
    vendor: str
    action: str
    at: Instant | None
    """None: at any time."""
    readings: Mapping[str, str]
    facts: Mapping[str, FactValue]
    """Every fact the norms compared here read."""
    telling: tuple[str, ...]
    """The facts that matter to it."""
    named: frozenset[str] = frozenset()
    """Those of its parties that are somebody, not a kind."""

    @property
    def question(self) -> Question:
        """As the run-time engine is asked."""
        return Question(self.user, self.via, self.vendor, self.action, self.facts)


def witness(world: World, region: Region, facts: Iterable[str]) -> Witness:
    """The request a region's point stands for; `facts` not in the point have their ordinary value."""
    point = region.point
    profile = world.profile
    links = [name.removeprefix("via:") for name, value in point.items() if name.startswith("via:") and value]
    said: dict[str, FactValue] = dict(profile.facts)
    telling = []
    for name in sorted({*facts} - profile.facts.keys()):
        if point.get(f"given:{name}", True) is False:
            continue
        key = f"fact:{name}"
        if key in point:
            if any(key in one.split(">=") for one in region.allowed):
                telling.append(name)
            said[name] = point[key]
        else:
            said[name] = _ordinary(world, name)
    at = point.get(TIME)
    user = profile.user if profile.user is not None else (str(point.get("user", ANYONE)),)
    via = profile.via if profile.via is not None else _narrowest(world, links)
    return Witness(
        user=user,
        via=via,
        vendor=profile.vendor or str(point.get("vendor", _any_vendor(world))),
        action=profile.action or str(point.get("action", "use")),
        at=profile.at if profile.at is not None else instant(int(at)) if at is not None else None,
        readings={
            **profile.readings,
            **{
                name.removeprefix("reading:"): str(value)
                for name, value in point.items()
                if name.startswith("reading:")
            },
        },
        facts=said,
        telling=tuple(telling),
        named=frozenset({*user, *via} & world.vocabulary.parties.keys()),
    )


def _any_vendor(world: World) -> str:
    return next(iter(sorted(world.vocabulary.vendors)), "any vendor")


def _ordinary(world: World, name: str) -> FactValue:
    fact = world.vocabulary.facts[name]
    if fact.default is not None:
        return fact.default
    match fact.type:
        case "bool":
            return False
        case "int":
            return max(fact.minimum or 0, min(0, fact.maximum or 0))
        case _:
            return fact.values[0] if fact.values else "(anything)"


def _narrowest(world: World, names: list[str]) -> tuple[str, ...]:
    above = {
        parent for name in names for parent in party_closure((name,), world.vocabulary) if parent != name
    }
    return tuple(sorted(name for name in names if name not in above))


def brief(world: World, region: Region) -> str:
    """What sets a region apart, as the end of a sentence: who, by what chain, given which facts."""
    telling = [
        (_rank(name), name, _condition(world, name, value, {}, says=False))
        for name, value in region.allowed.items()
        if name not in ("action", "vendor", TIME)
    ]
    text = "; ".join(part for _, _, part in sorted(telling))
    return f", where {text}" if text else ""


def conditions(world: World, region: Region, questions: Mapping[str, ContestedQuestion]) -> tuple[str, ...]:
    """The region in words, who and what first; nothing at all means always."""
    found = [
        (_rank(name), name, _condition(world, name, value, questions))
        for name, value in region.allowed.items()
    ]
    return tuple(text for _, _, text in sorted(found))


def _rank(name: str) -> int:
    kinds = ("user", "via:", "action", "vendor", "fact:", "given:", TIME, "reading:")
    return next((rank for rank, kind in enumerate(kinds) if name.startswith(kind)), len(kinds))


def _condition(
    world: World,
    name: str,
    value: Allowed,
    questions: Mapping[str, ContestedQuestion],
    *,
    says: bool = True,
) -> str:
    kind, _, rest = name.partition(":")
    if ">=" in name:
        one, _, other = name.partition(">=")
        sign = "≥" if value else "<"
        return f"{one.removeprefix('fact:')} {sign} {other.removeprefix('fact:')}"
    match kind, value:
        case "user", frozenset():
            all_names = world.attributes["user"].values
            return "who acts is " + _listed(
                value,
                all_names,
                lambda one: _kinds_under(world, one),
                say=lambda one: named(world, one),
            )
        case "via", bool():
            if rest == ANYONE:
                return "reached through somebody else" if value else "reached directly"
            return f"{'' if value else 'not '}reached through {named(world, rest)}"
        case (("action" | "vendor"), frozenset()):
            all_names = world.attributes[kind].values
            names = [*world.vocabulary.actions] if kind == "action" else [*world.vocabulary.vendors]
            return f"the {kind} is " + _listed(
                value,
                all_names,
                lambda one: world.under(one, kind),
                extra=names,
                say=lambda one: one.replace("_", " ") if kind == "action" else one,
            )
        case "time", Range():
            return _interval(value)
        case "reading", frozenset():
            texts = {one.key: one.text for one in questions[rest].options} if rest in questions else {}
            chosen = sorted(value)
            said = f": {texts[chosen[0]]}" if len(chosen) == 1 and texts.get(chosen[0]) else ""
            return f"under reading {rest} = {' or '.join(chosen)}{said}"
        case "given", bool():
            return f"{rest} is {'' if value else 'not '}given"
        case "fact", _:
            fact = world.vocabulary.facts[rest]
            say = f" ({fact.say})" if says and fact.say and fact.say != rest else ""
            return _fact_condition(world, rest, value) + say
    return name


def _fact_condition(world: World, name: str, value: Allowed) -> str:
    attribute = world.attributes[f"fact:{name}"]
    match value:
        case bool():
            return name if value else f"not {name}"
        case Range(low, high):
            return _number(name, low, high, attribute.minimum)
    return f"{name} is " + _listed(value, attribute.values, lambda one: frozenset({one}))


def _number(name: str, low: int | None, high: int | None, least: int | None) -> str:
    low = low if low is not None or least is None or high is None or high > least + 1 else least
    if low is not None and high is not None:
        return f"{name} is {low}" if high == low + 1 else f"{name} from {low} to {high - 1}"
    return f"{name} ≥ {low}" if low is not None else f"{name} ≤ {(high or 0) - 1}"


def _kinds_under(world: World, name: str) -> frozenset[str]:
    return frozenset(
        one for one in world.attributes["user"].values if name in party_closure((one,), world.vocabulary)
    )


def _listed(
    values: frozenset[str],
    all_values: Iterable[str],
    below: Callable[[str], frozenset[str]],
    extra: Iterable[str] = (),
    say: Callable[[str], str] = str,
) -> str:
    """The values by the fewest names: a kind stands for all that is under it; the rest is excluded."""
    everything = frozenset(all_values)
    names = dict.fromkeys((*everything, *extra))
    spans = {name: below(name) & everything for name in sorted(names)}
    within = _widest(values, spans)
    without = _widest(everything - values, spans)
    is_open = any(one.startswith("(any") for one in values)
    if without and (is_open or (len(without) < len(within) and not any(map(_is_other, without)))):
        return "not " + " or ".join(map(say, without))
    return " or ".join(map(say, within))


def _is_other(name: str) -> bool:
    return name.startswith("(any")


def named(world: World, name: str) -> str:
    """A party as a sentence names it: a kind with its article, a named party as it is."""
    if name == ANYONE or name in world.vocabulary.parties:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name.replace('_', ' ')}"


def _widest(values: frozenset[str], spans: Mapping[str, frozenset[str]]) -> list[str]:
    left = set(values)
    chosen: list[str] = []
    for name, span in sorted(spans.items(), key=lambda item: (-len(item[1]), item[0])):
        if span and span <= values and span & left:
            chosen.append(name)
            left -= span
    return chosen


def interval(region: Region) -> str:
    """When a region holds, as the end of a sentence; nothing where it always does."""
    when = region.allowed.get(TIME)
    if not isinstance(when, Range):
        return ""
    return " " + _interval(when)


def _interval(when: Range) -> str:
    low = f"from {moment(when.low)}" if when.low is not None else ""
    high = f"before {moment(when.high)}" if when.high is not None else ""
    return " and ".join(part for part in (low, high) if part)


def moment(value: int | Instant) -> str:
    """An instant for people, to the second only where that matters."""
    at = instant(value) if isinstance(value, int) else value
    return f"{at:%Y-%m-%d %H:%M} UTC" if not at.second else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def plain(value: Value) -> str:
    """A value as it is typed on the command line."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def example(shown: Witness) -> str:
    """The request as one sentence a person can picture."""
    who = " and ".join(_person(name, shown) for name in shown.user)
    links = " and ".join("the vendor" if name == shown.vendor else _person(name, shown) for name in shown.via)
    via = f", reached through {links}," if links else ""
    is_own = shown.user == (shown.vendor,)
    whose, what = ("its", "its own products") if is_own else (f"{shown.vendor}'s", shown.vendor)
    does = DOES.get(shown.action, f"{shown.action.replace('_', ' ')} {{what}}").format(whose=whose, what=what)
    when = f" on {moment(shown.at)}" if shown.at is not None else ""
    facts = ", ".join(_fact(name, shown.facts[name]) for name in shown.telling)
    where = f"; {facts}" if facts else ""
    return f"{who} would {does}{via}{when}{where}".replace(",;", ";").removesuffix(",")


def _person(name: str, shown: Witness) -> str:
    if name == ANYONE or name in shown.named or name == shown.vendor or "-" in name:
        return name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name.replace('_', ' ')}"


def _fact(name: str, value: FactValue) -> str:
    if isinstance(value, bool):
        return name if value else f"not {name}"
    return f"{name} is {value}"
