"""Parts of the Gemini API: what they hold, the ids of calls, and the files in them. Both ways."""

import base64
import binascii
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.dialects.gemini_generate import wire
from offramp.dialects.id_forms import is_plain, minted_id
from offramp.dialects.loss import Effect, Loss, Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.shaping import call_seals
from offramp.dialects.shaping.seals import SEAL_MARK
from offramp.dialects.turns import Document, Image, Text, Thinking

_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")

MINTED: Final = "fc_"
MAX_ID_LENGTH: Final = 36
"""So that an id with its mark still fits into every other API's."""

KINDS: Final = (
    "text",
    "inlineData",
    "fileData",
    "functionCall",
    "functionResponse",
    "executableCode",
    "codeExecutionResult",
    "toolCall",
    "toolResponse",
    "audioTranscription",
)

_PART_HELP: Final = "leave the part out, or send this route to an upstream of this API"

PART_LOSSES: Final = (
    Loss("contents.parts.audioMetadata", "no sound is carried", Effect.METADATA),
    Loss("contents.parts.documentMetadata", "how files are read is the target's choice", Effect.CONTENT),
    Loss("contents.parts.mediaProcessing", "how files are read is the target's choice", Effect.CONTENT),
    Loss(
        "contents.parts.mediaResolution", "how closely files are read is the target's choice", Effect.CONTENT
    ),
    Loss("contents.parts.partMetadata", "labels of parts are the caller's own", Effect.METADATA),
    Loss("contents.parts.spreadsheetMetadata", "how files are read is the target's choice", Effect.CONTENT),
    Loss(
        "contents.parts.thoughtSignature",
        "only this vendor's models read its seals on calls",
        Effect.METADATA,
    ),
)

PART_REFUSALS: Final = (
    Refusal("contents.parts.audioTranscription", "sound cannot be carried", _PART_HELP),
    Refusal("contents.parts.codeExecutionResult", "the vendor itself ran this code", _PART_HELP),
    Refusal("contents.parts.executableCode", "the vendor itself was to run this code", _PART_HELP),
    Refusal("contents.parts.fileData.fileUri", "this vendor keeps the file", "send the file by value"),
    Refusal("contents.parts.functionCall.partialArgs", "a call is carried whole", "send the whole arguments"),
    Refusal(
        "contents.parts.functionCall.willContinue", "a call is carried whole", "send the whole arguments"
    ),
    Refusal(
        "contents.parts.functionResponse.scheduling", "the target waits for every result", "leave it out"
    ),
    Refusal(
        "contents.parts.functionResponse.willContinue", "the target waits for every result", "send it whole"
    ),
    Refusal("contents.parts.inlineData.mimeType", "only images, PDF and text can be carried", _PART_HELP),
    Refusal("contents.parts.speechMetadata", "the target does not speak", _PART_HELP),
    Refusal("contents.parts.toolCall", "the vendor itself ran this tool", _PART_HELP),
    Refusal("contents.parts.toolResponse", "the vendor itself ran this tool", _PART_HELP),
    Refusal("contents.parts.videoMetadata", "video cannot be carried", _PART_HELP),
)

_ENDINGS: Final[Mapping[str, str]] = {
    ".gif": "image/gif",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webp": "image/webp",
}
"""Kinds of files told by the end of an address, for the API wants them named and others do not say them."""

_ADDRESS: Final = re.compile(r"https?://(?:[^/?#]*@)?(?P<host>[^/:?#@]+)", re.IGNORECASE)
_KEPT_BY_VENDOR: Final = ("generativelanguage.googleapis.com", "storage.cloud.google.com")


def read_text(part: Fields) -> tuple[Text | Thinking, ...]:
    """A part of text, which may be a thought. A seal on plain text becomes reasoning not shown, behind it."""
    text = part.text("text") or ""
    signature = unwrapped(part.text("thoughtSignature") or "")
    if part.flag("thought"):
        return (Thinking(text, signature, origin=origin_of(signature)),) if text or signature else ()
    said = (Text(text),) if text else ()
    if not signature or signature == wire.UNSEALED:
        return said
    return (*said, Thinking("", signature, is_redacted=True, origin=origin_of(signature)))


def origin_of(signature: str) -> str:
    """Whose reasoning a caller of this API sends: a seal of ours says itself where it is from."""
    return "" if signature.startswith(SEAL_MARK) else wire.SLUG


def wrapped(signature: str) -> str:
    """`signature` in the alphabet this API's seals have, which ours and others' may not keep to."""
    if _BASE64.fullmatch(signature) and len(signature) % 4 == 0:
        return signature
    return base64.urlsafe_b64encode(signature.encode()).decode()


def unwrapped(signature: str) -> str:
    """The seal of ours that `wrapped` was given; any other as it is."""
    try:
        inside = base64.b64decode(standard(signature)).decode("ascii")
    except (binascii.Error, ValueError):
        return signature
    return inside if inside.startswith(SEAL_MARK) else signature


def kinds_of(part: Fields) -> list[str]:
    """Which of the kinds of data the part holds."""
    return [kind for kind in KINDS if part.has(kind)]


def call_id(native: str, signature: str, *seeds: str) -> str:
    """The neutral id of a call: the API's own where it gave a plain one, else one that depends on `seeds`."""
    if not native:
        native = minted_id(MINTED, *seeds)
    elif not is_plain(native, MAX_ID_LENGTH):
        native = minted_id(MINTED, native)
    return call_seals.marked_id(native, signature) if signature else native


def read_blob(blob: Fields, reading: Reading) -> Image | Document | None:
    """A file by value."""
    with blob:
        media_type = blob.needed_text("mimeType").lower()
        data = standard(blob.needed_text("data"))
        title = blob.text("displayName") or ""
        return _file(media_type, blob.at("mimeType"), reading, data=data, title=title)


def read_file(file: Fields, reading: Reading) -> Image | Document | None:
    """A file by its address."""
    with file:
        url = file.needed_text("fileUri")
        media_type = (file.text("mimeType") or "").lower()
        title = file.text("displayName") or ""
        if url and not _is_public(url):
            reading.unsupported(
                file.at("fileUri"),
                "a file this vendor keeps cannot be carried",
                "send the file by value, or by a public https address",
            )
            return None
        guessed = _guessed(url)
        if not (media_type or guessed):
            reading.unsupported(
                file.at("mimeType"), "a file of an unknown kind cannot be carried", "say its `mimeType`"
            )
            return None
        found = _file(media_type or guessed, file.at("mimeType"), reading, url=url, title=title)
        if isinstance(found, Image):
            return Image("" if media_type in ("", guessed) else media_type, url=url)
        return found


def _file(
    media_type: str, pointer: str, reading: Reading, *, data: str = "", url: str = "", title: str = ""
) -> Image | Document | None:
    if media_type.startswith("image/"):
        return Image(media_type, data=data, url=url)
    if media_type == "application/pdf" or media_type.startswith("text/"):
        return Document(media_type, data=data, url=url, title=title)
    if media_type:
        reading.unsupported(
            pointer, f"files of type `{media_type}` cannot be carried: only images, PDF and text", _PART_HELP
        )
    return None


def _is_public(url: str) -> bool:
    address = _ADDRESS.match(url)
    return address is not None and address["host"].lower() not in _KEPT_BY_VENDOR


def _guessed(url: str) -> str:
    path = url.partition("?")[0].partition("#")[0]
    return _ENDINGS.get(PurePosixPath(path).suffix.lower(), "")


def standard(data: str) -> str:
    """Base64 as every other API writes it: this one reads the alphabet of URLs as well, and no padding."""
    plain = data.replace("-", "+").replace("_", "/")
    return plain.rstrip("=") + "=" * (-len(plain.rstrip("=")) % 4)


def write_thought(text: str, signature: str, *, is_redacted: bool = False) -> wire.Part:
    """Reasoning, under whatever seal it carries. Where it is not shown, the seal stands on an empty text."""
    part: wire.Part = {"text": text}
    if not is_redacted:
        part["thought"] = True
    if signature:
        part["thoughtSignature"] = wrapped(signature)
    return part


def write_image(image: Image) -> wire.Part:
    """An image by value or by address."""
    if not image.url:
        return {"inlineData": {"mimeType": image.media_type, "data": image.data}}
    return {"fileData": _file_data(image.url, image.media_type)}


def write_document(document: Document) -> wire.Part:
    """A file by value or by address. Plain text is sent as a file of text."""
    if document.url:
        return {"fileData": _file_data(document.url, document.media_type)}
    data = document.data or _encoded(document.text)
    return {"inlineData": {"mimeType": document.media_type or "text/plain", "data": data}}


def _file_data(url: str, media_type: str) -> wire.FileData:
    media_type = media_type or _guessed(url)
    return {"fileUri": url, "mimeType": media_type} if media_type else {"fileUri": url}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


def json_text(value: Any) -> str:
    """`value` as JSON."""
    return msgspec.json.encode(value).decode()


def result_of(response: JsonObject) -> tuple[str, bool]:
    """What a tool gave, as text, and whether it failed: the reference names `output` and `error` for that."""
    is_error = bool(response.get("error")) or response.keys() == {"error"}
    if len(response) == 1 and (is_error or "output" in response):
        (value,) = response.values()
        return value if isinstance(value, str) else json_text(value), is_error
    return json_text(response) if response else "", is_error
