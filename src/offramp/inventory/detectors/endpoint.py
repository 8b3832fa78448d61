"""Addresses of a vendor's API, and what only its protocol says.

# What it finds
Host names of a vendor's API, settings that hold such an address or its version (`…_BASE_URL`, `…_ENDPOINT`,
`…_API_VERSION`), and headers that only its protocol has, in code, configuration, allow lists and
infrastructure.

# Why it matters
Raw HTTP needs no SDK and no package; the host or the header is the only trace. An allow list shows what is
permitted to be reached.

# What to do
Point the setting at the gateway; it speaks the same protocol. Close the host in egress rules when the move is
done.

# Limits
A host put together at run time, or hidden behind your own name, is not found. The vendor's web pages are
mentions, not endpoints.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.packages import is_lock
from offramp.inventory.pages import is_page
from offramp.inventory.setting_names import is_given, settings
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign


def detect(sheet: Sheet) -> Iterator[Found]:
    """Hosts, headers and address settings."""
    if is_lock(sheet.source.name):
        return
    for hit in sheet.of(Sign.HOST, Sign.HEADER, Sign.ADDRESS_NAME):
        text = sheet.text(hit)
        if is_page(sheet, hit):
            continue
        if hit.signal.sign is Sign.HOST:
            message = f"reaches `{text}`"
        elif hit.signal.sign is Sign.HEADER:
            message = f"uses the protocol header `{text}`"
        else:
            message = f"takes an address from `{text}`"
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.ENDPOINT,
            start=hit.start,
            end=hit.end,
            matched=text.lower() if hit.signal.sign is not Sign.ADDRESS_NAME else text,
            message=message,
            route=hit.signal.route,
            confidence=Confidence.CERTAIN if hit.signal.sign is Sign.HOST else Confidence.LIKELY,
        )
    spelt = (one for one in sheet.of(Sign.ADDRESS_SPELLING) if not sheet.text(one).isupper())
    for hit in (*settings(sheet, None), *(one for one in spelt if is_given(sheet, one, counts_reads=False))):
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.ENDPOINT,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"takes an address from `{text}`",
            route=hit.signal.route,
            confidence=Confidence.LIKELY,
        )


DETECTOR = Detector("endpoint", detect)
