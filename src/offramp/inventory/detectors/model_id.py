"""Names of a vendor's models in code and configuration.

# What it finds
Model names in the shapes a profile lists: plain, as a cloud writes them, or with the publisher in front.
Short or everyday names count only as the value of something called a model, an engine or a deployment.

# Why it matters
The model name is often the only trace of a vendor reached through a reseller, a cloud or a table of settings,
and it is the one line a move by gateway leaves as it is.

# What to do
Map the name to a route of the gateway, or replace it. Where the name belongs to open weights, find out who
serves them: the name does not say.

# Limits
Names put together from parts, or read from a database or a remote setting, are not found. A name inside a
sentence, a comment, a docstring or a file of prose is a mention.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind
from offramp.inventory.matching import Hit
from offramp.inventory.packages import is_lock
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign

MODEL_KEY = re.compile(
    rb"""(?:model|engine|deployment|llm)[\w.-]*["']?\]?\s*(?:[:=]>?|\(|,|\?\?|\|\|)\s*(?:str\(|\[)?\s*["'`]?$""",
    re.IGNORECASE,
)
FILE_SUFFIX = re.compile(
    rb"\.(?:md|mdx|rst|png|jpe?g|svg|gif|webp|html?|json|ya?ml|toml|py|ts|tsx|js|go|rs|java|rb|php|txt|csv|sh|cs|gguf|pdf)$",
    re.IGNORECASE,
)
URL = re.compile(rb"[a-z][a-z0-9+.-]*://[^\s\"'<>`]*$", re.IGNORECASE)
API_PATH = re.compile(rb"/(?:v\d\w*|models|model|deployments|publishers|engines)/[^\s]*$")


def detect(sheet: Sheet) -> Iterator[Found]:
    """Model names that stand in code or in a value."""
    if is_lock(sheet.source.name):
        return
    for hit in sheet.of(Sign.MODEL, Sign.MODEL_IN_CONTEXT):
        needs_key = hit.signal.sign is Sign.MODEL_IN_CONTEXT
        if is_elsewhere(sheet, hit) or (sheet.source.language.tree and _is_name(sheet, hit)):
            continue
        has_key = bool(MODEL_KEY.search(_before(sheet, hit)))
        if (needs_key or _is_label(sheet.text(hit))) and not has_key:
            continue
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.MODEL_ID,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"names the model `{text}`",
            route=sheet.route_of(hit),
            confidence=Confidence.LIKELY if needs_key else Confidence.CERTAIN,
            model=text,
        )


def is_elsewhere(sheet: Sheet, hit: Hit) -> bool:
    """Whether the name is part of a file's name or of an address that is no API's."""
    data = sheet.source.data
    if FILE_SUFFIX.search(data[hit.start : hit.end]) or re.match(
        rb"\.(?:md|png|svg|jpg|html|py|ts|js|json|ya?ml|txt|gguf)\b", data[hit.end : hit.end + 6]
    ):
        return True
    before = _before(sheet, hit)
    url = URL.search(before)
    return url is not None and not API_PATH.search(url[0])


def _before(sheet: Sheet, hit: Hit) -> bytes:
    return sheet.source.data[max(sheet.source.line_start(hit.start), hit.start - 300) : hit.start]


def _is_name(sheet: Sheet, hit: Hit) -> bool:
    """In a language with quotes, a model's name outside them is an identifier or a subtraction."""
    return sheet.place(hit) is Place.CODE


def _is_label(text: str) -> bool:
    """A name in capitals is what a person is shown; publishers' names keep their own capitals."""
    return text[:1].isupper() and "/" not in text


DETECTOR = Detector("model-id", detect)
