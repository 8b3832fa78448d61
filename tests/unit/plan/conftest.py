"""An invented organisation that leaves `example-a` for `example-b`, on disk and as values."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.findings import Confidence, Context, Coverage, Finding, FindingKind, Route, Scan
from offramp.core.ids import FindingId, SystemId, VendorId, finding_id
from offramp.workspace import Workspace, load

SETTINGS = """\
# kept as it is
schema: offramp/workspace/v1
organisation: {name: Example Agency, kinds: [contractor]}
systems:
  desk: {name: Permit desk, owner: R. Okafor, paths: ["service/**"], lead_days: 21}
  portal: {name: Portal, owner: T. Vu, paths: ["portal/**"], lead_days: 60}
applications:
  desk-app: {system: desk, facts: {under: federal, existing_use: true}}
upstreams:
  incumbent: {vendor: example-a, dialect: openai-chat, local: small}
  successor: {vendor: example-b, dialect: openai-chat, url: "https://b.example/v1"}
routes:
  model-1: {targets: [{upstream: incumbent, model: m}, {upstream: successor, model: n}]}
  single: {targets: [{upstream: incumbent, model: m}]}
"""

INSTRUMENTS = """\
schema: offramp.instruments/v1
instruments:
  - id: order-1
    kind: order
    title: First order
    issuer: the ministry
    basis: text
    announced: 2026-02-27
    source: {document: Gazette 1, date: 2026-02-27}
    norms:
      - {id: cease, effect: prohibit, binds: {kinds: [contractor]}, vendor: example-a, action: use,
         from: 2026-06-01, quote: shall cease all use}
  - id: order-2
    kind: designation
    title: Second order
    issuer: the board
    basis: text
    announced: 2026-03-04
    source: {document: Gazette 2, date: 2026-03-04}
    norms:
      - {id: ban, effect: prohibit, binds: {kinds: [contractor]}, vendor: example-a, action: use,
         from: 2026-07-01, quote: is excluded}
  - id: stay-1
    kind: stay
    title: Stay of the first order
    issuer: the court
    basis: text
    announced: 2026-06-26
    source: {document: Order in case 1, date: 2026-06-26}
    stays: [{of: order-1}]
"""

DECLARATIONS = """\
schema: offramp.declarations/v1
declarations:
  - {kind: saas-setting, vendor: example-a, title: Assistant of the wiki, owner: L. Farouk, route: saas,
     source: admin page, until: 2026-05-01}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace on disk with two orders, a stay and one declared use that ends on 1 May."""
    (tmp_path / "offramp.yaml").write_text(SETTINGS, encoding="utf-8")
    for folder, text in (("instruments", INSTRUMENTS), ("declarations", DECLARATIONS)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "first.yaml").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def workspace(root: Path) -> Workspace:
    """The same as a value."""
    return load(root)


ScanOf = Callable[..., Scan]


@pytest.fixture
def scan_of() -> ScanOf:
    """A scan that found one SDK call in each of the files named."""

    def make(*paths: str) -> Scan:
        return Scan(
            findings=tuple(found(path) for path in paths),
            coverage=Coverage(files=9, bytes=99, sources=(".",)),
            vendors=(VendorId("example-a"), VendorId("example-b")),
        )

    return make


def found(path: str) -> Finding:
    """One SDK call of `example-a`; its system is the path's top folder's."""
    systems = {"service": "desk", "portal": "portal"}
    system = systems.get(path.partition("/")[0])
    return Finding(
        id=FindingId(finding_id("example-a", "sdk-call", path, "call", 0)),
        vendor=VendorId("example-a"),
        kind=FindingKind.SDK_CALL,
        context=Context.CODE,
        route=Route.DIRECT,
        path=path,
        line=3,
        column=1,
        detector="test",
        confidence=Confidence.CERTAIN,
        message="calls the SDK",
        system=SystemId(system) if system else None,
    )


@pytest.fixture
def finding() -> Finding:
    """One SDK call of `example-a`."""
    return found("service/a.py")
