"""Counts of several nodes in one: what one writes down for another, and what is made of it there.

What leaves a node is signed with its ledger's key, and taken in only with that signature: a count that
somebody made smaller on the way would open a line.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b

from offramp.control.persons.counter import EVERYBODY, FOREIGN, Cell, Pane
from offramp.control.persons.keys import Keys
from offramp.control.persons.sketch import Tally, merged
from offramp.control.persons.windows import parse_key_id
from offramp.core.digests import canonical_json
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Change

SCHEMA = "offramp/persons-export/v1"
_CHECK = b"offramp persons key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What another node counted, as it is kept here."""

    node: str
    panes: Mapping[Pane, Tally]
    is_comparable: bool
    """All of it was counted under our keys."""


def written(panes: Mapping[Pane, Tally], keys: Keys, node: str, at: Instant) -> str:
    """What this node counted itself, as a text to be signed: checks of keys and no key."""
    own = {pane: tally for pane, tally in panes.items() if not pane.node}
    document = {
        "schema": SCHEMA,
        "node": node,
        "at": format_instant(at),
        "keys": {id_: _check(keys, id_) for id_ in sorted({pane.key_id for pane in own})},
        "panes": [
            {**pane.row, "tally": b64encode(tally.to_bytes(str(pane))).decode()}
            for pane, tally in sorted(own.items(), key=lambda each: str(each[0]))
        ],
    }
    # The first line says what is signed: no other note of a ledger begins so.
    return f"{SCHEMA}\n{canonical_json(document).decode()}\n"


def taken(text: str, keys: Keys, known: Mapping[Pane, Tally]) -> Taken:
    """Read what `written` wrote, put together with what is `known` of that node: an old export takes nothing
    back. Raises `persons-export` for anything else."""
    try:
        first, _, body = text.partition("\n")
        document = json.loads(body)
        if first != SCHEMA or document["schema"] != SCHEMA:
            raise ValueError(f"it begins with `{first[:80]}`")
        node = str(document["node"])
        if not node or FOREIGN in node:
            raise ValueError(f"`{node[:80]}` is no name of a node")
        shared = {id_ for id_, check in document["keys"].items() if check == _own_check(keys, id_)}
        panes: dict[Pane, Tally] = {}
        for one in document["panes"]:
            cell = Cell(str(one["application"]), str(one["purpose"]), str(one["vendor"]))
            pane = Pane(str(one["key_id"]), cell, str(one["fact"]), str(one["day"]))
            tally = Tally.from_bytes(b64decode(one["tally"], validate=True), str(pane))
            pane = replace(pane, node=node if pane.key_id in shared else node + FOREIGN)
            panes[pane] = merged((known[pane], tally)) if pane in known else tally
    except OfframpError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OfframpError(
            "persons-export",
            f"this is no export of counts: {error}",
            help="make one with `offramp persons export` on the other node",
        ) from None
    return Taken(node=node, panes=panes, is_comparable=all(pane.is_comparable for pane in panes))


def rows(took: Taken, versions: Mapping[str, int]) -> tuple[Change, ...]:
    """The changes that keep it here; every count is made anew."""
    return (
        *heads(versions),
        *(
            Change("control_person_panes", {**pane.row, "tally": tally.to_bytes(str(pane))})
            for pane, tally in took.panes.items()
        ),
    )


def heads(versions: Mapping[str, int]) -> Iterable[Change]:
    """Every owner's count is looked at anew by everybody, those of past days among them."""
    for owner, version in {EVERYBODY: 0, **versions}.items():
        expects = {"version": version} if owner in versions else {}
        yield Change("control_person_heads", {"owner": owner, "version": version + 1}, expects=expects)


def _check(keys: Keys, id_: str) -> str:
    return blake2b(_CHECK, digest_size=16, key=keys.key(parse_key_id(id_))).hexdigest()


def _own_check(keys: Keys, id_: str) -> str:
    return _check(keys, id_) if parse_key_id(id_) in keys.ids() else ""
