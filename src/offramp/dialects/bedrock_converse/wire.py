"""The JSON of the Converse API, as far as it is written here. Follows the service's own model of its API.

What is read but not written (what is dropped or refused) is named in `decode` and `read_blocks`. A union is
an object with one member; its name says what it is.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NotRequired, TypedDict

from offramp.core.digests import JsonObject

PATH: Final = "/model/{model}/converse"
STREAM_PATH: Final = "/model/{model}/converse-stream"
COUNT_PATH: Final = "/model/{model}/count-tokens"
MODELS_PATH: Final = "/foundation-models"

IMAGE_FORMATS: Final[Mapping[str, str]] = {
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}
"""Format to media type."""

DOCUMENT_FORMATS: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Format to media type."""

MAX_NAME: Final = 200


class Bytes(TypedDict):
    """A file by value, base64."""

    bytes: str


class Image(TypedDict):
    """An image."""

    format: str
    source: Bytes


class Document(TypedDict):
    """A file to read. Its name is unique in the request."""

    format: str
    name: str
    source: Bytes


class ReasoningText(TypedDict):
    """Reasoning with its seal."""

    text: str
    signature: NotRequired[str]


class Reasoning(TypedDict, total=False):
    """Reasoning: one of both."""

    reasoningText: ReasoningText
    redactedContent: str


class ToolUse(TypedDict):
    """The model asks for a tool."""

    toolUseId: str
    name: str
    input: JsonObject


class CachePoint(TypedDict):
    """What stands before it may be kept."""

    type: Literal["default"]
    ttl: NotRequired[str]


class ToolResult(TypedDict):
    """The application's answer to a tool call."""

    toolUseId: str
    content: "list[Block]"
    status: NotRequired[Literal["success", "error"]]


class Block(TypedDict, total=False):
    """A block of content: one of these."""

    text: str
    image: Image
    document: Document
    reasoningContent: Reasoning
    toolUse: ToolUse
    toolResult: ToolResult
    cachePoint: CachePoint


class Message(TypedDict):
    """One turn."""

    role: Literal["user", "assistant"]
    content: list[Block]


class InferenceConfig(TypedDict, total=False):
    """Sampling and limits."""

    maxTokens: int
    temperature: float
    topP: float
    stopSequences: list[str]


class ToolSpec(TypedDict):
    """A tool the application runs; its schema stands under `json`."""

    name: str
    inputSchema: dict[str, JsonObject]
    description: NotRequired[str]
    strict: NotRequired[bool]


class Tool(TypedDict, total=False):
    """An entry of the list of tools: one of both."""

    toolSpec: ToolSpec
    cachePoint: CachePoint


class ToolConfig(TypedDict):
    """Tools, and how free the model is to use them."""

    tools: list[Tool]
    toolChoice: NotRequired[dict[str, dict[str, str]]]


class ConverseRequest(TypedDict):
    """Body of a conversation; the path names the model and says whether it streams."""

    messages: list[Message]
    system: NotRequired[list[Block]]
    inferenceConfig: NotRequired[InferenceConfig]
    toolConfig: NotRequired[ToolConfig]
    outputConfig: NotRequired[JsonObject]


class Usage(TypedDict):
    """Tokens; the input excludes what came from or went into the cache, the total includes it."""

    inputTokens: int
    outputTokens: int
    totalTokens: int
    cacheReadInputTokens: NotRequired[int]
    cacheWriteInputTokens: NotRequired[int]


class Reply(TypedDict):
    """Body of an answer."""

    output: dict[str, Message]
    stopReason: str
    usage: Usage
    metrics: dict[str, int]


Event = dict[str, Any]
"""Payload of a frame; its type is in the frame's headers."""
