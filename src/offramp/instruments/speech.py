"""How the words of the built-in vocabulary are said in a sentence. A document’s own are said as written."""

from collections.abc import Mapping

KINDS: Mapping[str, tuple[str, str]] = {
    "anyone": ("anyone", "anyone"),
    "company": ("a company", "companies"),
    "military_business": (
        "a business that works with the military",
        "contractors, suppliers and partners doing business with the military",
    ),
    "contractor": ("a contractor of the military", "contractors of the military"),
    "supplier": ("a supplier of the military", "suppliers of the military"),
    "partner": ("a partner of the military", "partners of the military"),
    "federal_agency": ("a federal agency", "federal agencies"),
    "civil_agency": ("a civilian federal agency", "civilian federal agencies"),
    "dow_component": ("a component of the Department", "components of the Department"),
}
"""Party kinds: one of them, and all of them. `the Department` is that of War, also styled of Defense."""

VERBS: Mapping[str, str] = {
    "use": "use",
    "procure": "buy",
    "resell": "resell",
    "host": "host",
    "deploy": "deploy",
}
"""Actions done to a vendor's technology."""

ACTIONS: Mapping[str, str] = {
    "commercial_activity": "conduct any commercial activity with {vendor}",
    "invest": "invest in {vendor}",
    "list_in_catalog": "list what {vendor} offers in a catalogue",
    "provide_service": "provide the service of {vendor}",
    "train": "train models of {vendor}",
}
"""Other actions, as a whole. `provide_service` by the vendor itself is said in `sentences.py`."""

FLAGS: Mapping[str, tuple[str, str]] = {
    "existing_use": ("the use was already running", "the use was not already running"),
    "force": ("it serves a use of force", "it serves no use of force"),
    "lawful": ("it is lawful", "it is not lawful"),
    "dept_waives": ("the Department waives it", "the Department does not waive it"),
}
"""Facts that are true or false: said of one that is so, and of one that is not."""

VALUES: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "under": (
        "the work is done under",
        "the work is not done under",
        {
            "none": "no contract",
            "commercial": "a commercial contract",
            "federal": "a federal contract",
            "dow": "a contract of the Department",
        },
    ),
    "human": (
        "",
        "",
        {
            "none": "no person has a part in it",
            "responsible": "a person answers for it and does not supervise it",
            "supervises": "a person supervises it and does not decide it",
            "decides": "a person decides it",
        },
    ),
    "deployment": (
        "the model runs",
        "the model does not run",
        {"cloud": "in a cloud", "edge": "at the edge", "on_prem": "on the user's own premises"},
    ),
    "purpose": ("the purpose is", "the purpose is not", {"office": "office work"}),
    "network": ("the network is", "the network is not", {"classified": "classified"}),
    "surveillance": ("the surveillance is", "the surveillance is not", {}),
}
"""Facts with listed values: the words before one, before one it is not, and each value's own."""

COUNTS: Mapping[str, tuple[str, str, str]] = {
    "persons": ("person", "persons", ""),
    "us_persons": ("person", "persons", " in the United States"),
}
"""Facts that count: one, several, and where."""


def plain(name: str) -> str:
    """A name of the language as words."""
    return name.replace("_", " ")


def kind_words(kind: str, *, is_one: bool = False) -> str:
    """A party kind as it is said of one of them, or of all."""
    if kind in KINDS:
        return KINDS[kind][0 if is_one else 1]
    said = kind.replace("_", " ").replace("-", " ")
    if is_one:
        return f"{'an' if said[:1].lower() in 'aeiou' else 'a'} {said}"
    if said.endswith("y") and said[-2:-1] not in ("a", "e", "i", "o", "u"):
        return f"{said[:-1]}ies"
    return said if said.endswith("s") else f"{said}s"


def party_words(name: str, names: Mapping[str, str] | None = None) -> str:
    """A named party as it is said."""
    return (names or {}).get(name, name)
