"""Content blocks of the Messages API, between wire and parts. Used for requests and replies alike."""

from collections.abc import Sequence
from typing import Final

from offramp.dialects.anthropic_messages import wire
from offramp.dialects.anthropic_messages.documents import CITED, FILES, read_document
from offramp.dialects.files import PDF, plain_text
from offramp.dialects.id_forms import inward_id, is_plain, minted_id
from offramp.dialects.loss import Effect, Loss, LossLog, Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Document, Image, Part, Speaker, Text, Thinking, ToolResult, ToolUse

SLUG: Final = "anthropic-messages"
TOOL_ID_PREFIX: Final = "toolu_"

BLOCK_LOSSES: Final = (
    Loss("cache_control", "a cache breakpoint where no other API has one; the saving is lost", Effect.COST),
    Loss("messages.content.citations", "citations of earlier answers are not carried", Effect.CONTENT),
    Loss("messages.content.caller", "who called a tool is this vendor's bookkeeping", Effect.METADATA),
    Loss(
        "messages.content.context",
        "what the caller says of a document has no place elsewhere",
        Effect.CONTENT,
    ),
    Loss("messages.content.toolset_name", "toolsets are this vendor's own", Effect.METADATA),
    Loss("messages.content.transformations", "how images are scaled is the target's choice", Effect.CONTENT),
    Loss("system.citations", "citations in system text are not carried", Effect.CONTENT),
)

_BLOCK_HELP: Final = "leave the block out, or send this route to an upstream of this API"

BLOCK_REFUSALS: Final = (
    Refusal("messages.content.type", "blocks other than text, image, document, thinking, tools", _BLOCK_HELP),
    FILES,
    CITED,
)

DOCUMENT_TYPE: Final = Refusal(
    "messages.document",
    "this API takes documents as PDF or plain text only",
    "convert the file to PDF, or send its text",
)

UNSIGNED_THINKING: Final = Loss(
    "messages.thinking",
    "reasoning without this API's seal would be refused, so it is left out",
    Effect.CONTENT,
)
FOREIGN_THINKING: Final = Loss(
    "messages.thinking", "reasoning under another API's seal would be refused", Effect.CONTENT
)
BLANK_TEXT: Final = Loss("messages.text", "this API refuses empty and blank text blocks", Effect.METADATA)
IMAGE_TYPE: Final = Loss("messages.image", "this API takes JPEG, PNG, GIF and WebP only", Effect.CONTENT)


def read_content(message: Fields, speaker: Speaker, reading: Reading) -> tuple[Part, ...]:
    """The parts of a message's `content`, a string or blocks."""
    value = message.raw("content")
    if isinstance(value, str):
        return (Text(value),) if value else ()
    if not isinstance(value, list):
        reading.invalid(message.at("content"), "`content` must be a string or a list of blocks")
        return ()
    parts = (_read_block(block, speaker, reading) for block in message.each("content"))
    return tuple(part for part in parts if part is not None)


def _read_block(block: Fields, speaker: Speaker, reading: Reading) -> Part | None:
    with block:
        kind = block.needed_text("type")
        match kind, speaker:
            case "text", _:
                text = block.text("text")
                if text is None:
                    reading.invalid(block.at("text"), "`text` is required")
                return Text(text) if text else None
            case "image", Speaker.USER:
                return _read_image(block, reading)
            case "document", Speaker.USER:
                return read_document(block, reading)
            case "thinking", Speaker.ASSISTANT:
                return Thinking(block.text("thinking") or "", block.text("signature") or "")
            case "redacted_thinking", Speaker.ASSISTANT:
                return Thinking("", block.needed_text("data"), is_redacted=True)
            case "tool_use", Speaker.ASSISTANT:
                return _read_tool_use(block, reading)
            case "tool_result", Speaker.USER:
                return _read_tool_result(block, reading)
            case (("image" | "document" | "thinking" | "redacted_thinking" | "tool_use" | "tool_result"), _):
                reading.invalid(block.at("type"), f"a `{kind}` block cannot stand in a turn of the {speaker}")
            case "", _:
                pass
            case _:
                reading.unsupported(
                    block.at("type"), f"blocks of type `{kind}` cannot be carried", _BLOCK_HELP
                )
        block.skip_all()
        return None


def _read_image(block: Fields, reading: Reading) -> Image | None:
    source = block.fields("source")
    if source is None:
        reading.invalid(block.at("source"), "`source` is required")
        return None
    with source:
        match source.needed_text("type"):
            case "base64":
                media_type = source.needed_text("media_type")
                if media_type and media_type not in wire.IMAGE_TYPES:
                    reading.invalid(
                        source.at("media_type"), f"`{media_type}` is not an image type of this API"
                    )
                return Image(media_type, data=source.needed_text("data"))
            case "url":
                return Image("", url=source.needed_text("url"))
            case "file":
                reading.unsupported(
                    source.at("type"),
                    f"an image of type `file` cannot be carried: {FILES.reason}",
                    FILES.help,
                )
            case _:
                reading.invalid(source.at("type"), "`type` of an image source must be base64 or url")
        source.skip_all()
        return None


def _read_tool_use(block: Fields, reading: Reading) -> ToolUse:
    if block.raw("caller") not in (None, {"type": "direct"}):
        block.leave("caller")
    arguments = block.json_object("input")
    if arguments is None and not block.has("input"):
        reading.invalid(block.at("input"), "`input` is required")
    call_id = inward_id(TOOL_ID_PREFIX, block.needed_text("id"))
    return ToolUse(call_id, block.needed_text("name"), arguments or {})


def _read_tool_result(block: Fields, reading: Reading) -> ToolResult:
    call_id = inward_id(TOOL_ID_PREFIX, block.needed_text("tool_use_id"))
    is_error = block.flag("is_error") or False
    if not block.has("content"):
        return ToolResult(call_id, (), is_error)
    parts = read_content(block, Speaker.USER, reading)
    content = tuple(part for part in parts if isinstance(part, Text | Image | Document))
    if len(content) != len(parts):
        reading.invalid(block.at("content"), "a tool result holds text, images and documents only")
    return ToolResult(call_id, content, is_error)


def write_block(part: Part, losses: LossLog) -> wire.Block | None:
    """The block of `part`; None where this API would refuse it, with the loss declared."""
    match part:
        case Text(text):
            if not text.strip():
                losses.add(BLANK_TEXT)
                return None
            return {"type": "text", "text": text}
        case Image():
            return _write_image(part, losses)
        case Thinking(text, signature, is_redacted, origin):
            if origin not in ("", SLUG):
                losses.add(FOREIGN_THINKING)
                return None
            if is_redacted:
                return {"type": "redacted_thinking", "data": signature}
            if not signature:
                losses.add(UNSIGNED_THINKING)
                return None
            return {"type": "thinking", "thinking": text, "signature": signature}
        case ToolUse(call_id, name, arguments):
            return {"type": "tool_use", "id": sendable_id(call_id), "name": name, "input": dict(arguments)}
        case ToolResult():
            return _write_tool_result(part, losses)
        case Document():
            return _write_document(part)


def _write_document(document: Document) -> wire.DocumentBlock:
    is_text = document.text or document.media_type.startswith("text/plain")
    if document.url:
        source = {"type": "url", "url": document.url}
    elif is_text:
        text = document.text or plain_text(document.data)
        if text is None:
            raise DOCUMENT_TYPE.error()
        source = {"type": "text", "media_type": "text/plain", "data": text}
    elif document.media_type == PDF:
        source = {"type": "base64", "media_type": PDF, "data": document.data}
    else:
        raise DOCUMENT_TYPE.error()
    block: wire.DocumentBlock = {"type": "document", "source": source}
    if document.title:
        block["title"] = document.title
    return block


def _write_image(image: Image, losses: LossLog) -> wire.ImageBlock | None:
    if image.url:
        return {"type": "image", "source": {"type": "url", "url": image.url}}
    if image.media_type not in wire.IMAGE_TYPES:
        losses.add(IMAGE_TYPE)
        return None
    return {
        "type": "image",
        "source": {"type": "base64", "media_type": image.media_type, "data": image.data},
    }


def _write_tool_result(result: ToolResult, losses: LossLog) -> wire.ToolResultBlock:
    block: wire.ToolResultBlock = {"type": "tool_result", "tool_use_id": sendable_id(result.tool_use_id)}
    content = write_content(result.content, losses)
    if content:
        block["content"] = content
    if result.is_error:
        block["is_error"] = True
    return block


def write_content(
    parts: Sequence[Text | Image | Document], losses: LossLog
) -> str | list[wire.TextBlock | wire.ImageBlock | wire.DocumentBlock]:
    """A string where one text says it all, else blocks."""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    blocks: list[wire.TextBlock | wire.ImageBlock | wire.DocumentBlock] = []
    for part in parts:
        if isinstance(part, Text):
            if part.text.strip():
                blocks.append({"type": "text", "text": part.text})
            else:
                losses.add(BLANK_TEXT)
        elif isinstance(part, Document):
            blocks.append(_write_document(part))
        elif (image := _write_image(part, losses)) is not None:
            blocks.append(image)
    return blocks


def sendable_id(call_id: str) -> str:
    """`call_id` where this API accepts it, else one made from it."""
    return call_id if is_plain(call_id) else minted_id(TOOL_ID_PREFIX, call_id)
