"""OSCAL plan of action and milestones: one item for each use to be moved, with its risk and its milestone.

Reads `body["items"]` of a plan: a document without them has no such plan. What an item rests on stands in its
remarks, the scope, method and gaps in those of the whole. The same plan gives the same identifiers.
"""

import json
import uuid
from collections.abc import Sequence

from offramp.core.digests import JsonObject
from offramp.core.errors import Exit, OfframpError
from offramp.core.instants import format_instant
from offramp.report.document import DISCLAIMER, Document
from offramp.report.plain import plain

VERSION = "1.2.1"
SPACE = uuid.UUID("6f1d7a0e-6d2c-5f0a-9b57-2f3f0c6a8d11")
NAMES = "urn:offramp:oscal"
STATUS = {"moved": "closed", "rerouted": "remediating"}
"""Every other state is open."""


def render(document: Document) -> str:
    """One plan of action. Raises `format-without-items`."""
    items = document.body.get("items")
    if not items:
        raise OfframpError(
            "format-without-items",
            f"`{document.schema}` has no items to put into a plan of action",
            help="run `offramp plan` in a workspace with an exit under way",
            exit_code=Exit.NOTHING if items == [] else Exit.USAGE,
        )
    owners = sorted({one["owner"] for one in items})
    whole = {
        "uuid": _id("plan", document.title, format_instant(document.at)),
        "metadata": {
            "title": _line(document.title),
            "last-modified": format_instant(document.at),
            "version": format_instant(document.at),
            "oscal-version": VERSION,
            "parties": [{"uuid": _id("owner", one), "type": "person", "name": _line(one)} for one in owners],
            "remarks": _remarks(document),
        },
        "system-id": {"id": _line(document.scope)},
        "observations": [_observation(one) for one in items],
        "risks": [_risk(one) for one in items],
        "poam-items": [_item(one) for one in items],
    }
    return json.dumps({"plan-of-action-and-milestones": whole}, indent=2, ensure_ascii=False) + "\n"


def _item(one: JsonObject) -> JsonObject:
    return {
        "uuid": _id("item", one["id"]),
        "title": f"Move off {one['vendor']}: {one['kind']} in {_code(_place(one))}",
        "description": f"{one['message']}. Owner: {one['owner']}. State: {one['state']}.",
        "props": [
            _prop("state", one["state"]),
            _prop("vendor", one["vendor"]),
            _prop("finding", one["id"]),
            *([_prop("system", one["system"])] if one["system"] else []),
        ],
        "origins": [{"actors": [{"type": "party", "actor-uuid": _id("owner", one["owner"])}]}],
        "related-observations": [{"observation-uuid": _id("observation", one["id"])}],
        "related-risks": [{"risk-uuid": _id("risk", one["id"])}],
        **({"remarks": remarks} if (remarks := "\n\n".join(one["clauses"])) else {}),
    }


def _observation(one: JsonObject) -> JsonObject:
    return {
        "uuid": _id("observation", one["id"]),
        "description": one["message"],
        "methods": ["EXAMINE"],
        "types": ["finding"],
        "relevant-evidence": [{"description": f"Seen in {_code(_place(one))}"}],
        "collected": one["seen_at"],
    }


def _risk(one: JsonObject) -> JsonObject:
    risk: JsonObject = {
        "uuid": _id("risk", one["id"]),
        "title": _line(f"{one['vendor']} is still used"),
        "description": one["why"] or "no instrument and no exit sets a date for this use",
        "statement": f"If {_code(_place(one))} is not moved in time, the use goes on past its date.",
        "status": STATUS.get(one["state"], "open"),
    }
    if one["deadline"]:
        risk["deadline"] = one["deadline"]
        timing = {"start": min(one["start_by"], one["deadline"]), "end": one["deadline"]}
        task = {
            "uuid": _id("task", one["id"]),
            "type": "milestone",
            "title": f"Moved, with {one['lead_days']} days to do it",
            "timing": {"within-date-range": timing},
        }
        risk["remediations"] = [
            {
                "uuid": _id("remediation", one["id"]),
                "lifecycle": "completed" if one["state"] == "moved" else "planned",
                "title": "Move it to the successor",
                "description": f"By {one['owner']}, begun by {one['start_by']} at the latest.",
                "tasks": [task],
            }
        ]
    return risk


def _remarks(document: Document) -> str:
    parts: Sequence[str] = (
        f"Scope: {document.scope}",
        f"Method: {document.method}",
        *(f"Gap: {gap}" for gap in document.gaps),
        *(f"Note: {note}" for note in document.notes),
        *document.attributions,
        DISCLAIMER,
    )
    return "\n\n".join(parts)


def _prop(name: str, value: str) -> JsonObject:
    return {"name": name, "ns": NAMES, "value": _line(value)}


def _line(text: str) -> str:
    """One line that neither begins nor ends with a blank, as OSCAL asks of names and titles."""
    return " ".join(plain(text).split()) or "-"


def _place(one: JsonObject) -> str:
    return f"{one['path']}:{one['line']}" if one["line"] else str(one["path"])


def _code(text: str) -> str:
    """A path as the markup of OSCAL shows it untouched."""
    return "`" + _line(text).replace("`", "'") + "`"


def _id(kind: str, *parts: str) -> str:
    return str(uuid.uuid5(SPACE, "\x00".join((kind, *parts))))
