"""The terms of ODRL 2.2 this export may use, and whether a document uses them as the standard says.

From the W3C recommendations "ODRL Information Model 2.2" and "ODRL Vocabulary & Expression 2.2"; only
structure is checked here, no network is asked for a context.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from offramp.core.digests import JsonObject

CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
PREFIXES = ("offramp:", "dct:", "xsd:", "@")
POLICY_TYPES = frozenset({"Set", "Offer", "Agreement", "Policy", "Request", "Ticket", "Assertion", "Privacy"})
RULES = ("permission", "prohibition", "obligation")
POLICY_KEYS = frozenset({"uid", "profile", "conflict", "inheritFrom", *RULES})
RULE_KEYS = frozenset(
    {
        *("uid", "action", "target", "assigner", "assignee", "constraint", "duty", "remedy", "consequence"),
        *("relation", "function", "failure", "output"),
    }
)
CONFLICTS = frozenset({"perm", "prohibit", "invalid"})
CONSTRAINT_KEYS = frozenset({"uid", "leftOperand", "operator", "rightOperand", "unit", "dataType", "status"})
LOGICAL = frozenset({"and", "andSequence", "or", "xone"})
OPERATORS = frozenset(
    {
        *("eq", "gt", "gteq", "lt", "lteq", "neq"),
        *("isA", "hasPart", "isPartOf", "isAllOf", "isAnyOf", "isNoneOf"),
    }
)
LEFT_OPERANDS = frozenset(
    {
        *("absolutePosition", "absoluteSize", "absoluteSpatialPosition", "absoluteTemporalPosition", "count"),
        *("dateTime", "delayPeriod", "deliveryChannel", "elapsedTime", "event", "fileFormat", "industry"),
        *("language", "media", "meteredTime", "payAmount", "percentage", "product", "purpose", "recipient"),
        *("relativePosition", "relativeSize", "relativeSpatialPosition", "relativeTemporalPosition"),
        *("resolution", "spatial", "spatialCoordinates", "systemDevice", "timeInterval", "unitOfCount"),
        *("version", "virtualLocation"),
    }
)


def faults(document: JsonObject) -> tuple[str, ...]:
    """Where a document is not what ODRL 2.2 says; empty: nowhere."""
    return tuple(_faults(document))


def _faults(document: JsonObject) -> Iterator[str]:
    context = document.get("@context")
    if CONTEXT not in (context if isinstance(context, list) else [context]):
        yield "the context of ODRL is missing"
    uids: set[str] = set()
    for node in document.get("@graph", ()):
        types = POLICY_TYPES & {node.get("@type")}
        if types:
            yield from _policy_faults(node, uids)
        elif node.get("@type") == "Action" and "includedIn" not in node:
            yield f"the action {node.get('@id')} is included in none"


def _policy_faults(policy: Mapping[str, Any], uids: set[str]) -> Iterator[str]:
    name = str(policy.get("uid", ""))
    if not name or name in uids:
        yield f"a policy without a uid of its own: {name}"
    uids.add(name)
    yield from _unknown(policy, POLICY_KEYS, name)
    if policy.get("conflict") not in (None, *CONFLICTS):
        yield f"{name}: no conflict strategy {policy['conflict']}"
    rules = [(kind, rule) for kind in RULES for rule in policy.get(kind, ())]
    if not rules:
        yield f"{name}: a policy needs a rule"
    needed = {"Offer": ("assigner",), "Agreement": ("assigner", "assignee")}.get(str(policy.get("@type")), ())
    for kind, rule in rules:
        where = f"{name} {kind} {rule.get('uid', '')}"
        yield from _unknown(rule, RULE_KEYS, where)
        for key in ("action", *needed, *(("target",) if kind != "obligation" else ())):
            if not rule.get(key):
                yield f"{where}: no {key}"
        for constraint in rule.get("constraint", ()):
            yield from _constraint_faults(constraint, where)


def _constraint_faults(constraint: Mapping[str, Any], where: str) -> Iterator[str]:
    joins = LOGICAL & set(constraint)
    if joins:
        if len(joins) > 1 or set(constraint) - LOGICAL - {"uid"}:
            yield f"{where}: a logical constraint has one operator and nothing else"
        for part in constraint[next(iter(joins))]["@list"]:
            if LOGICAL & set(part):
                yield f"{where}: a logical constraint inside another"
            yield from _constraint_faults(part, where)
        return
    yield from _unknown(constraint, CONSTRAINT_KEYS, where)
    if constraint.get("operator") not in OPERATORS:
        yield f"{where}: no operator {constraint.get('operator')}"
    left = str(constraint.get("leftOperand", ""))
    if left not in LEFT_OPERANDS and not left.startswith(PREFIXES):
        yield f"{where}: no left operand {left}"
    if "rightOperand" not in constraint:
        yield f"{where}: no right operand"


def _unknown(node: Mapping[str, Any], known: frozenset[str], where: str) -> Iterator[str]:
    for key in node:
        if key not in known and not key.startswith(PREFIXES):
            yield f"{where}: no term {key}"
