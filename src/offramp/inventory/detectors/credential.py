"""Names of a vendor's keys, and literals that look like one.

# What it finds
The names profiles list for keys (`…_API_KEY`), also with a prefix or suffix of your own, in code, env files,
manifests of secret stores and pipelines; the same names as settings and secret stores spell them (small
letters, dashes, slashes, humps) and as code reads them by a path (`settings["vendor"]["api_key"]`), in
values, in configuration, and where code declares or passes one; a key called just that in the settings of
one vendor (`{"Vendor": {"ApiKey": …}}`), or kept under its name in a table of keys; and literals in the shape
of a vendor's keys.

# Why it matters
Where a key's name stands, a key is given to something. A key in the tree is also a leak.

# What to do
Revoke a key that was found as a literal. When the move is done, take the name out and revoke the key it held.

# Limits
A key's value is never shown, stored or sent. A literal is reported with a digest salted for this scan or
workspace, so that the same key in two places can be recognised and nothing more. Shapes shared by several
vendors are not looked for; keys in encrypted files are not seen.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.matching import Hit
from offramp.inventory.owners import owned
from offramp.inventory.packages import is_lock
from offramp.inventory.regions import Place
from offramp.inventory.setting_names import KEY, is_given, settings
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign
from offramp.inventory.switching import keys_by_vendor

TELLING = (
    Sign.KEY_NAME,
    Sign.MODEL,
    Sign.HOST,
    Sign.CLIENT,
    Sign.MODULE,
    Sign.PREFIX,
    Sign.PACKAGE,
    Sign.KEY_SPELLING,
)
OTHER_KEYS = re.compile(r"_(?:DEPLOY|SSH|SIGNING|GPG|PGP|PUBLIC|CACHE|STORAGE|REDIS|IDEMPOTENCY)_KEY$")
"""Keys of something else, whoever they are named after."""
COUNTS = re.compile(
    rb"S?_(?:COUNT|LIMIT|MAX|MIN|BUDGET|COST|PRICE|MULTIPLIER|RATIO|RATE|SIZE|LENGTH|USAGE|WINDOW|ESTIMAT|PER_)"
)
"""What follows a token that is counted rather than kept secret."""
HANDED_OUT = re.compile(rb"(?:PUBLIC|VITE|REACT_APP)_\Z")
RESOURCE = re.compile(rb"\bR(?:es)?\.\w{1,20}\.\Z")
"""What stands before the name of a text or a picture in a program for telephones."""
MORE_PARTS = re.compile(rb"\.[a-z]\w*")
CALLED_KEY = re.compile(
    rb"""(?im)^[ \t]*(?:-[ \t]+)?["']?
    (?:(api[-_]?keys?|api[-_]?token|secret[-_]?key|(?-i:(?:Key|[cC]redential)(?=")))["']?[ \t]*[:=]
    |((?:access|auth)[-_]?(?:key|token)|key|token|secret)["']?[ \t]*[:=][ \t]*
    (?:["']?(?:\$[({]|\{\{|<|%env|your|change_?me|sk-|xxx)|["']{2}[ \t]*,?[ \t]*\r?$))
    """.replace(b"\n    ", b"")
)
"""A word that is a key's alone; or one that means other things too, with nothing, a variable or a
placeholder as its value.
"""
CALLED_KEY_WORDS = (b"key", b"token", b"secret", b"credential")
"""One of them stands in all of these."""
LONGEST_FILE = 1_000_000
FEWEST_CHARACTERS = 10
"""Distinct characters below which a literal is a placeholder such as `sk-xxxxxxxx`."""


def detect(sheet: Sheet) -> Iterator[Found]:
    """Names of keys, then literals."""
    if is_lock(sheet.source.name):
        return
    for hit in (*sheet.of(Sign.KEY_NAME), *settings(sheet, KEY), *_beside_others(sheet)):
        text = sheet.text(hit)
        if OTHER_KEYS.search(text) or (text.endswith("_TOKEN") and COUNTS.match(sheet.source.data, hit.end)):
            continue
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.CREDENTIAL,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"names the key `{text}`",
            route=hit.signal.route,
            confidence=Confidence.LIKELY,
        )
    for hit in sheet.of(Sign.KEY_SPELLING):
        text = sheet.text(hit)
        if (not text.isupper() or "__" in text) and is_given(sheet, hit) and not _is_of_a_message(sheet, hit):
            yield Found(
                vendor=hit.signal.vendor,
                kind=FindingKind.CREDENTIAL,
                start=hit.start,
                end=hit.end,
                matched=text,
                message=f"names the key `{text}`",
                route=hit.signal.route,
                confidence=Confidence.LIKELY if sheet.place(hit) is Place.STRING else Confidence.POSSIBLE,
            )
    yield from _nested(sheet)
    yield from _by_vendor(sheet)
    for hit in sheet.hits:
        if hit.signal.sign is Sign.KEY and sheet.place(hit) is not Place.COMMENT:
            yield from _literal(sheet, hit)


def _beside_others(sheet: Sheet) -> list[Hit]:
    """Names of keys that open other things too, in a file that has something else of a models' vendor.

    One that is handed to browsers opens maps and the like.
    """
    found = [
        hit
        for hit in sheet.of(Sign.KEY_IN_CONTEXT)
        if not HANDED_OUT.search(sheet.source.data, max(0, hit.start - 20), hit.start)
    ]
    return found if found and sheet.of(*TELLING) else []


def _is_of_a_message(sheet: Sheet, hit: Hit) -> bool:
    """Whether it names words for a person: `settings.example.apiKey.label`, `R.string.example_api_key`."""
    if RESOURCE.search(sheet.source.data, max(0, hit.start - 30), hit.start):
        return True
    return sheet.place(hit) is Place.STRING and MORE_PARTS.match(sheet.source.data, hit.end) is not None


def _nested(sheet: Sheet) -> Iterator[Found]:
    """Keys called just that, in the settings of one vendor: `{"ExampleA": {"ApiKey": …}}`."""
    data = sheet.source.data
    if not sheet.source.language.is_data or len(data) > LONGEST_FILE:
        return
    small = data.lower()
    if not any(word in small for word in CALLED_KEY_WORDS):
        return
    for owner, start, end in owned(data, CALLED_KEY, sheet.knowledge.naming):
        if sheet.source.place(start, end) is not Place.COMMENT:
            text = data[start:end].decode("latin-1")
            yield Found(
                vendor=owner.vendor,
                kind=FindingKind.CREDENTIAL,
                start=start,
                end=end,
                matched=text,
                message=f"names the key `{text}` in the settings of {sheet.name(owner.vendor)}",
                route=owner.route,
                confidence=Confidence.LIKELY,
            )


def _by_vendor(sheet: Sheet) -> Iterator[Found]:
    """Keys kept under their vendors' names: `{"api_keys": {"example-a": …}}`."""
    for signal, start, end in keys_by_vendor(sheet.source.data, sheet.knowledge.selectors):
        text = sheet.source.data[start:end].decode("latin-1")
        if sheet.source.place(start, end) in (Place.CODE, Place.STRING):
            yield Found(
                vendor=signal.vendor,
                kind=FindingKind.CREDENTIAL,
                start=start,
                end=end,
                matched=text,
                message=f"names the key of `{text}` in a table of keys",
                route=signal.route,
                confidence=Confidence.LIKELY,
            )


def _literal(sheet: Sheet, hit: Hit) -> Iterator[Found]:
    value = sheet.source.data[hit.start : hit.end]
    if len(set(value)) < FEWEST_CHARACTERS:
        return
    digest = hmac.new(sheet.salt, value, hashlib.sha256).hexdigest()[:12]
    yield Found(
        vendor=hit.signal.vendor,
        kind=FindingKind.CREDENTIAL,
        start=hit.start,
        end=hit.end,
        matched="a literal",
        message=f"holds what looks like a key (salted digest {digest})",
        route=hit.signal.route,
        confidence=Confidence.LIKELY,
    )


DETECTOR = Detector("credential", detect)
