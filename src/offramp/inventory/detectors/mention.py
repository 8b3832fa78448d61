"""Places that name a vendor without using it. Never counted as uses.

# What it finds
A vendor's name, model, host or key name in prose, comments, docstrings and sentences shown to people, its web
addresses anywhere, and its name in code that needs no vendor.

# Why it matters
Mentions tell a reader where to look and what to update in the end; shown apart, they do not blur the count.

# What to do
Nothing for the move itself. Update the prose when it is done.

# Limits
One mention a line and vendor, none on a line that holds a use, none in lock files, outputs of notebooks and
data. Words that are also given names, animals or verbs are not matched alone, so many mentions stay unseen.
"""

from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.inventory.packages import is_lock
from offramp.inventory.pages import is_page
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

ANYWHERE = (Sign.NAME, Sign.SITE)
IN_WORDS = (
    Sign.NAME, Sign.SITE, Sign.MODEL, Sign.HOST, Sign.KEY_NAME, Sign.ADDRESS_NAME, Sign.HEADER, Sign.RESOURCE,
    Sign.ACTION, Sign.KEY,
)  # fmt: skip
NAMES = frozenset((*ANYWHERE, *IN_WORDS))


def detect(sheet: Sheet) -> Iterator[Found]:
    """Names in words for people, and bare names anywhere."""
    if is_lock(sheet.source.name):
        return
    for hit in sheet.hits:
        if hit.signal.sign not in NAMES:
            continue
        is_in_words = sheet.place(hit) in (Place.COMMENT, Place.SENTENCE) or is_page(sheet, hit)
        if hit.signal.sign not in (IN_WORDS if is_in_words else ANYWHERE):
            continue
        text = "a key" if hit.signal.sign is Sign.KEY else f"`{sheet.text(hit)}`"
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.MENTION,
            start=hit.start,
            end=hit.end,
            matched=hit.signal.text or hit.signal.sign,
            message=f"mentions {text}",
            route=Route.UNKNOWN,
            confidence=Confidence.LIKELY,
        )


DETECTOR = Detector("mention", detect)
