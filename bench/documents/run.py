"""How fast documents are made: an AI bill of materials of 5,000 components, signed statements, a PDF.

    python bench/documents/run.py [COMPONENTS]

The budget is one second for the bill; its validation by the official schema is timed beside it. Prints CPU
seconds first: they hold on a noisy machine.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import resources
from typing import Any

import jsonschema_rs

from offramp.core.findings import Confidence, Context, Coverage, Finding, FindingKind, Route, Scan
from offramp.core.ids import VendorId, finding_id
from offramp.core.instants import now
from offramp.evidence import dsse
from offramp.evidence.notes import SignerKey, VerifierKey
from offramp.evidence.statements.checking import Signers, check
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.predicates import inventory
from offramp.report import render, rendered
from offramp.report.documents.ai_bom import ai_bom_document

BUDGET_SECONDS = 1.0
ROUNDS = 200


def found(count: int) -> Scan:
    """A scan whose bill has `count` components, each seen in two places."""
    findings = []
    for number in range(count):
        for place in range(2):
            path = f"service/part-{number % 997}/module_{number}.py"
            findings.append(
                Finding(
                    id=finding_id(VendorId("example-a"), FindingKind.MODEL_ID, path, str(place), number),
                    vendor=VendorId("example-a"),
                    kind=FindingKind.MODEL_ID,
                    context=Context.CODE,
                    route=Route.DIRECT,
                    path=path,
                    line=place + 1,
                    column=1,
                    detector="model-id",
                    confidence=Confidence.CERTAIN,
                    message="a model of example-a is named",
                    model=f"aria-{number}",
                )
            )
    coverage = Coverage(files=count, bytes=count * 1000, sources=(".",))
    return Scan(findings=tuple(findings), coverage=coverage, vendors=(VendorId("example-a"),))


def timed(label: str, work: Callable[[], Any], rounds: int = 1) -> tuple[Any, float]:
    """What `work` gave last, and the CPU seconds of one round."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        made = work()
    wall, cpu = (time.perf_counter() - wall) / rounds, (time.process_time() - cpu) / rounds
    print(f"{label:52} {cpu:9.5f} s CPU  {wall:9.5f} s")
    return made, cpu


def schema(spec: str) -> jsonschema_rs.Draft7Validator:
    """The official schema."""
    folder = resources.files("cyclonedx.schema") / "_res"

    def read(name: str) -> Any:
        return json.loads((folder / f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))

    others = {
        f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json": read(name)
        for name in ("spdx", "jsf-0.82", "cryptography-defs")
    }
    return jsonschema_rs.Draft7Validator(
        read(f"bom-{spec}"), retriever=lambda uri: others[uri.partition("#")[0]]
    )


def main(count: int) -> int:
    """Time each; exit 1 where the bill takes longer than its budget."""
    scan = found(count)
    head = Head(organisation="Harbor Works", by="A. Person", at=now())
    key = SignerKey.generate("bench.example")
    statement = inventory(scan, head)
    envelope, _ = timed(
        "sign a statement", lambda: dsse.Envelope(statement.payload()).signed(key).serialise(), ROUNDS
    )
    signers = Signers(own=(VerifierKey.parse(str(key.verifier)),))
    stated, _ = timed("check a statement", lambda: check(envelope, signers), ROUNDS)
    document = ai_bom_document("Harbor Works", scan, (), (stated,), now())
    slowest = 0.0
    for spec, slug in (("1.6", "cyclonedx"), ("1.7", "cyclonedx-17")):
        text, cpu = timed(f"CycloneDX {spec}, {count:,} components", partial(render, document, slug))
        slowest = max(slowest, cpu)
        bill = json.loads(text)
        valid, _ = timed(
            f"  valid by the schema, {len(text) / 1e6:.1f} MB", partial(schema(spec).is_valid, bill)
        )
        if not valid:
            print("  NOT VALID")
            return 1
    small = ai_bom_document("Harbor Works", found(40), (), (stated,), now())
    timed("PDF of 80 uses", lambda: rendered(small, "pdf"))
    print(f"the bill: {slowest / BUDGET_SECONDS:.2f} x its budget of {BUDGET_SECONDS:.0f} s")
    return 1 if slowest > BUDGET_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 5000))
