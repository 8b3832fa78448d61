"""Names that facts take from a document's vocabulary: purposes, products, models, routes, contracts.

Each name may stand under others. A model may stand under a product, and a product under a vendor.
"""

from collections.abc import Mapping
from dataclasses import replace

from offramp.core.yaml_values import Value
from offramp.instruments.model import Fact
from offramp.instruments.vocabulary import HIERARCHIES, upwards

Parents = dict[str, tuple[str, ...]]
"""Names to what each stands under."""
Places = dict[tuple[str, str], Value]
"""Where each name of each section was written."""
ABOVE = {"products": "vendors", "models": "products"}
"""Sections whose names may also stand under the names of another."""


def with_names(facts: Mapping[str, Fact], names: Mapping[str, Parents]) -> Mapping[str, Fact]:
    """The facts, with the names documents give them. What has a closed list of values gets a longer one."""
    found = dict(facts)
    for section, of in HIERARCHIES.items():
        for name in of:
            fact = found[name]
            parents = {**fact.parents, **names[section]}
            values = tuple(dict.fromkeys((*fact.values, *names[section]))) if fact.values else ()
            found[name] = replace(fact, values=values, parents=parents)
    return found


def check_parents(names: Mapping[str, Parents], places: Places) -> None:
    """Record every parent that is not declared and every name that stands above itself."""
    for (section, name), where in places.items():
        above = names["party_kinds" if section == "parties" else section]
        known = {*above, *names.get(ABOVE.get(section, ""), {})}
        for parent in names[section][name]:
            if parent not in known:
                where.problem("parent-unknown", f"no `{parent}` to stand under", "declare it beside this")
        if section != "parties" and name in upwards(above[name], above):
            where.problem("name-cycle", f"`{name}` stands above itself", "break the circle")
