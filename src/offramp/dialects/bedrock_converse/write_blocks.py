"""Parts into content blocks of the Converse API. Used for requests and replies alike."""

import base64
import re
from typing import Final

from offramp.dialects.bedrock_converse import wire
from offramp.dialects.bedrock_converse.blobs import blob_of
from offramp.dialects.bedrock_converse.read_blocks import TOOL_ID_PREFIX
from offramp.dialects.id_forms import MAX_LENGTH, minted_id
from offramp.dialects.loss import Effect, Loss, LossLog, Refusal
from offramp.dialects.turns import Document, Image, Part, Text, Thinking, ToolResult, ToolUse

SLUG: Final = "bedrock-converse"

UNSIGNED_THINKING: Final = Loss(
    "messages.thinking",
    "reasoning without this API's seal would be refused, so it is left out",
    Effect.CONTENT,
)
BLANK_TEXT: Final = Loss("messages.text", "this API refuses empty and blank text blocks", Effect.METADATA)
IMAGE_TYPE: Final = Loss("messages.image", "this API takes JPEG, PNG, GIF and WebP only", Effect.CONTENT)
DOCUMENT_NAME: Final = Loss(
    "messages.document.title",
    "this API's names of documents are unique and of plain letters; the name was changed",
    Effect.METADATA,
)

_BY_VALUE: Final = "send the file itself, as base64"
IMAGE_ADDRESS: Final = Refusal("messages.image.url", "this API takes files by value only", _BY_VALUE)
DOCUMENT_ADDRESS: Final = Refusal("messages.document.url", "this API takes files by value only", _BY_VALUE)
DOCUMENT_TYPE: Final = Refusal(
    "messages.document",
    f"this API takes {', '.join(wire.DOCUMENT_FORMATS)} only",
    "send the document as PDF or as text",
)

BLOCK_REFUSALS: Final = (IMAGE_ADDRESS, DOCUMENT_ADDRESS, DOCUMENT_TYPE)

BLOCK_LOSSES: Final = (UNSIGNED_THINKING, BLANK_TEXT, IMAGE_TYPE, DOCUMENT_NAME)

_NAME: Final = re.compile(r"[^A-Za-z0-9()\[\]-]+")
_CALL_ID: Final = re.compile(r"[A-Za-z0-9_.:-]+")
_FORMATS: Final = {kind: name for name, kind in wire.IMAGE_FORMATS.items()} | {"image/jpg": "jpeg"}
_DOCUMENTS: Final = {kind: name for name, kind in wire.DOCUMENT_FORMATS.items()}


class BlockWriter:
    """Writes the blocks of one body. It remembers the names of documents, which must differ."""

    def __init__(self, losses: LossLog) -> None:
        self._losses = losses
        self._names: set[str] = set()

    def write(self, part: Part) -> wire.Block | None:
        """The block of `part`; None where this API would refuse it, with the loss declared.

        Raises `body-unsupported` for a file that is named by its address.
        """
        match part:
            case Text(text):
                if not text.strip():
                    self._losses.add(BLANK_TEXT)
                    return None
                return {"text": text}
            case Image():
                return self._image(part)
            case Document():
                return {"document": self._document(part)}
            case Thinking():
                return self._thinking(part)
            case ToolUse(call_id, name, arguments):
                call: wire.ToolUse = {
                    "toolUseId": sendable_id(call_id),
                    "name": name,
                    "input": dict(arguments),
                }
                return {"toolUse": call}
            case ToolResult():
                return {"toolResult": self._result(part)}

    def _image(self, image: Image) -> wire.Block | None:
        if image.url:
            raise IMAGE_ADDRESS.error()
        if image.media_type not in _FORMATS:
            self._losses.add(IMAGE_TYPE)
            return None
        return {"image": {"format": _FORMATS[image.media_type], "source": {"bytes": image.data}}}

    def _document(self, document: Document) -> wire.Document:
        if document.url:
            raise DOCUMENT_ADDRESS.error()
        data = document.data or base64.b64encode(document.text.encode()).decode()
        kind = _DOCUMENTS.get(document.media_type, "" if document.data else "txt")
        if not kind:
            raise DOCUMENT_TYPE.error()
        return {"format": kind, "name": self._name(document.title), "source": {"bytes": data}}

    def _name(self, title: str) -> str:
        plain = " ".join(_NAME.sub(" ", title).split())[: wire.MAX_NAME - 4] or "Document"
        name, number = plain, 1
        while name in self._names:
            number += 1
            name = f"{plain} {number}"
        self._names.add(name)
        if title and name != title:
            self._losses.add(DOCUMENT_NAME)
        return name

    def _thinking(self, part: Thinking) -> wire.Block | None:
        if not part.signature or part.origin not in ("", SLUG):
            self._losses.add(UNSIGNED_THINKING)
            return None
        if part.is_redacted:
            return {"reasoningContent": {"redactedContent": blob_of(part.signature)}}
        return {"reasoningContent": {"reasoningText": {"text": part.text, "signature": part.signature}}}

    def _result(self, result: ToolResult) -> wire.ToolResult:
        blocks = [block for item in result.content if (block := self.write(item)) is not None]
        written: wire.ToolResult = {"toolUseId": sendable_id(result.tool_use_id), "content": blocks}
        if result.is_error:
            written["status"] = "error"
        return written


def sendable_id(call_id: str) -> str:
    """`call_id` where this API accepts it, else one made from it."""
    is_fine = len(call_id) <= MAX_LENGTH and _CALL_ID.fullmatch(call_id) is not None
    return call_id if is_fine else minted_id(TOOL_ID_PREFIX, call_id)
