"""Cloud resources and permissions that mean a vendor's models.

# What it finds
Resource names and permissions in the shapes profiles list, with wildcards: model and inference-profile ARNs,
a cloud's own model services, deployments of a vendor's kind; in Terraform, CloudFormation, Bicep, IAM
documents and code that makes them.

# Why it matters
What an account may reach is wider than what its code names today, and a purchase made through a cloud is
still a use of the vendor.

# What to do
Narrow the permission to the successor's models. A wildcard keeps the door open for every model of the vendor.

# Limits
Permissions that name no vendor (`*`) are not reported for any. Modules fetched from elsewhere are not
followed, and what is deployed today is not looked at.
"""

from collections.abc import Iterator

from offramp.core.findings import FindingKind
from offramp.inventory.packages import is_lock
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign


def detect(sheet: Sheet) -> Iterator[Found]:
    """Resources and permissions."""
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


DETECTOR = Detector("iac", detect)
