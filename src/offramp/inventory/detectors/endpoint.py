"""Addresses of a vendor's API, and what only its protocol says.

# What it finds
Host names of a vendor's API, settings that hold such an address or its version (`…_BASE_URL`, `…_ENDPOINT`,
`…_API_VERSION`) or say how the service is used (`…_TIMEOUT`, `…_MAX_TOKENS`, `…_REGION`), and headers
that only its protocol has, in code, configuration, allow lists and infrastructure.

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

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.matching import Hit
from offramp.inventory.owners import owned
from offramp.inventory.packages import is_lock
from offramp.inventory.pages import is_page
from offramp.inventory.regions import Place
from offramp.inventory.setting_names import is_given, settings
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

SURE = frozenset(
    (Sign.MODEL, Sign.HOST, Sign.KEY_NAME, Sign.KEY, Sign.CLIENT, Sign.MODULE, Sign.PREFIX, Sign.HEADER)
)
ADDRESSES = re.compile(r"(?:_(?:API|BASE|URL|URI|HOST|ENDPOINT|PROXY|ORIGINS))+$")
ADDRESS = re.compile(r"(?i)(?:url|uri|host|base|endpoint|proxy|version|origins)s?$")
CALLED_ADDRESS = re.compile(
    rb"""(?im)^[ \t]*(?:-[ \t]+)?["']?(endpoint|base[-_]?url|api[-_]?(?:base|url|host|version))["']?"""
    rb"""[ \t]*[:=]"""
)
LONGEST_FILE = 1_000_000
KEY_OR_MODEL = re.compile(r"_(?:API_KEY|MODELS?|MODEL_NAME|MODEL_ID)$")


def detect(sheet: Sheet) -> Iterator[Found]:
    """Hosts, headers and address settings."""
    if is_lock(sheet.source.name):
        return
    for hit in sheet.of(Sign.HOST, Sign.HEADER, Sign.ADDRESS_NAME):
        goes_on = sheet.source.data[hit.end : hit.end + 1] == b"_"
        if hit.signal.sign is Sign.ADDRESS_NAME and goes_on and not _is_meant(sheet, hit):
            continue
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
    spelt = (
        one
        for one in sheet.of(Sign.ADDRESS_SPELLING)
        if not sheet.text(one).isupper() or "__" in sheet.text(one)
    )
    named = (one for one in settings(sheet, None) if _is_meant(sheet, one))
    for hit in (*named, *(one for one in spelt if is_given(sheet, one, counts_reads=False))):
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.ENDPOINT,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"takes {'an address' if ADDRESS.search(text) else 'a setting'} from `{text}`",
            route=hit.signal.route,
            confidence=Confidence.LIKELY,
        )
    yield from _nested(sheet)


def _nested(sheet: Sheet) -> Iterator[Found]:
    """Addresses called just that, in the settings of one vendor: `{"ExampleA": {"Endpoint": …}}`."""
    data = sheet.source.data
    if not sheet.source.language.is_data or len(data) > LONGEST_FILE:
        return
    naming = sheet.knowledge.naming
    words = (naming.named(one.signal.text) for one in sheet.hits if one.signal.sign is Sign.WORD)
    told = {one.signal.vendor for one in sheet.hits if one.signal.sign in SURE}
    told |= {one.vendor for one in words if one is not None}
    for owner, start, end in owned(data, CALLED_ADDRESS, naming) if told else ():
        if owner.vendor in told and sheet.source.place(start, end) is not Place.COMMENT:
            text = data[start:end].decode("latin-1")
            yield Found(
                vendor=owner.vendor,
                kind=FindingKind.ENDPOINT,
                start=start,
                end=end,
                matched=text,
                message=f"takes an address from `{text}` in the settings of {sheet.name(owner.vendor)}",
                route=owner.route,
                confidence=Confidence.LIKELY,
            )


def _is_meant(sheet: Sheet, hit: Hit) -> bool:
    """Whether a setting with an everyday word is about models: something else in the file says so.

    Other programs, protocols and machines have the same names.
    """
    if _word(hit) not in sheet.knowledge.everyday:
        return True
    return any(
        one.signal.sign in SURE or (one.signal.sign is Sign.SETTING and _gives_more(sheet, one))
        for one in sheet.hits
    )


def _word(hit: Hit) -> str:
    """What a setting's name calls the vendor."""
    return ADDRESSES.sub("", hit.signal.text).rstrip("_").lower()


def _gives_more(sheet: Sheet, one: Hit) -> bool:
    """Whether a setting's name says more than an everyday word and an address."""
    return _word(one) not in sheet.knowledge.everyday or KEY_OR_MODEL.search(sheet.text(one)) is not None


DETECTOR = Detector("endpoint", detect)
