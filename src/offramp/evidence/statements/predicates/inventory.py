"""What is used: the uses a scan found, by vendor, route and kind, and what it looked at."""

from collections.abc import Sequence

import msgspec

from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.findings import Scan
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Digest, Statement, Subject

SLUG = "inventory"
METHOD = (
    "files, packages, settings and declarations were searched for the names, hosts, packages and calls of "
    "the vendors' profiles; nothing that was scanned was run"
)
GAPS = (
    "what is set up outside these sources is not in it: hosted software nobody declared, personal accounts, "
    "purchases, what suppliers use",
    "names that are put together at run time, or read from a remote setting, are not seen",
)


class Counted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many uses of one kind."""

    vendor: str
    route: str
    kind: str
    uses: int
    places: int
    """Files they are in."""


class Inventory(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a scan found."""

    vendors: tuple[str, ...]
    """The vendors that were looked for."""
    sources: tuple[str, ...]
    """What was looked at."""
    files: int
    bytes: int
    left_out: int
    """Files left out on purpose: too large, binary, links."""
    unreadable: tuple[str, ...]
    """What was meant to be read and could not be."""
    total: int
    """Uses in all."""
    uses: tuple[Counted, ...]
    mentions: int
    """Names that need no vendor; they are not uses."""


def findings_digest(scan: Scan) -> str:
    """What the ledger's entry about a scan says of its findings: hex SHA-256 of their ids and places."""
    ids = sorted([one.id, one.vendor, one.kind, one.path, one.line] for one in scan.findings)
    return sha256_hex(canonical_json(ids))


def inventory(scan: Scan, head: Head, bills: Sequence[Subject] = ()) -> Statement:
    """The statement. Its subjects are the set of findings, and the bills of materials made of them."""
    seen = scan.coverage
    groups: dict[tuple[str, str, str], list[str]] = {}
    for one in scan.uses:
        groups.setdefault((one.vendor, one.route.value, one.kind.value), []).append(one.path)
    unreadable = tuple(f"{one.path}: {one.reason}" for one in seen.unreadable)
    claim = Inventory(
        **head.said(
            scope=f"{', '.join(seen.sources)}; vendors: {', '.join(scan.vendors)}",
            method=METHOD,
            gaps=(*(f"not read: {one}" for one in unreadable), *GAPS),
        ),
        vendors=tuple(scan.vendors),
        sources=seen.sources,
        files=seen.files,
        bytes=seen.bytes,
        left_out=len(seen.skipped),
        unreadable=unreadable,
        total=len(scan.uses),
        uses=tuple(
            Counted(vendor=vendor, route=route, kind=kind, uses=len(paths), places=len(set(paths)))
            for (vendor, route, kind), paths in sorted(groups.items())
        ),
        mentions=len(scan.findings) - len(scan.uses),
    )
    subjects = (Subject("findings", Digest(findings_digest(scan))), *bills)
    return Statement(slug=SLUG, subjects=subjects, claim=claim)
