"""Writes the JSON Schemas of the statements, `spec/statements/<predicate>.schema.json`, from the code.

python tools/statement_schemas.py            write them
python tools/statement_schemas.py --check    exit 1 and name each that is not up to date
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from offramp.evidence.statements.predicates import PREDICATES
from offramp.evidence.statements.statement import NOTICE, STATEMENT, Claim, predicate_type

FOLDER = Path("spec/statements")
DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def schema(slug: str, kind: type[Claim]) -> dict[str, Any]:
    """The whole in-toto Statement with this predicate."""
    (predicate,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    predicate = definitions.pop(kind.__name__)
    predicate["properties"]["notice"] = {"const": NOTICE}
    predicate["required"] = sorted(predicate["properties"])
    for one in definitions.values():
        one["required"] = sorted(one["properties"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": predicate_type(slug),
        "title": f"in-toto Statement: {slug}",
        "type": "object",
        "required": ["_type", "subject", "predicateType", "predicate"],
        "additionalProperties": False,
        "properties": {
            "_type": {"const": STATEMENT},
            "subject": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Subject"}},
            "predicateType": {"const": predicate_type(slug)},
            "predicate": predicate,
        },
        "$defs": {
            "Subject": {
                "type": "object",
                "required": ["name", "digest"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "digest": {
                        "type": "object",
                        "required": ["sha256"],
                        "additionalProperties": False,
                        "properties": {"sha256": DIGEST},
                    },
                },
            },
            **dict(sorted(definitions.items())),
        },
    }


def main(argv: list[str]) -> int:
    """Write or compare."""
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for slug, kind in PREDICATES.items():
        path = FOLDER / f"{slug}.schema.json"
        text = json.dumps(schema(slug, kind), indent=2, ensure_ascii=False) + "\n"
        if "--check" not in argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
    if stale:
        sys.stderr.write("".join(f"{path} is not up to date: run `make docs`\n" for path in stale))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
