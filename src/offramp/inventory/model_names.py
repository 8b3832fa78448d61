"""What stands around a model's name: a setting called a model, a file's name, an address."""

import re

from offramp.inventory.matching import Hit
from offramp.inventory.sheet import Sheet

MODEL_KEY = re.compile(
    rb"""(?:model|engine|deployment|llm)[\w.-]*["']?\]?\s*(?:[:=]>?|\(|,|\?\?|\|\|)\s*(?:str\(|\[)?\s*["'`]?$""",
    re.IGNORECASE,
)
WIDEST_KEY = 100
FILE_SUFFIX = re.compile(
    rb"\.(?:md|mdx|rst|png|jpe?g|svg|gif|webp|html?|json|ya?ml|toml|py|ts|tsx|js|go|rs|java|rb|php|txt|csv|sh|cs|gguf|pdf)$",
    re.IGNORECASE,
)
URL = re.compile(rb"[a-z][a-z0-9+.-]*://[^\s\"'<>`]*$", re.IGNORECASE)
API_PATH = re.compile(rb"/(?:v\d\w*|models|model|deployments|publishers|engines)/[^\s]*$")


def is_called_a_model(sheet: Sheet, hit: Hit) -> bool:
    """Whether the hit is the value of something called a model, an engine or a deployment."""
    return bool(MODEL_KEY.search(_before(sheet, hit)[-WIDEST_KEY:]))


def is_elsewhere(sheet: Sheet, hit: Hit) -> bool:
    """Whether the name is part of a file's name or of an address that is no API's."""
    data = sheet.source.data
    if FILE_SUFFIX.search(data[hit.start : hit.end]) or re.match(
        rb"\.(?:md|png|svg|jpg|html|py|ts|js|json|ya?ml|txt|gguf)\b", data[hit.end : hit.end + 6]
    ):
        return True
    before = _before(sheet, hit)
    url = URL.search(before) if b"://" in before else None
    return url is not None and not API_PATH.search(url[0])


def _before(sheet: Sheet, hit: Hit) -> bytes:
    return sheet.source.data[max(sheet.source.line_start(hit.start), hit.start - 300) : hit.start]
