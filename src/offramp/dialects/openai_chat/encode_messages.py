"""System text and turns into the messages of a Chat Completions request."""

from collections.abc import Sequence
from typing import Final

import msgspec

from offramp.dialects.files import PDF, data_url, plain_text
from offramp.dialects.id_forms import is_plain, minted_id
from offramp.dialects.loss import Effect, Loss, LossLog, Refusal
from offramp.dialects.openai_chat import wire
from offramp.dialects.openai_chat.decode_messages import CALL_ID_PREFIX
from offramp.dialects.turns import (
    Document,
    Image,
    Request,
    Speaker,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)

SLUG: Final = "openai-chat"

ERROR_PREFIX: Final = "[tool error] "

_IS_ERROR: Final = Loss(
    "messages.tool_result.is_error",
    f"said in words: the result begins with `{ERROR_PREFIX.strip()}`",
    Effect.CONTENT,
)
_RESULT_IMAGE: Final = Loss(
    "messages.tool_result.image",
    "moved to a user message after the result, with a line that says so",
    Effect.CONTENT,
)
_RESULT_DOCUMENT: Final = Loss(
    "messages.tool_result.document",
    "moved to a user message after the result, with a line that says so",
    Effect.CONTENT,
)
_DOCUMENT_TEXT: Final = Loss(
    "messages.document.text", "a document of plain text is written into the message", Effect.CONTENT
)
_THINKING: Final = Loss("messages.thinking", "reasoning of another model is not sent on", Effect.CONTENT)
_ORDER: Final = Loss("messages.order", "text after a tool call is put before it", Effect.CONTENT)
_PREFILL: Final = Loss(
    "messages.prefill",
    "the target may start its answer anew instead of going on with the one begun",
    Effect.CONTENT,
)

MESSAGE_LOSSES: Final = (
    _IS_ERROR,
    _RESULT_IMAGE,
    _RESULT_DOCUMENT,
    _DOCUMENT_TEXT,
    _THINKING,
    _ORDER,
    _PREFILL,
)

_DOCUMENT_URL: Final = Refusal(
    "messages.document.url",
    "this API reads no documents from addresses, and the gateway fetches none",
    "send the document by value",
)
_DOCUMENT_TYPE: Final = Refusal(
    "messages.document", "this API reads PDF files only", "convert the file to PDF, or send its text"
)

MESSAGE_NOT_TAKEN: Final = (_DOCUMENT_URL, _DOCUMENT_TYPE)


def write_messages(request: Request, losses: LossLog) -> list[wire.Message]:
    """All messages, system text first in one message, tool results straight after their calls."""
    messages: list[wire.Message] = []
    if request.system:
        messages.append({"role": "system", "content": "\n\n".join(request.system)})
    for turn in request.turns:
        match turn.speaker:
            case Speaker.USER:
                messages += _user_messages(turn, losses)
            case Speaker.ASSISTANT:
                messages.append(_assistant_message(turn, losses))
            case Speaker.SYSTEM:
                texts = [part.text for part in turn.parts if isinstance(part, Text)]
                messages.append({"role": "system", "content": "\n\n".join(texts)})
    if request.turns and request.turns[-1].speaker is Speaker.ASSISTANT:
        losses.add(_PREFILL)
    return messages


_UserPart = wire.TextPart | wire.ImagePart | wire.FilePart


def _user_messages(turn: Turn, losses: LossLog) -> list[wire.Message]:
    messages: list[wire.Message] = []
    parts: list[_UserPart] = []
    for part in turn.parts:
        match part:
            case ToolResult():
                messages.append(_tool_message(part, losses))
                parts += _beside(part, losses)
            case Text(text):
                parts.append({"type": "text", "text": text})
            case Image():
                parts.append(_image(part))
            case Document():
                parts.append(_document(part, losses))
            case _:
                pass
    if len(parts) == 1 and parts[0]["type"] == "text":
        messages.append({"role": "user", "content": parts[0]["text"]})
    elif parts or not messages:
        messages.append({"role": "user", "content": parts or ""})
    return messages


def _beside(result: ToolResult, losses: LossLog) -> Sequence[_UserPart]:
    """What of a tool's result its message cannot hold."""
    files = [item for item in result.content if isinstance(item, Image | Document) and not _is_text(item)]
    if not files:
        return ()
    has_images = any(isinstance(item, Image) for item in files)
    has_documents = any(isinstance(item, Document) for item in files)
    if has_images:
        losses.add(_RESULT_IMAGE)
    if has_documents:
        losses.add(_RESULT_DOCUMENT)
    what = "Files" if has_documents else "Images"
    label = f"{what} of tool result {sendable_id(result.tool_use_id)}:"
    return (
        {"type": "text", "text": label},
        *(_image(item) if isinstance(item, Image) else _document(item, losses) for item in files),
    )


def _is_text(item: Image | Document) -> bool:
    return isinstance(item, Document) and bool(item.text)


def _document(document: Document, losses: LossLog) -> _UserPart:
    if document.url:
        raise _DOCUMENT_URL.error()
    if document.text or document.media_type.startswith("text/"):
        return {"type": "text", "text": _document_text(document, losses)}
    if document.media_type != PDF:
        raise _DOCUMENT_TYPE.error()
    file: wire.File = {
        "filename": document.title or "document.pdf",
        "file_data": data_url(document.media_type, document.data),
    }
    return {"type": "file", "file": file}


def _document_text(document: Document, losses: LossLog) -> str:
    text = document.text or plain_text(document.data)
    if text is None:
        raise _DOCUMENT_TYPE.error()
    losses.add(_DOCUMENT_TEXT)
    return f"Document {document.title}:\n{text}" if document.title else f"Document:\n{text}"


def _tool_message(result: ToolResult, losses: LossLog) -> wire.Message:
    texts: list[wire.TextPart] = []
    for part in result.content:
        if isinstance(part, Text):
            texts.append({"type": "text", "text": part.text})
        elif isinstance(part, Document) and part.text:
            texts.append({"type": "text", "text": _document_text(part, losses)})
    if result.is_error:
        losses.add(_IS_ERROR)
        first = texts[0]["text"] if texts else ""
        texts[:1] = [
            {"type": "text", "text": (ERROR_PREFIX + first).rstrip() if not first else ERROR_PREFIX + first}
        ]
    return {
        "role": "tool",
        "tool_call_id": sendable_id(result.tool_use_id),
        "content": texts if len(texts) > 1 else "".join(text["text"] for text in texts),
    }


def _assistant_message(turn: Turn, losses: LossLog) -> wire.Message:
    texts: list[wire.TextPart] = []
    calls: list[wire.ToolCall] = []
    thoughts: list[str] = []
    for part in turn.parts:
        match part:
            case Text(text):
                if calls:
                    losses.add(_ORDER)
                texts.append({"type": "text", "text": text})
            case ToolUse(call_id, name, arguments):
                written = msgspec.json.encode(dict(arguments)).decode()
                calls.append(
                    {
                        "id": sendable_id(call_id),
                        "type": "function",
                        "function": {"name": name, "arguments": written},
                    }
                )
            case Thinking(text, origin=origin) if origin == SLUG and text:
                thoughts.append(text)
            case Thinking():
                losses.add(_THINKING)
            case _:
                pass
    content = texts if len(texts) > 1 else "".join(text["text"] for text in texts)
    message: wire.Message = {"role": "assistant", "content": content}
    if calls:
        message["tool_calls"] = calls
        message["content"] = content or None
    if thoughts:
        message["reasoning_content"] = "\n\n".join(thoughts)
    return message


def _image(image: Image) -> wire.ImagePart:
    url = image.url or f"data:{image.media_type};base64,{image.data}"
    return {"type": "image_url", "image_url": {"url": url}}


def sendable_id(call_id: str) -> str:
    """`call_id` where this API accepts it, else one made from it."""
    return call_id if is_plain(call_id, wire.MAX_ID_LENGTH) else minted_id(CALL_ID_PREFIX, call_id)
