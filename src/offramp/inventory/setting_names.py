"""Names of environment settings about a vendor that no profile lists one by one, and what each gives."""

import re
from collections.abc import Iterator

from offramp.inventory.matching import Hit
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Sheet
from offramp.inventory.signals import Sign

KEY = re.compile(r"_(?:API_?KEY|KEY|TOKEN|SECRET)$")
MODEL = re.compile(r"_(?:MODELS?|MODEL_NAME|MODEL_ID|DEPLOYMENT|DEPLOYMENT_NAME|DEPLOYMENT_ID|ENGINE)$")
COMPATIBLE = re.compile(r"_(?:COMPATIBLE|COMPAT|LIKE)_")
"""Somebody else answers, in the same way."""
ADDRESS = re.compile(r"_(?:URL|URI|ENDPOINT|HOST|BASE)$")
FROM_ENVIRONMENT = re.compile(
    rb"(?:\benv|ENV|environ|environment|secrets|vars|Env|config|settings)(?:\.|\[|::|->)$"
)
"""What a setting is read from by a name that is no string."""

ASKED = re.compile(rb"(?i)(?:post|get|put|fetch|request|send|url|uri|open|connect)\w*!?\(\s*&?[A-Za-z:.]*\Z")
"""A function that is given an address to ask."""
GIVEN = re.compile(rb"\s*(?:\?\s*)?(?::(?!:)|:?=(?!=)|\{\s*(?:get|set|init)\b)")
"""What follows a name that is declared, set or passed."""


def settings(sheet: Sheet, what: re.Pattern[str] | None) -> Iterator[Hit]:
    """Names that give what the pattern says; without one, those that give neither a key nor a model."""
    for hit in sheet.of(Sign.SETTING):
        name = sheet.text(hit)
        if COMPATIBLE.search(name):
            continue
        if (
            what.search(name) if what is not None else not (KEY.search(name) or MODEL.search(name))
        ) and _is_read(sheet, hit):
            yield hit


def _is_read(sheet: Sheet, hit: Hit) -> bool:
    """Whether it is a name a setting is read or given by, and not one of the program's own constants."""
    language = sheet.source.language
    if language.is_data or language.is_shell or sheet.place(hit) is Place.STRING:
        return True
    before = sheet.source.data[max(0, hit.start - 40) : hit.start]
    if ASKED.search(before) and ADDRESS.search(sheet.text(hit)):
        return True
    return FROM_ENVIRONMENT.search(re.sub(rb"[A-Z0-9_]+$", b"", before)) is not None


def is_given(sheet: Sheet, hit: Hit, *, counts_reads: bool = True) -> bool:
    """Whether a name that code may use for anything is a value, a setting, or is declared or passed here."""
    language = sheet.source.language
    if sheet.place(hit) is Place.STRING or language.is_data or language.is_shell:
        return True
    before = sheet.source.data[hit.start - 1 : hit.start]
    is_read = before == b"." or sheet.source.data[hit.start - 2 : hit.start] == b"->"
    if (counts_reads and is_read) or (before == b":" and language.name in ("ruby", "elixir")):
        return True
    return GIVEN.match(sheet.source.data, hit.end) is not None
