"""What is claimed about a bill, by whom, on which evidence, and what speaks against it (declarations).

Claims are the signed statements the ledger recorded. Their gaps are the counter-evidence: a claim never
stands without them. How far a requirement is met is counted, not judged.
"""

from collections.abc import Iterator, Sequence

from offramp.core.digests import JsonObject

STANDARD = "standard:reasonable-inquiry"
REQUIREMENTS = (
    ("sources", "Every declared source was looked at, and what was not is named."),
    ("uses", "Every use that was found is listed with its places."),
    ("suppliers", "Every supplier that was declared was asked, and answered."),
)
ASSESSOR = "assessor:self"
SCANNED = "scanned"


def declarations(
    organisation: str, sources: Sequence[JsonObject], stated: Sequence[JsonObject]
) -> JsonObject:
    """`declarations` and `definitions`; nothing where nobody stated anything."""
    if not stated:
        return {}
    claims = [_claim(one) for one in stated]
    names = [str(claim["bom-ref"]) for claim in claims]
    return {
        "declarations": {
            "assessors": [{"bom-ref": ASSESSOR, "thirdParty": False, "organization": {"name": organisation}}],
            "attestations": [
                {
                    "summary": "What the organisation states about its own use, with what speaks against it",
                    "assessor": ASSESSOR,
                    "map": list(_map(sources, names)),
                }
            ],
            "claims": claims,
            "evidence": [evidence for one in stated for evidence in _evidence(one)],
            "targets": {"organizations": [{"bom-ref": "target:organisation", "name": organisation}]},
            "affirmation": _affirmation(organisation, stated),
        },
        "definitions": {"standards": [_standard()]},
    }


def _standard() -> JsonObject:
    return {
        "bom-ref": STANDARD,
        "name": "What an inventory of AI use has to say of itself",
        "version": "1",
        "description": "Requirements that offramp holds its own inventories to; no authority issued them.",
        "requirements": [
            {"bom-ref": f"requirement:{name}", "identifier": name, "text": text}
            for name, text in REQUIREMENTS
        ],
    }


def _map(sources: Sequence[JsonObject], claims: Sequence[str]) -> Iterator[JsonObject]:
    suppliers = [one for one in sources if one["kind"] == "supplier"]
    counted = {
        "sources": (sum(one["is_looked_at"] for one in sources), len(sources), "declared sources looked at"),
        "uses": (1, 1, "uses that were found are listed with their places"),
        "suppliers": (
            sum(one["is_looked_at"] for one in suppliers),
            len(suppliers),
            "declared suppliers answered",
        ),
    }
    for name, _ in REQUIREMENTS:
        done, whole, words = counted[name]
        if not whole:
            continue
        rationale = words if whole == 1 and name == "uses" else f"{done} of {whole} {words}"
        yield {
            "requirement": f"requirement:{name}",
            "claims": list(claims),
            "conformance": {"score": done / whole, "rationale": rationale},
            "confidence": {"rationale": "not estimated: the gaps are the counter-evidence of each claim"},
        }


def _claim(stated: JsonObject) -> JsonObject:
    said = stated["predicate"]
    reference = _reference(stated)
    return {
        "bom-ref": f"claim:{reference}",
        "target": "target:organisation",
        "predicate": f"{stated['statement'].replace('-', ' ')}: {said['scope']}",
        "reasoning": said["method"],
        "evidence": [f"evidence:{reference}"],
        **({"counterEvidence": [f"gaps:{reference}"]} if said["gaps"] else {}),
    }


def _evidence(stated: JsonObject) -> Iterator[JsonObject]:
    said, reference = stated["predicate"], _reference(stated)
    yield {
        "bom-ref": f"evidence:{reference}",
        "propertyName": f"offramp:statement:{stated['statement']}",
        "description": f"in-toto statement, SHA-256 {stated['digest']}, "
        f"signed by {', '.join(stated['signers'])}",
        "data": [{"name": _file(stated), "contents": {"url": f"statements/{_file(stated)}"}}],
        "created": said["at"],
        "author": {"name": said["by"]},
    }
    if said["gaps"]:
        yield {
            "bom-ref": f"gaps:{reference}",
            "propertyName": "offramp:gaps",
            "description": "; ".join(said["gaps"]),
            "created": said["at"],
            "author": {"name": said["by"]},
        }


def _affirmation(organisation: str, stated: Sequence[JsonObject]) -> JsonObject:
    return {
        "statement": "Each of the statements named was made by the person named, on its date, within its "
        "scope and with its gaps. Nothing beyond them is affirmed. Nothing here is legal advice.",
        "signatories": [
            {
                "name": one["predicate"]["by"],
                "organization": {"name": organisation},
                "externalReference": {
                    "type": "attestation",
                    "url": f"statements/{_file(one)}",
                    "hashes": [{"alg": "SHA-256", "content": one["digest"]}],
                    "comment": "the hash is of the payload of the envelope",
                },
            }
            for one in stated
        ],
    }


def _reference(stated: JsonObject) -> str:
    return f"{stated['statement']}:{stated['digest'][:12]}"


def _file(stated: JsonObject) -> str:
    return f"{stated['statement']}-{stated['digest'][:12]}.dsse.json"
