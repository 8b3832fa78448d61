"""What stands around a model's name: a setting called a model, a file's name, an address."""

import re

from offramp.inventory.expressions import MODEL_SETTING
from offramp.inventory.matching import Hit
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Sheet
from offramp.inventory.valuing import EXPECTED, actual

MODEL_KEY = re.compile(MODEL_SETTING.encode() + rb"$", re.IGNORECASE)
OF_A_MODEL = actual(b"model")
WIDEST_KEY = 120
FILE_SUFFIX = re.compile(
    rb"\.(?:md|mdx|rst|ipynb|png|jpe?g|svg|gif|webp|html?|json|ya?ml|toml|py|ts|tsx|js|go|rs|java|rb|php|txt|csv|sh|cs|exe|zip|gz|dll|pdf)$",
    re.IGNORECASE,
)
REST_OF_FILE = re.compile(
    rb"[\w-]{0,60}\.(?:md|mdx|ipynb|png|svg|jpg|gif|webp|html|py|tsx?|jsx?|go|rs|json|ya?ml|txt|csv|exe|zip|pdf)"
    rb"(?![\w-])(?!\.\w)"
)
"""How a file's name goes on that begins with a model's."""
URL = re.compile(rb"[a-z][a-z0-9+.-]*://[^\s\"'<>`]*$", re.IGNORECASE)
WEB = re.compile(rb"(?:https?|wss?|s?ftp|git|ssh|file|s3|gs|blob|data|vscode|chrome)\b", re.IGNORECASE)
"""How addresses of pages and files begin; a scheme of another name fetches a model."""
API_PATH = re.compile(rb"/(?:v\d\w*|models|model|deployments|publishers|engines)/[^\s]*$")


def is_called_a_model(sheet: Sheet, hit: Hit) -> bool:
    """Whether the hit is the value of something called a model, an engine or a deployment, or a row of it."""
    before = _before(sheet, hit)[-WIDEST_KEY:]
    if MODEL_KEY.search(before) or sheet.tables.holds(hit.start) or hit.start in sheet.model_blocks.rows:
        return True
    return bool(EXPECTED.search(before) and OF_A_MODEL.match(sheet.source.data, hit.end))


def is_elsewhere(sheet: Sheet, hit: Hit) -> bool:
    """Whether the name is part of a file's name or of an address that is no API's."""
    data = sheet.source.data
    if FILE_SUFFIX.search(data[hit.start : hit.end]) or REST_OF_FILE.match(data, hit.end):
        return True
    before = _before(sheet, hit)
    url = URL.search(before) if b"://" in before else None
    return url is not None and not API_PATH.search(url[0]) and WEB.match(url[0]) is not None


MEMBER = re.compile(rb"(?:(?<![\w.:])([\w.:]{0,120}?)(?:\.|::))(\w*)\Z")
CALLED_MODELS = re.compile(rb"(?i)model|llm|gpt|claude|gemini|engine|version|\A\Z")


def constant(sheet: Sheet, hit: Hit) -> tuple[int, int] | None:
    """Where the member stands that spells a model's name; None where the words are something else.

    The object it is a member of is called a model, or nothing at all, or is a vendor's SDK.
    """
    language = sheet.source.language
    data = sheet.source.data
    if (
        language.is_data
        or language.is_shell
        or sheet.place(hit) is not Place.CODE
        or data[hit.end : hit.end + 1] == b"("
    ):
        return None
    member = MEMBER.search(data, max(sheet.source.line_start(hit.start), hit.start - 200), hit.start)
    if member is None:
        return None
    head = member[2]
    if head and not (
        head.endswith(b"_") or (head[:1].isupper() and not data[hit.start : hit.start + 1].islower())
    ):
        return None
    last = re.split(rb"[.:]+", member[1])[-1]
    bound = {one.bound for one in sheet.sdk.imports if one.bound}
    if not CALLED_MODELS.search(last) and last.decode("latin-1") not in bound:
        return None
    return member.start(2), hit.end


def _before(sheet: Sheet, hit: Hit) -> bytes:
    return sheet.source.data[max(sheet.source.line_start(hit.start), hit.start - 300) : hit.start]
