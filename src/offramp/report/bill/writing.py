"""One bill of materials in a version of CycloneDX."""

import uuid

import msgspec

from offramp.core.digests import JsonObject, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant
from offramp.report.bill.components import libraries, models, property_of, services
from offramp.report.bill.declarations import SCANNED, declarations
from offramp.report.document import Document


def write_bill(document: Document, spec: str) -> str:
    """The bill of what a document found. Raises `format-without-findings`.

    Reads `body["findings"]`; where the body has `statements` and `sources` too, they become declarations.
    """
    if "findings" not in document.body:
        raise OfframpError(
            "format-without-findings",
            f"`{document.schema}` has no findings to put into a bill of materials",
            help="use --format text, json or csv",
        )
    body = document.body
    uses = [one for one in body["findings"] if one["kind"] != "mention"]
    stated = body.get("statements", [])
    reached = services(uses)
    trials = [one for one in stated if one["statement"] == "trial"]
    components = [*models(uses, trials), *libraries(uses)]
    seed = msgspec.json.encode(
        [spec, body["findings"], stated, format_instant(document.at)], order="deterministic"
    )
    bill: JsonObject = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec,
        "serialNumber": f"urn:uuid:{uuid.UUID(hex=sha256_hex(seed)[:32], version=5)}",
        "version": 1,
        "metadata": {
            "timestamp": format_instant(document.at),
            "tools": {"components": [{"type": "application", "name": "offramp"}]},
            "component": {"type": "application", "bom-ref": SCANNED, "name": _name(document)},
            "properties": [
                property_of("scope", document.scope),
                property_of("method", document.method),
                *(property_of("gap", gap) for gap in document.gaps),
                *(property_of("note", note) for note in document.notes),
            ],
        },
        "components": components,
        "services": reached,
        "dependencies": [
            {"ref": SCANNED, "dependsOn": sorted(one["bom-ref"] for one in (*components, *reached))}
        ],
        **declarations(str(body.get("organisation", "")), body.get("sources", []), stated),
    }
    # The standard library indents an order of magnitude slower, and bills have thousands of components.
    return msgspec.json.format(msgspec.json.encode(bill), indent=2).decode() + "\n"


def _name(document: Document) -> str:
    if document.body.get("organisation"):
        return str(document.body["organisation"])
    sources = document.body["coverage"]["sources"]
    return str(sources[0]) if len(sources) == 1 else "several sources"
