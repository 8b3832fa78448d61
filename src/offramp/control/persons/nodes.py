"""Counts of several nodes in one: what one writes down for another, and what is made of it there."""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

from offramp.control.persons.counter import FOREIGN, Cell, Pane
from offramp.control.persons.keys import Keys
from offramp.control.persons.sketch import Tally
from offramp.control.persons.windows import parse_key_id
from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
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


def written(panes: Mapping[Pane, Tally], keys: Keys, node: str) -> JsonObject:
    """What this node counted itself, with a check of each key and no key."""
    own = {pane: tally for pane, tally in panes.items() if not pane.node}
    return {
        "schema": SCHEMA,
        "node": node,
        "keys": {id_: _check(keys, id_) for id_ in sorted({pane.key_id for pane in own})},
        "panes": [
            {**pane.row, "tally": b64encode(tally.to_bytes(str(pane))).decode()}
            for pane, tally in sorted(own.items(), key=lambda each: str(each[0]))
        ],
    }


def taken(document: Any, keys: Keys) -> Taken:
    """Read what `written` wrote. Raises `persons-export` for anything else."""
    try:
        if document["schema"] != SCHEMA:
            raise ValueError(document["schema"])
        node = str(document["node"])
        shared = {id_ for id_, check in document["keys"].items() if check == _own_check(keys, id_)}
        panes: dict[Pane, Tally] = {}
        for one in document["panes"]:
            cell = Cell(str(one["application"]), str(one["purpose"]), str(one["vendor"]))
            pane = Pane(str(one["key_id"]), cell, str(one["fact"]), str(one["day"]))
            tally = Tally.from_bytes(b64decode(one["tally"], validate=True), str(pane))
            is_shared = pane.key_id in shared
            panes[replace(pane, node=node if is_shared else node + FOREIGN)] = tally
        if not node or FOREIGN in node:
            raise ValueError(node)
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
    """The changes that keep it here, replacing what this node told before; every count is made anew."""
    return (
        *heads(versions),
        *(
            Change("control_person_panes", {**pane.row, "tally": tally.to_bytes(str(pane))})
            for pane, tally in took.panes.items()
        ),
    )


def heads(versions: Mapping[str, int]) -> Iterable[Change]:
    """Every owner's count is looked at anew by everybody."""
    for owner, version in versions.items():
        yield Change(
            "control_person_heads", {"owner": owner, "version": version + 1}, expects={"version": version}
        )


def _check(keys: Keys, id_: str) -> str:
    return blake2b(_CHECK, digest_size=16, key=keys.key(parse_key_id(id_))).hexdigest()


def _own_check(keys: Keys, id_: str) -> str:
    return _check(keys, id_) if parse_key_id(id_) in keys.ids() else ""
