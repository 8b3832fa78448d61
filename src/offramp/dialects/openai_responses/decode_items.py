"""Items of a Responses request into system text and turns."""

from collections.abc import Sequence
from typing import Final

from offramp.dialects.files import PDF, DataUrl, is_data_url, read_data_url
from offramp.dialects.id_forms import inward_id
from offramp.dialects.loss import Effect, Loss, Refusal
from offramp.dialects.openai_responses.groups import GROUP, joined
from offramp.dialects.openai_responses.wire import CALL_ID_PREFIX, SLUG
from offramp.dialects.pairing import check_pairing, speaker_runs
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.tool_arguments import parsed_object
from offramp.dialects.turns import (
    Document,
    Image,
    Part,
    Speaker,
    Text,
    Thinking,
    ToolResult,
    ToolUse,
    Turn,
)

Shown = Text | Image | Document

ORDER: Final = Loss(
    "input.order", "the results of tool calls are put straight after the calls", Effect.CONTENT
)
EMPTY_ARGUMENTS: Final = Loss("input.arguments", "empty text was read as no arguments", Effect.METADATA)
_CACHE: Final = "cache breakpoints are this vendor's own; the saving is lost"

ITEM_LOSSES: Final = (
    ORDER,
    EMPTY_ARGUMENTS,
    Loss("input.caller", "who called a tool is this vendor's bookkeeping", Effect.METADATA),
    Loss("input.content.annotations", "citations of earlier answers are not carried", Effect.CONTENT),
    Loss("input.content.detail", "how closely it is looked at is the target's choice", Effect.CONTENT),
    Loss("input.content.logprobs", "likelihoods of earlier answers are not carried", Effect.METADATA),
    Loss("input.content.refusal", "an earlier refusal is carried as plain text", Effect.METADATA),
    Loss("input.output.detail", "how closely it is looked at is the target's choice", Effect.CONTENT),
    Loss("input.phase", "whether text is on the way or final is not carried", Effect.METADATA),
    Loss("prompt_cache_breakpoint", _CACHE, Effect.COST),
)

_PART_HELP: Final = "leave the part out, or send this route to an upstream of this API"
_ITEM_HELP: Final = "leave the item out, or send this route to an upstream of this API"
_FILE_HELP: Final = "send it by value or by URL"

ITEM_REFUSALS: Final = (
    Refusal("input.arguments", "text that is no JSON object", "send the call's whole arguments"),
    Refusal("input.async", "calls that are answered later need this vendor's state", _ITEM_HELP),
    Refusal("input.content.file_id", "files are kept by this vendor", _FILE_HELP),
    Refusal("input.content.type", "parts other than text, images and files", _PART_HELP),
    Refusal("input.output.file_id", "files are kept by this vendor", _FILE_HELP),
    Refusal("input.type", "items the vendor itself makes, runs or keeps", _ITEM_HELP),
)


def read_input(fields: Fields, reading: Reading) -> tuple[tuple[str, ...], tuple[Turn, ...]]:
    """The leading system text, and the turns after it."""
    value = fields.raw("input")
    if isinstance(value, str):
        return (), (Turn(Speaker.USER, (Text(value),)),) if value else ()
    system: list[str] = []
    turns: list[Turn] = []
    pointers: list[str] = []
    for item in fields.each("input"):
        with item:
            turn = _read_item(item, reading)
        if turn is None:
            continue
        if turn.speaker is Speaker.SYSTEM and not turns:
            system += [part.text for part in turn.parts if isinstance(part, Text)]
        elif turn.speaker is Speaker.ASSISTANT and turns and turns[-1].speaker is Speaker.ASSISTANT:
            turns[-1] = Turn(Speaker.ASSISTANT, turns[-1].parts + turn.parts)
        else:
            turns.append(turn)
            pointers.append(item.pointer)
    turns, pointers = _results_first(turns, pointers, reading)
    check_pairing(*speaker_runs(turns, pointers), reading)
    return tuple(system), tuple(turns)


def _results_first(
    turns: Sequence[Turn], pointers: Sequence[str], reading: Reading
) -> tuple[list[Turn], list[str]]:
    """Every result straight after the turn with its call; this API lets other items stand between."""
    placed: list[tuple[Turn, str]] = []
    results: dict[int, tuple[Turn, str]] = {}
    made_in: dict[str, int] = {}
    for turn, pointer in zip(turns, pointers, strict=True):
        answered = turn.parts[0].tool_use_id if turn.parts and isinstance(turn.parts[0], ToolResult) else ""
        if not answered:
            made_in |= {part.id: len(placed) for part in turn.parts if isinstance(part, ToolUse)}
            placed.append((turn, pointer))
            continue
        at = made_in.get(answered, len(placed) - 1)
        if at < len(placed) - 1:
            reading.lose(ORDER)
        earlier, first = results.get(at, (Turn(Speaker.USER, ()), pointer))
        results[at] = Turn(Speaker.USER, earlier.parts + turn.parts), first
    ordered = [results[-1]] if -1 in results else []
    for number, one in enumerate(placed):
        ordered.append(one)
        if number in results:
            ordered.append(results[number])
    return [turn for turn, _ in ordered], [pointer for _, pointer in ordered]


def _read_item(item: Fields, reading: Reading) -> Turn | None:
    kind = item.text("type") or ("message" if item.has("role") else "")
    if kind in ("message", "function_call", "function_call_output", "reasoning"):
        item.skip("id", "status")
    match kind:
        case "message":
            return _read_message(item, reading)
        case "function_call":
            call = _read_call(item, reading)
            return Turn(Speaker.ASSISTANT, (call,))
        case "function_call_output":
            call_id = inward_id(CALL_ID_PREFIX, item.needed_text("call_id"))
            return Turn(Speaker.USER, (ToolResult(call_id, _read_parts(item, "output", reading)),))
        case "reasoning":
            return Turn(Speaker.ASSISTANT, (_read_reasoning(item),))
        case "item_reference":
            reading.unsupported(
                item.pointer,
                f"`{item.text('id') or ''}` refers to an item that is not kept here",
                "send the item itself",
            )
        case "":
            reading.invalid(item.at("type"), "`type` is required and must be a string that is not empty")
        case _:
            reading.unsupported(item.at("type"), f"items of type `{kind}` cannot be carried", _ITEM_HELP)
    item.skip_all()
    return None


def _read_message(item: Fields, reading: Reading) -> Turn | None:
    role = item.needed_text("role")
    match role:
        case "user":
            return Turn(Speaker.USER, _read_parts(item, "content", reading))
        case "system" | "developer":
            parts = _read_parts(item, "content", reading)
            if not all(isinstance(part, Text) for part in parts):
                reading.unsupported(
                    item.at("content"),
                    f"images and files in a message of role `{role}` cannot be carried",
                    "send them in a message of role user",
                )
            return Turn(Speaker.SYSTEM, parts)
        case "assistant":
            return Turn(Speaker.ASSISTANT, _read_answer(item, reading))
        case "":
            pass
        case _:
            reading.invalid(item.at("role"), f"`{role}` is not a role of this API")
    item.skip_all()
    return None


def _read_answer(item: Fields, reading: Reading) -> tuple[Part, ...]:
    """The text of an earlier answer."""
    value = item.raw("content")
    if isinstance(value, str):
        return (Text(value),) if value else ()
    texts: list[Part] = []
    for part in item.each("content"):
        with part:
            kind = part.needed_text("type")
            if kind == "refusal":
                text = part.text("refusal")
                part.leave("refusal")
            elif kind == "output_text":
                text = part.text("text")
                for name in ("annotations", "logprobs"):
                    if part.raw(name):
                        part.leave(name)
            else:
                text = ""
                part.skip_all()
                if kind:
                    reading.invalid(part.at("type"), f"`{kind}` is no part of an earlier answer")
        if text is None:
            reading.invalid(part.pointer, "the part holds no text")
        if text:
            texts.append(Text(text))
    return tuple(texts)


def _read_parts(item: Fields, name: str, reading: Reading) -> tuple[Shown, ...]:
    value = item.raw(name)
    if isinstance(value, str):
        return (Text(value),) if value else ()
    if not isinstance(value, list):
        reading.invalid(item.at(name), f"`{name}` must be a string or a list of parts")
        return ()
    parts = (_read_part(part, reading) for part in item.each(name))
    return tuple(part for part in parts if part is not None)


def _read_part(part: Fields, reading: Reading) -> Shown | None:
    with part:
        kind = part.needed_text("type")
        match kind:
            case "input_text":
                text = part.text("text")
                if text is None:
                    reading.invalid(part.at("text"), "`text` is required")
                return Text(text) if text else None
            case "input_image":
                return _read_image(part, reading)
            case "input_file":
                return _read_file(part, reading)
            case "":
                pass
            case "output_text" | "refusal":
                reading.invalid(part.at("type"), f"`{kind}` can stand in an earlier answer only")
            case _:
                reading.unsupported(part.at("type"), f"parts of type `{kind}` cannot be carried", _PART_HELP)
        part.skip_all()
        return None


def _read_image(part: Fields, reading: Reading) -> Image | None:
    if part.raw("detail") not in (None, "auto"):
        part.leave("detail")
    if part.has("file_id"):
        part.skip("image_url")
        return None
    url = part.needed_text("image_url")
    if not is_data_url(url):
        return Image("", url=url) if url else None
    found = _data_url(part, "image_url", url, reading)
    return Image(found.media_type, data=found.data) if found else None


def _read_file(part: Fields, reading: Reading) -> Document | None:
    if part.raw("detail") not in (None, "auto"):
        part.leave("detail")
    title = part.text("filename") or ""
    url, data = part.text("file_url"), part.text("file_data")
    if part.has("file_id"):
        return None
    if url:
        return Document(PDF, url=url, title=title)
    if not data:
        reading.invalid(part.pointer, "a file needs one of `file_data` and `file_url`")
        return None
    if not is_data_url(data):
        return Document(PDF, data=data, title=title)
    found = _data_url(part, "file_data", data, reading)
    return Document(found.media_type, data=found.data, title=title) if found else None


def _data_url(part: Fields, name: str, url: str, reading: Reading) -> DataUrl | None:
    value = read_data_url(url)
    if value is None:
        reading.invalid(part.at(name), "a `data:` URL must name its media type and be base64")
    return value


def _read_call(item: Fields, reading: Reading) -> ToolUse:
    if item.raw("caller") not in (None, {"type": "direct"}):
        item.leave("caller")
    if item.raw("async"):
        item.leave("async")
    call_id = inward_id(CALL_ID_PREFIX, item.needed_text("call_id"))
    name = joined(item.text(GROUP) or "", item.needed_text("name"))
    text = item.text("arguments") or ""
    if not text.strip():
        reading.lose(EMPTY_ARGUMENTS)
        return ToolUse(call_id, name, {})
    arguments = parsed_object(text)
    if arguments is None:
        reading.unsupported(
            item.at("arguments"),
            f"the arguments of the call to `{name}` are not a JSON object",
            "send the arguments the call was made with, whole",
        )
    return ToolUse(call_id, name, arguments or {})


def _read_reasoning(item: Fields) -> Thinking:
    texts = [part.text("text") or "" for name in ("summary", "content") for part in _read(item, name)]
    text = "\n\n".join(text for text in texts if text)
    seal = item.text("encrypted_content") or ""
    return Thinking(text, seal, is_redacted=bool(seal and not text), origin=SLUG)


def _read(item: Fields, name: str) -> Sequence[Fields]:
    parts = list(item.each(name))
    for part in parts:
        part.skip("type", "text")
        with part:
            pass
    return parts
