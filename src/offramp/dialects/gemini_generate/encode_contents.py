"""Turns into the contents of a request: results in the order of their calls, seals in their place."""

from collections.abc import Sequence
from typing import Final

from offramp.dialects.files import PDF
from offramp.dialects.gemini_generate import wire
from offramp.dialects.gemini_generate.parts import (
    write_document,
    write_image,
    write_thought,
)
from offramp.dialects.loss import Effect, Loss, LossLog, Refusal
from offramp.dialects.pairing import merge_speakers
from offramp.dialects.shaping.call_seals import MARK, own_id
from offramp.dialects.turns import (
    Document,
    Image,
    Part,
    Request,
    Speaker,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)

_THINKING: Final = Loss("messages.thinking", "reasoning of another model is not sent on", Effect.CONTENT)
_BLANK_TEXT: Final = Loss("messages.text", "this API refuses empty text", Effect.METADATA)
_EMPTY_TURN: Final = Loss("messages.empty", "a turn without content is left out", Effect.METADATA)
_LATE_SYSTEM: Final = Loss(
    "messages.system", "system text inside the conversation moved to the system prompt", Effect.CONTENT
)
_FIRST_TURN: Final = Loss(
    "messages.first", "this API wants a user turn first; a line saying so was put before it", Effect.CONTENT
)
_SYSTEM_ONLY: Final = Loss(
    "messages.only", "a request of system text alone is asked as a user turn", Effect.CONTENT
)
_PREFILL: Final = Loss(
    "messages.prefill",
    "the target may start its answer anew instead of going on with the one begun",
    Effect.CONTENT,
)
_ONE_TEXT: Final = Loss(
    "messages.tool_result.text", "several blocks of text of a result became one", Effect.METADATA
)
_TITLE: Final = Loss("messages.document.title", "this API has no place for a file's title", Effect.CONTENT)
_UNSEALED: Final = Loss(
    "messages.tool_use.signature",
    "a call of another model is sent as one without a seal",
    Effect.CONTENT,
)
_OLD_SEAL: Final = Loss(
    "messages.tool_use.old_signature",
    "the seal of a call before the last question is no longer kept; this API goes on without it",
    Effect.CONTENT,
)

LOST_SEAL: Final = Refusal(
    "messages.tool_use.signature",
    "the seal of a call is no longer kept, and its vendor takes no call of the last question without it",
    "ask the question anew, or send this route to another upstream until it is answered",
)
DOCUMENT_TYPE: Final = Refusal(
    "messages.document",
    "this API takes documents as PDF or text only",
    "convert the file to PDF, or send its text",
)

CONTENT_LOSSES: Final = (
    _THINKING,
    _BLANK_TEXT,
    _EMPTY_TURN,
    _LATE_SYSTEM,
    _FIRST_TURN,
    _SYSTEM_ONLY,
    _PREFILL,
    _ONE_TEXT,
    _TITLE,
    _UNSEALED,
    _OLD_SEAL,
)


def conversation(request: Request, losses: LossLog) -> tuple[tuple[str, ...], tuple[Turn, ...]]:
    """System text, and turns that alternate and begin with the user."""
    system = [text for text in request.system if text]
    turns: list[Turn] = []
    for turn in request.turns:
        if turn.speaker is Speaker.SYSTEM:
            losses.add(_LATE_SYSTEM)
            system += [part.text for part in turn.parts if isinstance(part, Text) and part.text]
        else:
            turns.append(turn)
    if not turns:
        losses.add(_SYSTEM_ONLY)
        return (), (Turn(Speaker.USER, (Text("\n\n".join(system) or "Go on."),)),)
    if turns[0].speaker is Speaker.ASSISTANT:
        losses.add(_FIRST_TURN)
        turns.insert(0, Turn(Speaker.USER, (Text("(The conversation begins with your own words.)"),)))
    if turns[-1].speaker is Speaker.ASSISTANT:
        losses.add(_PREFILL)
    return tuple(system), merge_speakers(turns)


def write_contents(turns: Sequence[Turn], losses: LossLog) -> list[wire.Content]:
    """The contents. Raises `body-unsupported` where a seal that the API will ask for was lost."""
    asked = _last_question(turns)
    names: dict[str, str] = {}
    contents: list[wire.Content] = []
    for number, turn in enumerate(turns):
        if turn.speaker is Speaker.USER:
            written = _user_contents(turn, names, losses)
        else:
            parts = _model_parts(turn.parts, losses, is_checked=number > asked)
            written = [{"role": "model", "parts": parts}] if parts else []
            names = {part.id: part.name for part in turn.parts if isinstance(part, ToolUse)}
        if not written:
            losses.add(_EMPTY_TURN)
        contents += written
    return contents


def _last_question(turns: Sequence[Turn]) -> int:
    """The turn from which on the API checks seals: the last in which the user says something of their own."""
    for number in range(len(turns) - 1, -1, -1):
        turn = turns[number]
        is_own = any(not isinstance(part, ToolResult) for part in turn.parts)
        if turn.speaker is Speaker.USER and is_own:
            return number
    return -1


def _user_contents(turn: Turn, names: dict[str, str], losses: LossLog) -> list[wire.Content]:
    """Results stand in a content of their own, in the order of their calls."""
    order = list(names)
    given = [part for part in turn.parts if isinstance(part, ToolResult)]
    given.sort(key=lambda part: order.index(part.tool_use_id) if part.tool_use_id in names else len(order))
    results = [_result(part, names.get(part.tool_use_id, part.tool_use_id), losses) for part in given]
    said: list[wire.Part] = []
    for part in turn.parts:
        match part:
            case Text(text) if text:
                said.append({"text": text})
            case Text():
                losses.add(_BLANK_TEXT)
            case Image() | Document():
                said.append(_file(part, losses))
            case _:
                pass
    return [{"role": "user", "parts": parts} for parts in (results, said) if parts]


def _model_parts(parts: Sequence[Part], losses: LossLog, *, is_checked: bool) -> list[wire.Part]:
    written: list[wire.Part] = []
    has_call = False
    for part in parts:
        match part:
            case Text(text) if text:
                written.append({"text": text})
            case Text():
                losses.add(_BLANK_TEXT)
            case Thinking(text, signature, is_redacted, wire.SLUG):
                written.append(write_thought(text, signature, is_redacted=is_redacted))
            case Thinking():
                losses.add(_THINKING)
            case ToolUse():
                written.append(_call(part, losses, is_checked=is_checked, is_first=not has_call))
                has_call = True
            case _:
                pass
    return written


def _call(call: ToolUse, losses: LossLog, *, is_checked: bool, is_first: bool) -> wire.Part:
    function: wire.FunctionCall = {
        "id": own_id(call.id),
        "name": call.name,
        "args": dict(call.arguments),
    }
    if call.signature:
        return {"functionCall": function, "thoughtSignature": call.signature}
    if call.id.startswith(MARK):
        if is_checked:
            raise LOST_SEAL.error()
        losses.add(_OLD_SEAL)
        return {"functionCall": function}
    if is_checked and is_first:
        losses.add(_UNSEALED)
        return {"functionCall": function, "thoughtSignature": wire.UNSEALED}
    return {"functionCall": function}


def _result(result: ToolResult, name: str, losses: LossLog) -> wire.Part:
    texts = [part.text for part in result.content if isinstance(part, Text)]
    if len(texts) > 1:
        losses.add(_ONE_TEXT)
    response: wire.FunctionResponse = {
        "id": own_id(result.tool_use_id),
        "name": name,
        "response": {"error" if result.is_error else "output": "\n\n".join(texts)},
    }
    files = [_file(part, losses) for part in result.content if not isinstance(part, Text)]
    if files:
        response["parts"] = [_result_part(file) for file in files]
    return {"functionResponse": response}


def _result_part(file: wire.Part) -> wire.ResultPart:
    if "inlineData" in file:
        return {"inlineData": file["inlineData"]}
    return {"fileData": file["fileData"]}


def _file(file: Image | Document, losses: LossLog) -> wire.Part:
    if isinstance(file, Image):
        return write_image(file)
    if file.title:
        losses.add(_TITLE)
    if not (file.text or file.media_type in ("", PDF) or file.media_type.startswith("text/")):
        raise DOCUMENT_TYPE.error()
    return write_document(file)
