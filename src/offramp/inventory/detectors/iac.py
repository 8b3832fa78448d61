"""Cloud resources and permissions that mean a vendor's models.

# What it finds
Resource names and permissions in the shapes profiles list, with wildcards: model and inference-profile ARNs,
a cloud's own model services, their network endpoints, deployments of a vendor's kind; in Terraform and
OpenTofu, CloudFormation and what CDK makes, Bicep, Pulumi, Helm, Kubernetes, IAM documents and code that
makes them. A permission that opens every model a cloud sells (`foundation-model/*`, or a call of models on
the resource `*`) is reported as `possible`, once a statement, for each vendor whose models that cloud sells
and that the same file names; and for every such vendor that was asked for by name (`--vendor`).

# Why it matters
What an account may reach is wider than what its code names today, and a purchase made through a cloud is
still a use of the vendor.

# What to do
Narrow the permission to the successor's models. A wildcard keeps the door open for every model of the vendor.

# Limits
Modules fetched from elsewhere are not followed, names put together from variables are not worked out, and
what is deployed today is not looked at. Denials are not told from grants. Without `--vendor`, a permission
for everything beside which no vendor is named is reported for the cloud's own vendor alone.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.core.ids import VendorId
from offramp.inventory.matching import Hit
from offramp.inventory.packages import is_lock
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

STATEMENT = re.compile(rb"(?i)\b(?:effect|sid|statement|policystatement)\b")
EVERYTHING = re.compile(rb"""(?i)\bresources?["']?\s*(?:[:=]|=>)\s*(?:\[\s*)?(?:-\s*)?["']\*["']""")
WIDEST_STATEMENT = 1500


def detect(sheet: Sheet) -> Iterator[Found]:
    """Resources and permissions, then permissions that name no vendor."""
    if is_lock(sheet.source.name):
        return
    for hit in sheet.of(Sign.RESOURCE):
        text = " ".join(sheet.text(hit).split())
        model = text.rpartition("/")[2] if "/" in text and "*" not in text else ""
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.IAC,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"grants or makes `{text}`",
            route=hit.signal.route,
            model=model,
        )
    told: set[tuple[VendorId, int]] = set()
    for hit in sheet.of(Sign.OPENS, Sign.PERMISSION):
        if hit.signal.sign is Sign.OPENS or _is_for_everything(sheet.source.data, hit):
            yield from _opened(sheet, hit, told)


def _opened(sheet: Sheet, hit: Hit, told: set[tuple[VendorId, int]]) -> Iterator[Found]:
    """The vendors a permission for everything lets through, each once a statement."""
    text = sheet.text(hit)
    begins = _beginning(sheet.source.data, hit)
    for vendor in _let_through(sheet, hit):
        if (vendor, begins) in told:
            continue
        told.add((vendor, begins))
        yield Found(
            vendor=vendor,
            kind=FindingKind.IAC,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"`{text}` opens every model sold there, those of {sheet.name(vendor)} too",
            route=hit.signal.route,
            confidence=Confidence.POSSIBLE,
        )


def _let_through(sheet: Sheet, hit: Hit) -> list[VendorId]:
    sold = sheet.knowledge.sold.get(hit.signal.route, ())
    if sheet.knowledge.is_narrowed:
        return list(sold)
    signs = (Sign.MODEL, Sign.RESOURCE, Sign.CLIENT, Sign.MODULE)
    named = {one.signal.vendor for one in sheet.hits if one.signal.sign in signs}
    return [vendor for vendor in sold if vendor in named]


def _beginning(data: bytes, hit: Hit) -> int:
    """Where the statement around a permission begins, as far back as one goes."""
    first = max(0, hit.start - WIDEST_STATEMENT)
    return max((one.end() for one in STATEMENT.finditer(data, first, hit.start)), default=0)


def _is_for_everything(data: bytes, hit: Hit) -> bool:
    """Whether the resource in the same statement is a bare `*`."""
    begins = max(_beginning(data, hit), hit.start - WIDEST_STATEMENT, 0)
    after = data[hit.end : hit.end + WIDEST_STATEMENT]
    ends = next((one.start() for one in STATEMENT.finditer(after)), len(after))
    return bool(EVERYTHING.search(data, begins, hit.start) or EVERYTHING.search(after, 0, ends))


DETECTOR = Detector("iac", detect)
