"""SARIF 2.1.0: one result for each finding of a scan, for code hosts and editors that show them in place.

Reads `body["findings"]` and `body["coverage"]`: a document without them has no results. Uses that are certain
are warnings, others notes; mentions are of the kind `informational`. A live waiver becomes a suppression.
What was not read is in the invocation's notifications, and the finding's id is the fingerprint `offramp/v1`.
"""

import json
from collections.abc import Iterator
from urllib.parse import quote

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant
from offramp.report.document import Document

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
MOST_NOTIFICATIONS = 1_000


def render(document: Document) -> str:
    """One SARIF log with one run. Raises `format-without-findings`."""
    if "findings" not in document.body:
        raise OfframpError(
            "format-without-findings",
            f"`{document.schema}` has no findings to put into SARIF",
            help="use --format text, json or csv",
        )
    findings = document.body["findings"]
    kinds = sorted({one["kind"] for one in findings})
    run: JsonObject = {
        "tool": {
            "driver": {
                "name": "offramp",
                "rules": [_rule(kind) for kind in kinds],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": True,
                "endTimeUtc": format_instant(document.at),
                "toolExecutionNotifications": list(_notifications(document.body["coverage"])),
            }
        ],
        "results": [_result(one, kinds.index(one["kind"])) for one in findings],
        "properties": {
            "scope": document.scope,
            "method": document.method,
            "gaps": list(document.gaps),
            "notes": list(document.notes),
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(kind: str) -> JsonObject:
    words = kind.replace("-", " ")
    return {
        "id": f"offramp/{kind}",
        "name": "".join(part.capitalize() for part in kind.split("-")),
        "shortDescription": {"text": f"A vendor's technology: {words}"},
        "help": {"text": f"docs/reference/detectors.md, section `{kind}`: what it finds, and its limits."},
    }


def _result(one: JsonObject, rule: int) -> JsonObject:
    is_use = one["kind"] != "mention"
    location: JsonObject = {"artifactLocation": {"uri": quote(one["path"], safe="/@!:+,;=~()$&'*")}}
    if one["line"]:
        region = {"startLine": one["line"]}
        if one["column"]:
            region["startColumn"] = one["column"]
        location["region"] = region
    result: JsonObject = {
        "ruleId": f"offramp/{one['kind']}",
        "ruleIndex": rule,
        "kind": "fail" if is_use else "informational",
        "level": ("warning" if one["confidence"] == "certain" else "note") if is_use else "none",
        "message": {"text": f"{one['vendor']} ({one['route']}): {one['message']}"},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"offramp/v1": one["id"]},
        "properties": {
            name: one[name]
            for name in (
                "vendor",
                "route",
                "context",
                "confidence",
                "via",
                "model",
                "system",
                "layer",
                "meets",
            )
            if one[name]
        },
    }
    waiver = one["waiver"]
    if waiver is not None and waiver["status"] == "live":
        reason = f"{waiver['instrument']} until {waiver['until']}: {waiver['reason']}"
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": reason}]
    return result


def _notifications(coverage: JsonObject) -> Iterator[JsonObject]:
    for level, seen in (("warning", coverage["unreadable"]), ("note", coverage["skipped"])):
        for one in seen[:MOST_NOTIFICATIONS]:
            yield {"level": level, "message": {"text": f"not read: {one['path']}: {one['reason']}"}}
        if len(seen) > MOST_NOTIFICATIONS:
            yield {"level": level, "message": {"text": f"and {len(seen) - MOST_NOTIFICATIONS} more not read"}}
