"""Messages of a Chat Completions request into system text and turns."""

from typing import Final

from offramp.dialects.files import PDF, is_data_url, read_data_url
from offramp.dialects.id_forms import inward_id
from offramp.dialects.loss import Effect, Loss, Refusal
from offramp.dialects.pairing import check_pairing, speaker_runs
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import Document, Image, Part, Speaker, Text, ToolResult, ToolUse, Turn

CALL_ID_PREFIX: Final = "call_"

EMPTY_ARGUMENTS: Final = Loss(
    "tool_calls.function.arguments", "empty text was read as no arguments", Effect.METADATA
)

MESSAGE_LOSSES: Final = (
    Loss(
        "messages.content.image_url.detail",
        "how closely images are looked at is the target's choice",
        Effect.CONTENT,
    ),
    Loss("messages.name", "names of participants are not carried", Effect.CONTENT),
    Loss("messages.refusal", "an earlier refusal is carried as plain text", Effect.METADATA),
    Loss("messages.reasoning_content", "earlier reasoning of another model is not carried", Effect.CONTENT),
    Loss("messages.annotations", "citations of earlier answers are not carried", Effect.CONTENT),
    Loss("messages.content.refusal", "an earlier refusal is carried as plain text", Effect.METADATA),
    Loss("messages.tool_calls.function.arguments", EMPTY_ARGUMENTS.reason, EMPTY_ARGUMENTS.effect),
)

_PART_HELP: Final = "leave the part out, or send this route to an upstream of this API"

_FILE_ID: Final = Refusal(
    "messages.content.file.file_id", "files are kept by this vendor", "send the file by value in `file_data`"
)

MESSAGE_REFUSALS: Final = (
    Refusal("messages.audio", "spoken answers are kept by this vendor", _PART_HELP),
    Refusal("messages.content.type", "parts other than text, images and files", _PART_HELP),
    _FILE_ID,
    Refusal("messages.function_call", "the old form of tool calls", "use `tool_calls`"),
    Refusal(
        "messages.tool_calls.function.arguments",
        "text that is no JSON object",
        "send the call's whole arguments",
    ),
    Refusal(
        "messages.tool_calls.type", "only function calls can be carried", "describe the tool as a function"
    ),
)


def read_messages(fields: Fields, reading: Reading) -> tuple[tuple[str, ...], tuple[Turn, ...]]:
    """The leading system text, and the turns after it."""
    system: list[str] = []
    turns: list[Turn] = []
    pointers: list[str] = []
    seen = 0
    for message in fields.each("messages"):
        seen += 1
        with message:
            turn = _read_message(message, reading)
        if turn is None:
            continue
        if turn.speaker is Speaker.SYSTEM and not turns:
            system += [part.text for part in turn.parts if isinstance(part, Text)]
        elif turn.parts and isinstance(turn.parts[0], ToolResult) and _ends_in_result(turns):
            turns[-1] = Turn(Speaker.USER, turns[-1].parts + turn.parts)
        else:
            turns.append(turn)
            pointers.append(message.pointer)
    if not seen:
        reading.invalid(fields.at("messages"), "`messages` must hold at least one message")
    check_pairing(*speaker_runs(turns, pointers), reading)
    return tuple(system), tuple(turns)


def _ends_in_result(turns: list[Turn]) -> bool:
    return bool(turns and turns[-1].parts and isinstance(turns[-1].parts[-1], ToolResult))


def _read_message(message: Fields, reading: Reading) -> Turn | None:
    role = message.needed_text("role")
    match role:
        case "system" | "developer":
            return Turn(Speaker.SYSTEM, _read_content(message, reading, takes_files=False))
        case "user":
            return Turn(Speaker.USER, _read_content(message, reading, takes_files=True))
        case "assistant":
            return Turn(Speaker.ASSISTANT, _read_assistant(message, reading))
        case "tool":
            call_id = inward_id(CALL_ID_PREFIX, message.needed_text("tool_call_id"))
            content = _read_content(message, reading, takes_files=False)
            texts = tuple(part for part in content if isinstance(part, Text))
            return Turn(Speaker.USER, (ToolResult(call_id, texts),))
        case "function":
            reading.unsupported(
                message.at("role"), "messages of role `function` cannot be carried", "use `tool`"
            )
        case "":
            pass
        case _:
            reading.invalid(message.at("role"), f"`{role}` is not a role of this API")
    message.skip_all()
    return None


def _read_assistant(message: Fields, reading: Reading) -> tuple[Part, ...]:
    parts: list[Part] = []
    if message.has("content"):
        parts += _read_content(message, reading, takes_files=False)
    else:
        message.skip("content")
    refusal = message.text("refusal")
    if refusal:
        message.leave("refusal")
        parts.append(Text(refusal))
    parts += [call for item in message.each("tool_calls") if (call := _read_call(item, reading)) is not None]
    return tuple(parts)


def _read_call(item: Fields, reading: Reading) -> ToolUse | None:
    with item:
        kind = item.raw("type")
        if kind not in (None, "function"):
            reading.unsupported(item.at("type"), f"tool calls of type `{kind}` cannot be carried", _PART_HELP)
            item.skip_all()
            return None
        call_id = inward_id(CALL_ID_PREFIX, item.needed_text("id"))
        function = item.fields("function")
        if function is None:
            reading.invalid(item.at("function"), "`function` is required")
            return None
        with function:
            name = function.needed_text("name")
            text = function.text("arguments") or ""
            if not text.strip():
                function.leave("arguments")
                return ToolUse(call_id, name, {})
            arguments = parsed_object(text)
            if arguments is None:
                reading.unsupported(
                    function.at("arguments"),
                    f"the arguments of the call to `{name}` are not a JSON object",
                    "send the arguments the call was made with, whole",
                )
            return ToolUse(call_id, name, arguments or {})


def _read_content(
    message: Fields, reading: Reading, *, takes_files: bool
) -> tuple[Text | Image | Document, ...]:
    value = message.raw("content")
    if isinstance(value, str):
        return (Text(value),) if value else ()
    if not isinstance(value, list):
        reading.invalid(message.at("content"), "`content` must be a string or a list of parts")
        return ()
    parts = (_read_part(part, reading, takes_files=takes_files) for part in message.each("content"))
    return tuple(part for part in parts if part is not None)


def _read_part(part: Fields, reading: Reading, *, takes_files: bool) -> Text | Image | Document | None:
    with part:
        kind = part.needed_text("type")
        match kind:
            case "text":
                text = part.text("text")
                if text is None:
                    reading.invalid(part.at("text"), "`text` is required")
                return Text(text) if text else None
            case "refusal":
                text = part.text("refusal")
                part.leave("refusal")
                return Text(text) if text else None
            case "image_url" if takes_files:
                return _read_image(part, reading)
            case "file" if takes_files:
                return _read_file(part, reading)
            case "image_url" | "file":
                reading.invalid(part.at("type"), f"a `{kind}` can stand in messages of role user only")
            case "":
                pass
            case _:
                reading.unsupported(part.at("type"), f"parts of type `{kind}` cannot be carried", _PART_HELP)
        part.skip_all()
        return None


def _read_image(part: Fields, reading: Reading) -> Image | None:
    image = part.fields("image_url")
    if image is None:
        reading.invalid(part.at("image_url"), "`image_url` is required")
        return None
    with image:
        url = image.needed_text("url")
        if image.raw("detail") not in (None, "auto"):
            image.leave("detail")
    if not is_data_url(url):
        return Image("", url=url)
    value = read_data_url(url)
    if value is None:
        reading.invalid(part.at("image_url"), "a `data:` URL must name its media type and be base64")
        return None
    return Image(value.media_type, data=value.data)


def _read_file(part: Fields, reading: Reading) -> Document | None:
    file = part.fields("file")
    if file is None:
        reading.invalid(part.at("file"), "`file` is required")
        return None
    with file:
        name = file.text("filename") or ""
        if file.has("file_id") and not file.has("file_data"):
            reading.unsupported(
                file.at("file_id"), f"`file_id` cannot be carried: {_FILE_ID.reason}", _FILE_ID.help
            )
            file.skip_all()
            return None
        data = file.needed_text("file_data")
    value = read_data_url(data)
    if value is not None:
        return Document(value.media_type, data=value.data, title=name)
    if is_data_url(data) or not name.lower().endswith(".pdf"):
        reading.invalid(
            part.at("file"), "`file_data` must be a `data:` URL that names its media type and is base64"
        )
        return None
    return Document(PDF, data=data, title=name)
