"""The words every document starts from, as data. Documents add to them; nothing here can be redefined."""

from collections.abc import Iterable, Mapping

from offramp.core.findings import Route
from offramp.instruments.model import Fact, FactType, Vocabulary

ANYONE = "anyone"
"""The kind every party has."""

PARTY_KINDS: Mapping[str, tuple[str, ...]] = {
    ANYONE: (),
    "company": (ANYONE,),
    "military_business": ("company",),
    "contractor": ("military_business",),
    "supplier": ("military_business",),
    "partner": ("military_business",),
    "federal_agency": (ANYONE,),
    "civil_agency": ("federal_agency",),
    "dow_component": ("federal_agency",),
}

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "commercial_activity": (),
    "procure": ("commercial_activity",),
    "use": ("commercial_activity",),
    "resell": ("commercial_activity",),
    "host": ("commercial_activity",),
    "invest": ("commercial_activity",),
    "list_in_catalog": (),
    "provide_service": (),
    "train": (),
    "deploy": (),
}

PURPOSES = (
    "office",
    "software",
    "research",
    "translation",
    "analysis",
    "records",
    "surveillance",
    "weapons",
)

ROUTES: Mapping[str, tuple[str, ...]] = {
    "direct": (),
    "cloud": (),
    "integrator": (),
    Route.SAAS: (),
    Route.RESELLER: (),
    Route.BEDROCK: ("cloud",),
    Route.VERTEX: ("cloud",),
    Route.AZURE: ("cloud",),
}
"""How a vendor is reached, in the words of the inventory, the clouds under one name."""

HIERARCHIES: Mapping[str, tuple[str, ...]] = {
    "purposes": ("purpose",),
    "products": ("product",),
    "models": ("model",),
    "versions": ("version",),
    "routes": ("route",),
    "contracts": ("contract",),
    "networks": ("network",),
    "data_classes": ("data_class",),
    "countries": ("nationality", "residence"),
}
"""Sections of a document's vocabulary that give facts their names, and which facts."""

FACTS: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact(
            name="under",
            type=FactType.ENUM,
            values=("none", "commercial", "federal", "dow"),
            default="commercial",
            say="the contract the work is done under",
        ),
        Fact(name="existing_use", type=FactType.BOOL, default=False, say="the use was running before"),
        Fact(
            name="purpose",
            type=FactType.TEXT,
            values=PURPOSES,
            parents=dict.fromkeys(PURPOSES, ()),
            default="office",
            say="what the work is for",
        ),
        Fact(name="persons", type=FactType.INT, minimum=0, evidence="observed", default=0, say="persons"),
        Fact(
            name="us_persons",
            type=FactType.INT,
            minimum=0,
            evidence="observed",
            default=0,
            say="persons in the United States",
        ),
        Fact(name="force", type=FactType.BOOL, default=False, say="it serves a use of force"),
        Fact(
            name="human",
            type=FactType.ENUM,
            values=("none", "responsible", "supervises", "decides"),
            default="decides",
            say="what a person does",
        ),
        Fact(
            name="deployment",
            type=FactType.ENUM,
            values=("cloud", "edge", "on_prem"),
            evidence="observed",
            default="cloud",
            say="where the model runs",
        ),
        Fact(
            name="network",
            type=FactType.TEXT,
            values=("unclassified", "classified"),
            default="unclassified",
            say="the network",
        ),
        Fact(name="product", type=FactType.TEXT, evidence="observed", say="the product"),
        Fact(name="model", type=FactType.TEXT, evidence="observed", say="the model asked for"),
        Fact(name="version", type=FactType.TEXT, evidence="observed", say="the version of the model"),
        Fact(
            name="route",
            type=FactType.TEXT,
            parents=ROUTES,
            evidence="observed",
            say="how it reaches the vendor",
        ),
        Fact(name="data_class", type=FactType.TEXT, say="the class of the data sent"),
        Fact(name="contract", type=FactType.TEXT, say="the contract it is done under, by its name"),
        Fact(name="nationality", type=FactType.TEXT, say="the nationality of the person served"),
        Fact(name="residence", type=FactType.TEXT, say="where the person served resides"),
        Fact(
            name="lawful",
            type=FactType.BOOL,
            evidence="judged",
            decided_by="court",
            default=True,
            say="it is lawful",
        ),
        Fact(
            name="dept_waives",
            type=FactType.BOOL,
            evidence="judged",
            decided_by="department",
            default=False,
            say="the department waived it",
        ),
    )
}

BUILT_IN = Vocabulary(party_kinds=PARTY_KINDS, parties={}, vendors={}, actions=ACTIONS, facts=FACTS)


def upwards(names: Iterable[str], parents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """`names` and everything above them."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(parents.get(name, ()))
    return frozenset(found)


def party_closure(names: Iterable[str], vocabulary: Vocabulary) -> frozenset[str]:
    """Every named party and kind in `names`, the kinds above them, and `anyone`."""
    listed = tuple(names)
    kinds = [kind for name in listed for kind in vocabulary.parties.get(name, (name,))]
    closure = upwards(kinds, vocabulary.party_kinds)
    return closure | frozenset(listed) | ({ANYONE} if listed else frozenset())
