"""System text and turns into the items of a Responses request."""

import base64
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from offramp.dialects.files import data_url
from offramp.dialects.id_forms import is_plain, minted_id
from offramp.dialects.loss import Effect, Loss, LossLog
from offramp.dialects.openai_responses import wire
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

ERROR_PREFIX: Final = "[tool error] "

_IS_ERROR: Final = Loss(
    "messages.tool_result.is_error",
    f"said in words: the result begins with `{ERROR_PREFIX.strip()}`",
    Effect.CONTENT,
)
_THINKING: Final = Loss(
    "messages.thinking",
    "reasoning without this API's seal would be refused, so it is left out",
    Effect.CONTENT,
)
_PREFILL: Final = Loss(
    "messages.prefill",
    "the target may start its answer anew instead of going on with the one begun",
    Effect.CONTENT,
)

ITEM_LOSSES: Final = (_IS_ERROR, _THINKING, _PREFILL)

_SEAL: Final = re.compile(r"(rs_[A-Za-z0-9_-]+):(.+)", re.DOTALL)


def write_items(request: Request, losses: LossLog) -> list[wire.InputItem]:
    """All turns. System text beyond the first block leads them."""
    items: list[wire.InputItem] = [{"role": "system", "content": text} for text in request.system[1:]]
    for turn in request.turns:
        match turn.speaker:
            case Speaker.USER:
                items += _user_items(turn, losses)
            case Speaker.ASSISTANT:
                items += _assistant_items(turn, losses)
            case Speaker.SYSTEM:
                texts = [part.text for part in turn.parts if isinstance(part, Text)]
                items.append({"role": "system", "content": "\n\n".join(texts)})
    if request.turns and request.turns[-1].speaker is Speaker.ASSISTANT:
        losses.add(_PREFILL)
    return items


def _user_items(turn: Turn, losses: LossLog) -> list[wire.InputItem]:
    items: list[wire.InputItem] = []
    shown: list[Text | Image | Document] = []
    for part in turn.parts:
        if isinstance(part, ToolResult):
            items += _user_message(shown)
            shown = []
            items.append(_result(part, losses))
        elif isinstance(part, Text | Image | Document):
            shown.append(part)
    return items + _user_message(shown)


def _user_message(shown: Sequence[Text | Image | Document]) -> list[wire.InputItem]:
    return [{"role": "user", "content": _content(shown)}] if shown else []


def _content(parts: Sequence[Text | Image | Document]) -> str | list[wire.InputPart]:
    """A string where one text says it all, else parts."""
    if not parts:
        return ""
    if len(parts) == 1 and isinstance(parts[0], Text):
        return parts[0].text
    return [_part(part) for part in parts]


def _part(part: Text | Image | Document) -> wire.InputPart:
    match part:
        case Text(text):
            return {"type": "input_text", "text": text}
        case Image():
            url = part.url or data_url(part.media_type, part.data)
            return {"type": "input_image", "image_url": url, "detail": "auto"}
        case Document():
            return _file(part)


def _file(document: Document) -> wire.InputFile:
    if document.url:
        written: wire.InputFile = {"type": "input_file", "file_url": document.url}
    else:
        data = document.data or base64.b64encode(document.text.encode("utf-8", "surrogatepass")).decode()
        media_type = document.media_type or "text/plain"
        written = {"type": "input_file", "file_data": data_url(media_type, data)}
    if document.title:
        written["filename"] = document.title
    elif not document.url:
        written["filename"] = "document"
    return written


def _result(result: ToolResult, losses: LossLog) -> wire.FunctionCallOutput:
    content = result.content
    if result.is_error:
        losses.add(_IS_ERROR)
        first = content[0].text if content and isinstance(content[0], Text) else ""
        said = Text(ERROR_PREFIX + first if first else ERROR_PREFIX.rstrip())
        content = (said, *(content[1:] if first else content))
    return {
        "type": "function_call_output",
        "call_id": sendable_id(result.tool_use_id),
        "output": _content(content),
    }


def _assistant_items(turn: Turn, losses: LossLog) -> list[wire.InputItem]:
    items: list[wire.InputItem] = []
    for part in turn.parts:
        match part:
            case Text(text):
                items.append({"role": "assistant", "content": text})
            case ToolUse(call_id, name, arguments):
                items.append(
                    {
                        "type": "function_call",
                        "call_id": sendable_id(call_id),
                        "name": name,
                        "arguments": msgspec.json.encode(dict(arguments)).decode(),
                    }
                )
            case Thinking():
                written = _reasoning(part)
                if written is None:
                    losses.add(_THINKING)
                else:
                    items.append(written)
            case _:
                pass
    return items


def _reasoning(part: Thinking) -> wire.Reasoning | None:
    """The item as its vendor gave it; None for reasoning this API did not seal."""
    if not part.signature or part.origin != wire.SLUG:
        return None
    named = _SEAL.fullmatch(part.signature)
    item_id, sealed = named.groups() if named else (minted_id("rs_", part.signature), part.signature)
    summary: list[wire.SummaryText] = [{"type": "summary_text", "text": part.text}] if part.text else []
    return {"id": item_id, "type": "reasoning", "summary": summary, "encrypted_content": sealed}


def sendable_id(call_id: str) -> str:
    """`call_id` where this API accepts it, else one made from it."""
    return call_id if is_plain(call_id, wire.MAX_ID_LENGTH) else minted_id(wire.CALL_ID_PREFIX, call_id)
