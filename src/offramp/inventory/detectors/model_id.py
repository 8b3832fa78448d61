"""Names of a vendor's models in code and configuration.

# What it finds
Model names in the shapes a profile lists: plain, as a cloud writes them, or with the publisher in front.
Short or everyday names count only as the value of something called a model, an engine or a deployment, in a
list, a table or a function called so, or where an assertion expects one of it. Also
members of enumerations that spell a name without its dashes (`ModelId.x_4_large`, `.x4Large`), and names of
environment settings that hold a model's name. In configuration, under a key called `models` in the settings
of one vendor, every row's name is a model's.

# Why it matters
The model name is often the only trace of a vendor reached through a reseller, a cloud or a table of settings,
and it is the one line a move by gateway leaves as it is.

# What to do
Map the name to a route of the gateway, or replace it. Where the name belongs to open weights, find out who
serves them: the name does not say.

# Limits
Adjacent strings are read as one, in files that hold another sign. Names put together in any other way, or
read from a database or a remote setting, are not found. A name inside a
sentence, a comment, a docstring or a file of prose is a mention.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.core.ids import VendorId
from offramp.inventory.languages import YAML
from offramp.inventory.listed import rows_among
from offramp.inventory.matching import Hit
from offramp.inventory.model_names import constant, is_called_a_model, is_elsewhere
from offramp.inventory.naming import Named
from offramp.inventory.owners import owner_of
from offramp.inventory.packages import is_lock
from offramp.inventory.regions import Place
from offramp.inventory.setting_names import MODEL, settings
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign
from offramp.inventory.valuing import WORD_LIST

HUMP = re.compile(r"^[a-z][a-z0-9]*[A-Z][a-z]|[a-z][A-Z][a-z]")
"""A name written as programs write theirs."""
WORDS = re.compile(WORD_LIST.encode() + rb"\Z")
PARTS_OF_AN_ID = 3
"""Dashes in a name that is no longer one for people."""


def detect(sheet: Sheet) -> Iterator[Found]:
    """Model names that stand in code or in a value."""
    if is_lock(sheet.source.name):
        return
    for hit in sheet.of(Sign.MODEL, Sign.MODEL_IN_CONTEXT):
        needs_key = hit.signal.sign is Sign.MODEL_IN_CONTEXT
        if is_elsewhere(sheet, hit) or _is_name(sheet, hit) or _is_aside(sheet, hit):
            continue
        has_key = is_called_a_model(sheet, hit)
        if (needs_key or _is_label(sheet, hit)) and not has_key:
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
    yield from _others(sheet)


def _others(sheet: Sheet) -> Iterator[Found]:
    """Names as members of enumerations, and settings that hold one."""
    for hit in sheet.of(Sign.MODEL_CONSTANT):
        span = constant(sheet, hit)
        if span is not None:
            text = sheet.source.data[span[0] : span[1]].decode("utf-8", "replace")
            yield Found(
                vendor=hit.signal.vendor,
                kind=FindingKind.MODEL_ID,
                start=span[0],
                end=span[1],
                matched=text,
                message=f"names the model by the constant `{text}`",
                route=_route_of_member(sheet, span[0]) or sheet.route_of(hit),
                confidence=Confidence.LIKELY,
                model=text,
            )
    for vendor, start, end in (*sheet.tables.named(sheet.knowledge.short_models), *_listed(sheet)):
        text = sheet.source.data[start:end].decode("utf-8", "replace")
        yield Found(
            vendor=vendor,
            kind=FindingKind.MODEL_ID,
            start=start,
            end=end,
            matched=text,
            message=f"names the model `{text}`",
            confidence=Confidence.LIKELY,
            model=text,
        )
    yield from _owned(sheet)
    for hit in settings(sheet, MODEL):
        text = sheet.text(hit)
        yield Found(
            vendor=hit.signal.vendor,
            kind=FindingKind.MODEL_ID,
            start=hit.start,
            end=hit.end,
            matched=text,
            message=f"takes a model's name from `{text}`",
            route=hit.signal.route,
            confidence=Confidence.LIKELY,
        )


def _listed(sheet: Sheet) -> Iterator[tuple[VendorId, int, int]]:
    """Short names in a program's lists and tables of models."""
    named = sheet.of(Sign.MODEL, Sign.MODEL_IN_CONTEXT)
    if sheet.source.language.is_data or sheet.source.language.is_shell:
        return
    known = frozenset(hit.start for hit in named if hit.signal.sign is Sign.MODEL)
    rows = [one for one in sheet.model_blocks.named(sheet.knowledge.short_models) if one[1] not in known]
    if named:
        rows += rows_among(sheet.source, sheet.knowledge.short_models, known | {one[1] for one in rows})
    for vendor, start, end in rows:
        if sheet.source.place(start, end) in (Place.CODE, Place.STRING):
            yield vendor, start, end


def _route_of_member(sheet: Sheet, start: int) -> Route | None:
    """The route of the SDK whose enumeration a constant is a member of."""
    before = sheet.source.data[max(sheet.source.line_start(start), start - 200) : start]
    root = re.search(rb"([A-Za-z_$][\w$]*)(?:(?:\.|::)\w+)*(?:\.|::)\Z", before)
    name = root[1].decode("latin-1") if root is not None else ""
    return next((one.route for one in sheet.sdk.imports if one.bound == name and name), None)


def _owned(sheet: Sheet) -> Iterator[Found]:
    """Rows of a table of models that lies in the settings of one vendor: their names need no shape."""
    known = {hit.start for hit in sheet.of(Sign.MODEL, Sign.MODEL_IN_CONTEXT, Sign.PREFIX)}
    owners: dict[int, Named | None] = {}
    for head, start, end in sheet.tables.rows():
        if head not in owners:
            owners[head] = owner_of(sheet.source.data, head, sheet.knowledge.naming)
        owner = owners[head]
        if owner is None or owner.vendor in sheet.knowledge.resellers or start in known:
            continue
        text = sheet.source.data[start:end].decode("utf-8", "replace")
        yield Found(
            vendor=owner.vendor,
            kind=FindingKind.MODEL_ID,
            start=start,
            end=end,
            matched=text,
            message=f"names the model `{text}`, in a table of {sheet.name(owner.vendor)}",
            route=owner.route,
            confidence=Confidence.LIKELY,
            model=text,
        )


def _is_name(sheet: Sheet, hit: Hit) -> bool:
    """In a language with quotes, a model's name outside them is an identifier or a subtraction.

    Where lists of words need no quotes, only a plain word is.
    """
    text = sheet.text(hit)
    language = sheet.source.language
    if HUMP.search(text) and text.isalnum():
        return True
    if sheet.place(hit) is not Place.CODE or language.is_data or language.is_shell:
        return False
    before = sheet.source.data[max(sheet.source.line_start(hit.start), hit.start - 120) : hit.start]
    return bool(language.tree) or (text.replace("_", "").isalnum() and not WORDS.search(before))


def _is_aside(sheet: Sheet, hit: Hit) -> bool:
    """In YAML a bare name in brackets behind words explains them: `A. Person (x-1): 6`."""
    if sheet.source.language is not YAML or sheet.place(hit) is not Place.CODE:
        return False
    around = sheet.source.data[max(0, hit.start - 2) : hit.start], sheet.source.data[hit.end : hit.end + 1]
    return around == (b" (", b")")


def _is_label(sheet: Sheet, hit: Hit) -> bool:
    """A name in capitals is what a person is shown; publishers' names keep their own capitals.

    So do those of a vendor whose models are called with them.
    """
    text = sheet.text(hit)
    if hit.signal.pattern[:1].isupper() and re.fullmatch(hit.signal.pattern, text):
        return False
    is_published = "/" in text or sheet.source.data[hit.start - 1 : hit.start] == b"/"
    return text[:1].isupper() and not is_published and text.count("-") < PARTS_OF_AN_ID


DETECTOR = Detector("model-id", detect)
