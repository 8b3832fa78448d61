"""The JSON of the Messages API, as far as it is written here. Follows the API's public reference, 2026.

What is read but not written (and what is dropped or refused) is named in `decode`.
"""

from typing import Any, Literal, NotRequired, TypedDict

from offramp.core.digests import JsonObject

PATH = "/v1/messages"
COUNT_PATH = "/v1/messages/count_tokens"
MODELS_PATH = "/v1/models"
MODEL_PATH = "/v1/models/{model}"
VERSION = "2023-06-01"
IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})


class TextBlock(TypedDict):
    """A block of text."""

    type: Literal["text"]
    text: str


class ImageSource(TypedDict):
    """By value (`base64`) or by `url`."""

    type: Literal["base64", "url"]
    media_type: NotRequired[str]
    data: NotRequired[str]
    url: NotRequired[str]


class ImageBlock(TypedDict):
    """A block with an image."""

    type: Literal["image"]
    source: ImageSource


class DocumentBlock(TypedDict):
    """A block with a file to read."""

    type: Literal["document"]
    source: dict[str, str]
    """`{type: base64, media_type, data}`, `{type: url, url}` or `{type: text, media_type, data}`."""
    title: NotRequired[str]


class ThinkingBlock(TypedDict):
    """Reasoning with its seal."""

    type: Literal["thinking"]
    thinking: str
    signature: str


class RedactedThinkingBlock(TypedDict):
    """Reasoning that only the vendor can read."""

    type: Literal["redacted_thinking"]
    data: str


class ToolUseBlock(TypedDict):
    """The model asks for a tool."""

    type: Literal["tool_use"]
    id: str
    name: str
    input: JsonObject


class ToolResultBlock(TypedDict):
    """The application's answer to a tool call."""

    type: Literal["tool_result"]
    tool_use_id: str
    content: NotRequired[str | list[TextBlock | ImageBlock | DocumentBlock]]
    is_error: NotRequired[bool]


Block = (
    TextBlock
    | ImageBlock
    | DocumentBlock
    | ThinkingBlock
    | RedactedThinkingBlock
    | ToolUseBlock
    | ToolResultBlock
)


class Message(TypedDict):
    """One turn of a request."""

    role: Literal["user", "assistant"]
    content: str | list[Block]


class Tool(TypedDict):
    """A tool the application runs."""

    name: str
    input_schema: JsonObject
    description: NotRequired[str]
    strict: NotRequired[bool]


class ToolChoice(TypedDict):
    """How free the model is to use tools."""

    type: Literal["auto", "any", "tool", "none"]
    name: NotRequired[str]
    disable_parallel_tool_use: NotRequired[bool]


class OutputFormat(TypedDict):
    """A schema the answer must satisfy."""

    type: Literal["json_schema"]
    schema: JsonObject


class OutputConfig(TypedDict, total=False):
    """Settings of the answer."""

    format: OutputFormat
    effort: str


class Thinking(TypedDict):
    """How the model reasons before it answers."""

    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: NotRequired[int]


class Metadata(TypedDict):
    """Whom the request is for."""

    user_id: str


class MessagesRequest(TypedDict):
    """Body of `POST /v1/messages`."""

    model: str
    max_tokens: int
    messages: list[Message]
    system: NotRequired[str | list[TextBlock]]
    tools: NotRequired[list[Tool]]
    tool_choice: NotRequired[ToolChoice]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    top_k: NotRequired[int]
    stop_sequences: NotRequired[list[str]]
    stream: NotRequired[bool]
    output_config: NotRequired[OutputConfig]
    thinking: NotRequired[Thinking]
    metadata: NotRequired[Metadata]


class OutputDetails(TypedDict):
    """What of the answer was reasoning."""

    thinking_tokens: int


class Usage(TypedDict):
    """Tokens; the input excludes what came from or went into the cache."""

    input_tokens: int
    output_tokens: int
    cache_read_input_tokens: NotRequired[int]
    cache_creation_input_tokens: NotRequired[int]
    output_tokens_details: NotRequired[OutputDetails]


StopReason = Literal["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"]


class Reply(TypedDict):
    """Body of an answer, and of `message_start`."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    model: str
    content: list[Block]
    stop_reason: StopReason | None
    stop_sequence: str | None
    usage: Usage


class Error(TypedDict):
    """What went wrong."""

    type: str
    message: str


class ErrorBody(TypedDict):
    """Body of every error."""

    type: Literal["error"]
    error: Error
    request_id: NotRequired[str]
    offramp: NotRequired[JsonObject]


class Model(TypedDict):
    """One entry of the list of models."""

    type: Literal["model"]
    id: str
    display_name: str
    created_at: str
    lifecycle: Literal["active"]


class Models(TypedDict):
    """Body of `GET /v1/models`."""

    data: list[Model]
    has_more: bool
    first_id: str | None
    last_id: str | None


Event = dict[str, Any]
"""Data of a stream event; its `type` is also the event's name."""
