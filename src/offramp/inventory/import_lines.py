"""Imports by the shape of their line, for languages that are not read as syntax trees here."""

import re
from collections.abc import Iterator

from offramp.inventory.matching import Hit
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Sheet
from offramp.inventory.signals import Sign


def import_lines(sheet: Sheet) -> Iterator[Hit]:
    """Hits of modules on lines that import them."""
    language = sheet.source.language
    if language.tree or not language.import_line:
        return
    for hit in sheet.hits:
        is_module = hit.signal.sign is Sign.MODULE and hit.signal.scope == language.module_scope
        if not is_module or sheet.place(hit) is Place.COMMENT:
            continue
        shape = language.import_line.replace("{m}", re.escape(hit.signal.text)).encode()
        if re.match(shape, sheet.source.line_text(hit.start)):
            yield hit
