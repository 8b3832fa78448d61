"""Where a vendor answers programs and people on one host: which addresses are pages for people."""

import re

from offramp.inventory.matching import Hit
from offramp.inventory.sheet import Sheet
from offramp.inventory.signals import Sign

PAGE = re.compile(
    rb"/(?:keys|docs|pricing|settings|activity|credits|account|billing|login|sign-?up|privacy|terms|blog)\b"
)


def is_page(sheet: Sheet, hit: Hit) -> bool:
    """Whether a host's name begins the address of a page: its path says so, and it is no API alone."""
    if hit.signal.sign is not Sign.HOST or sheet.text(hit).lower().startswith("api."):
        return False
    return PAGE.match(sheet.source.data, hit.end) is not None
