"""Content blocks of Converse requests into parts. Replies hold fewer kinds and are read in `decode_reply`."""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from offramp.dialects.bedrock_converse import wire
from offramp.dialects.bedrock_converse.blobs import seal_in
from offramp.dialects.id_forms import inward_id
from offramp.dialects.loss import Effect, Loss, Refusal
from offramp.dialects.reading import Fields, Reading
from offramp.dialects.turns import Document, Image, Part, Speaker, Text, Thinking, ToolResult, ToolUse

TOOL_ID_PREFIX: Final = "tooluse_"

_OTHER_BLOCK: Final = "leave the block out, or send this route to an upstream of this API"
_BY_VALUE: Final = "send the file by value, as `bytes`"

JSON_RESULT: Final = Loss("messages.content.toolResult.content.json", "carried as JSON text", Effect.METADATA)
CITED_TEXT: Final = Loss(
    "messages.content.citationsContent.citations",
    "citations of earlier answers are not carried",
    Effect.CONTENT,
)

BLOCK_LOSSES: Final = (
    JSON_RESULT,
    CITED_TEXT,
    Loss("messages.content.document.context", "what a document is for is not carried", Effect.CONTENT),
    Loss(
        "messages.content.toolResult.content.document.context",
        "what a document is for is not carried",
        Effect.CONTENT,
    ),
    Loss("bucketOwner", "no file is read from a bucket", Effect.METADATA),
    Loss("qualifiers", "what a guardrail looks at is said to no target", Effect.METADATA),
    Loss("error", "why an earlier image failed is not carried", Effect.METADATA),
)
"""Fields of blocks that are known and not carried."""

BLOCK_REFUSALS: Final = (
    Refusal("audio", "the target does not listen", _OTHER_BLOCK),
    Refusal("citations", "the target would not cite its sources", "leave `citations` out"),
    Refusal("s3Location", "files in a bucket are not fetched", _BY_VALUE),
    Refusal("searchResult", "search results with citations have no counterpart", "send the results as text"),
    Refusal("toolAddition", "tools are not added inside a conversation", _OTHER_BLOCK),
    Refusal("toolRemoval", "tools are not taken away inside a conversation", _OTHER_BLOCK),
    Refusal("video", "the target does not watch", _OTHER_BLOCK),
)
"""Fields of blocks that change the answer and cannot be carried."""


def kind_of(block: Fields, kinds: Mapping[str, object]) -> str:
    """Which member of a union is set; empty where none of `kinds` is."""
    return next((kind for kind in kinds if block.has(kind)), "")


def read_block(block: Fields, speaker: Speaker, reading: Reading) -> Part | None:
    """The part of one block of a turn; None for one that is empty, refused or carried as a loss."""
    with block:
        kind = kind_of(block, _READERS)
        if kind in _SPEAKERS and speaker is not _SPEAKERS[kind]:
            reading.invalid(block.at(kind), f"the block `{kind}` cannot stand in a turn of the {speaker}")
            block.skip_all()
            return None
        if kind:
            return _READERS[kind](block, reading)
        if not any(block.has(refusal.field) for refusal in BLOCK_REFUSALS):
            reading.invalid(block.pointer, f"a block must hold one of {', '.join(_READERS)}")
            block.skip_all()
        return None


def _text(block: Fields, reading: Reading) -> Part | None:  # noqa: ARG001 - one shape for all readers
    text = block.text("text")
    return Text(text) if text else None


def _image(block: Fields, reading: Reading) -> Part | None:
    image = block.fields("image")
    assert image is not None
    with image:
        media_type = _media_type(image, wire.IMAGE_FORMATS, reading)
        data = _bytes(image, reading)
        return Image(media_type, data=data) if data else None


def _document(block: Fields, reading: Reading) -> Part | None:
    document = block.fields("document")
    assert document is not None
    with document:
        name = document.needed_text("name")
        media_type = _media_type(document, {"": "text/plain", **wire.DOCUMENT_FORMATS}, reading)
        citations = document.raw("citations")
        if citations not in (None, {"enabled": False}):
            document.leave("citations")
        source = document.fields("source")
        if source is None:
            reading.invalid(document.at("source"), "`source` is required")
            return None
        with source:
            text = source.text("text") or "\n\n".join(_chunks(source))
            if text:
                return Document(media_type, text=text, title=name)
            if source.has("s3Location"):
                return None
            data = _base64(source, reading)
            plain = _plain_text(data) if media_type == "text/plain" else ""
            if plain:
                return Document(media_type, text=plain, title=name)
            return Document(media_type, data=data, title=name) if data else None


def _chunks(source: Fields) -> list[str]:
    texts = []
    for chunk in source.each("content"):
        with chunk:
            texts.append(chunk.text("text") or "")
    return texts


def _plain_text(data: str) -> str:
    try:
        return base64.b64decode(data).decode()
    except UnicodeDecodeError:
        return ""


def _media_type(holder: Fields, formats: Mapping[str, str], reading: Reading) -> str:
    said = holder.text("format") or ""
    if said not in formats:
        known = ", ".join(name for name in formats if name)
        reading.invalid(holder.at("format"), f"`format` must be one of {known}")
    return formats.get(said, "")


def _bytes(holder: Fields, reading: Reading) -> str:
    source = holder.fields("source")
    if source is None:
        reading.invalid(holder.at("source"), "`source` is required")
        return ""
    with source:
        return "" if source.has("s3Location") else _base64(source, reading)


def _base64(source: Fields, reading: Reading) -> str:
    data = source.needed_text("bytes")
    try:
        base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        reading.invalid(source.at("bytes"), "`bytes` must be base64")
        return ""
    return data


def _tool_use(block: Fields, reading: Reading) -> Part | None:
    call = block.fields("toolUse")
    assert call is not None
    with call:
        _refuse_server_tool(call, reading)
        arguments = call.json_object("input")
        if arguments is None and not call.has("input"):
            reading.invalid(call.at("input"), "`input` is required")
        call_id = inward_id(TOOL_ID_PREFIX, call.needed_text("toolUseId"))
        return ToolUse(call_id, call.needed_text("name"), arguments or {})


def _refuse_server_tool(call: Fields, reading: Reading) -> None:
    if call.raw("type") is not None:
        reading.unsupported(
            call.at("type"),
            "a tool that the vendor runs cannot be carried",
            "run the tool in the application",
        )


def _tool_result(block: Fields, reading: Reading) -> Part | None:
    result = block.fields("toolResult")
    assert result is not None
    with result:
        _refuse_server_tool(result, reading)
        status = result.text("status")
        if status not in (None, "success", "error"):
            reading.invalid(result.at("status"), "`status` must be success or error")
        content = [_result_part(item, reading) for item in result.each("content")]
        return ToolResult(
            inward_id(TOOL_ID_PREFIX, result.needed_text("toolUseId")),
            tuple(part for part in content if part is not None),
            is_error=status == "error",
        )


def _result_part(item: Fields, reading: Reading) -> Text | Image | Document | None:
    with item:
        if item.has("json"):
            reading.lose(JSON_RESULT)
            return Text(msgspec.json.encode(item.raw("json")).decode())
        kind = kind_of(item, _IN_RESULTS)
        if kind:
            part = _READERS[kind](item, reading)
            assert part is None or isinstance(part, Text | Image | Document)
            return part
        if not any(item.has(refusal.field) for refusal in BLOCK_REFUSALS):
            reading.invalid(item.pointer, "a tool result holds text, JSON, images and documents")
            item.skip_all()
        return None


def _reasoning(block: Fields, reading: Reading) -> Part | None:
    reasoning = block.fields("reasoningContent")
    assert reasoning is not None
    return read_reasoning(reasoning, reading)


def read_reasoning(reasoning: Fields, reading: Reading) -> Thinking | None:
    """Reasoning of a request or a reply."""
    with reasoning:
        if reasoning.has("redactedContent"):
            return Thinking("", seal_in(reasoning.text("redactedContent") or ""), is_redacted=True)
        said = reasoning.fields("reasoningText")
        if said is None:
            reading.invalid(reasoning.pointer, "reasoning must hold reasoningText or redactedContent")
            return None
        with said:
            return Thinking(said.text("text") or "", said.text("signature") or "")


def _guarded(block: Fields, reading: Reading) -> Part | None:
    # A guardrail itself is refused, so this is content like any other.
    guarded = block.fields("guardContent")
    assert guarded is not None
    with guarded:
        if guarded.has("image"):
            return _image(guarded, reading)
        return read_guarded_text(guarded)


def read_guarded_text(guarded: Fields) -> Text | None:
    """The text of a block that marks what a guardrail looks at."""
    said = guarded.fields("text")
    if said is None:
        return None
    with said:
        text = said.text("text")
        return Text(text) if text else None


def _cited(block: Fields, reading: Reading) -> Part | None:
    cited = block.fields("citationsContent")
    assert cited is not None
    text = read_cited(cited)
    reading.lose(CITED_TEXT)
    return Text(text) if text else None


def read_cited(cited: Fields) -> str:
    """The text of a block with citations; whoever reads it says that they are not carried."""
    with cited:
        cited.skip("citations")
        return "".join(_chunks(cited))


_READERS: Final[Mapping[str, Callable[[Fields, Reading], Part | None]]] = {
    "text": _text,
    "toolUse": _tool_use,
    "toolResult": _tool_result,
    "image": _image,
    "document": _document,
    "reasoningContent": _reasoning,
    "guardContent": _guarded,
    "citationsContent": _cited,
}

_IN_RESULTS: Final[Mapping[str, None]] = {"text": None, "image": None, "document": None}

_SPEAKERS: Final[Mapping[str, Speaker]] = {
    "toolUse": Speaker.ASSISTANT,
    "reasoningContent": Speaker.ASSISTANT,
    "citationsContent": Speaker.ASSISTANT,
    "toolResult": Speaker.USER,
    "image": Speaker.USER,
    "document": Speaker.USER,
}
"""Blocks only one speaker can say."""
