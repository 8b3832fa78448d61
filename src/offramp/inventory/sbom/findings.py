"""Bills as findings: vendors' packages with what pulls them in, models, and services by their addresses."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from offramp.core.findings import (
    Confidence,
    Context,
    Coverage,
    Finding,
    FindingKind,
    NotSeen,
    Route,
    Scan,
)
from offramp.core.ids import VendorId, finding_id
from offramp.inventory.environments import weights_findings
from offramp.inventory.packages.interface import Graph
from offramp.inventory.probe import Probe, in_order
from offramp.inventory.reading import NotRead
from offramp.inventory.sbom import cyclonedx, spdx
from offramp.inventory.sbom.bill import Bill, Component
from offramp.inventory.signals import Sign

LARGEST_BILL = 256 << 20
NAMES = re.compile(
    r"(?i)(?:.*[._-])?(?:s?bom|aibom|cyclonedx|cdx)(?:[._-].*)?\.(?:json|xml)|.*\.cdx\.(?:json|xml)|.*\.spdx"
    r"(?:\.json|\.jsonld)?|.*\.spdx3?\.json"
)

ENDINGS = ("json", "jsonld", "xml", "spdx", "JSON", "JSONLD", "XML", "SPDX")


def is_sbom_name(path: str) -> bool:
    """Whether a file may be a bill of materials by its name; what it holds decides."""
    return path.endswith(ENDINGS) and NAMES.fullmatch(path.rpartition("/")[2]) is not None


def scan_sbom(path: Path, probe: Probe) -> Scan:
    """Vendors' packages, models and services in one bill of materials."""
    findings: tuple[Finding, ...] = ()
    unreadable: tuple[NotSeen, ...] = ()
    data = b""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BILL + 1)
        if len(data) > LARGEST_BILL:
            raise NotRead(f"larger than {LARGEST_BILL >> 20} MiB")
        bill = read_bill(data)
        if bill is None:
            raise NotRead("it is no CycloneDX or SPDX document that is known here")
        findings = tuple(_findings(path.name, data, bill, probe))
    except NotRead as reason:
        unreadable = (NotSeen(path.as_posix(), str(reason)),)
    except OSError as error:
        unreadable = (NotSeen(path.as_posix(), (error.strerror or "cannot be read").lower()),)
    coverage = Coverage(
        files=0 if unreadable else 1,
        bytes=len(data),
        sources=(f"bill of materials {path.as_posix()}",),
        unreadable=unreadable,
    )
    return Scan(findings=in_order(findings), coverage=coverage, vendors=probe.knowledge.vendors)


def sbom_findings(path: str, data: bytes, probe: Probe) -> tuple[Finding, ...] | None:
    """Findings of a file that may be a bill of materials; None where it is not one."""
    try:
        bill = read_bill(data)
    except NotRead:
        return None
    return None if bill is None else tuple(_findings(path, data, bill, probe))


def read_bill(data: bytes) -> Bill | None:
    """A bill in any format known here, None for anything else. Raises `NotRead` for a damaged one."""
    head = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        try:
            content = json.loads(data)
        except (ValueError, RecursionError):
            raise NotRead("it is not JSON") from None
        if not isinstance(content, dict):
            return None
        if content.get("bomFormat") == "CycloneDX":
            return cyclonedx.read_json(content)
        if "spdxVersion" in content:
            return spdx.read_json(content)
        if "@graph" in content and "spdx" in str(content.get("@context", ""))[:2000]:
            return spdx.read_graph(content)
        return None
    if head.startswith(b"<"):
        return cyclonedx.read_xml(data) if b"cyclonedx.org/schema/bom" in data[:4096] else None
    if b"SPDXVersion:" in head:
        return spdx.read_tag_value(data.decode("utf-8", "replace"))
    return None


def _findings(path: str, data: bytes, bill: Bill, probe: Probe) -> Iterator[Finding]:
    chains = _chains(bill)
    names = {one.ref: one.name for one in bill.components}
    done: set[tuple[str, ...]] = set()
    for one in bill.components:
        if one.is_model:
            if ("model", one.name) not in done:
                done.add(("model", one.name))
                what = f"the bill ({bill.format}) lists weights"
                for found in weights_findings(path, (one.name,), what, probe):
                    yield replace(found, line=_line(data, one.anchor))
            continue
        above = chains.get(one.ref)
        via = tuple(names[ref] for ref in above or () if ref in names)
        # A bill without a tree says what is there, and not why.
        is_known = above is not None and bool(bill.needs)
        for ecosystem in (one.ecosystem,) if one.ecosystem else ("npm", "pypi"):
            for known in probe.knowledge.packages_named(one.name, ecosystem):
                key = (known.vendor, ecosystem, one.name)
                if key in done:
                    continue
                done.add(key)
                yield _package(path, data, bill, one, (known.vendor, known.route), via, is_known=is_known)
    for name, address in bill.services:
        for hit in probe.hits(address.encode("utf-8", "replace")):
            if hit.signal.sign is Sign.HOST:
                yield _service(path, data, name, hit.signal.vendor, hit.signal.route, hit.signal.text)


def _package(
    path: str,
    data: bytes,
    bill: Bill,
    one: Component,
    known: tuple[VendorId, Route],
    via: tuple[str, ...],
    *,
    is_known: bool,
) -> Finding:
    vendor, route = known
    kind = FindingKind.TRANSITIVE_DEPENDENCY if via else FindingKind.DEPENDENCY
    what = f"`{one.name}` {one.version}".rstrip()
    said = f" ({one.ecosystem})" if one.ecosystem else ""
    pulled = (
        f", pulled in by `{' > '.join(via)}`"
        if via
        else ""
        if is_known
        else ", asked for by whom is not said"
    )
    return Finding(
        id=finding_id(vendor, kind, path, one.name, 0),
        vendor=vendor,
        kind=kind,
        context=Context.CODE,
        route=route,
        path=path,
        line=_line(data, one.anchor),
        column=0,
        detector=kind.value,
        confidence=Confidence.CERTAIN if one.ecosystem else Confidence.POSSIBLE,
        message=f"the bill ({bill.format}) lists {what}{said}{pulled}",
        via=via,
    )


def _service(path: str, data: bytes, name: str, vendor: VendorId, route: Route, host: str) -> Finding:
    return Finding(
        id=finding_id(vendor, FindingKind.ENDPOINT, path, f"{name} {host}", 0),
        vendor=vendor,
        kind=FindingKind.ENDPOINT,
        context=Context.CODE,
        route=route,
        path=path,
        line=_line(data, host),
        column=0,
        detector=FindingKind.ENDPOINT.value,
        confidence=Confidence.CERTAIN,
        message=f"the bill lists the service `{name[:120]}`, which answers at `{host}`",
    )


def _chains(bill: Bill) -> dict[str, tuple[str, ...]]:
    """For each reference, what pulls it in below the root; the root itself is not named."""
    graph = Graph()
    for above, below in bill.needs.items():
        if above in bill.roots:
            graph.roots |= set(below)
        else:
            graph.add(above, below)
    graph.assume_roots()
    reached = graph.chains()
    return {one.ref: via for one in bill.components if (via := reached.get(one.ref)) is not None}


def _line(data: bytes, text: str) -> int:
    written = json.dumps(text)[1:-1].encode()
    at = data.find(written)
    return data.count(b"\n", 0, at) + 1 if at >= 0 and written else 0
