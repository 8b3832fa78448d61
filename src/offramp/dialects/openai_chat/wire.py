"""The JSON of the Chat Completions API, as far as it is written here. Follows its public reference, 2026.

What is read but not written (and what is dropped or refused) is named in `decode`.
"""

from typing import Any, Literal, NotRequired, TypedDict

from offramp.core.digests import JsonObject

PATH = "/v1/chat/completions"
MODELS_PATH = "/v1/models"
MODEL_PATH = "/v1/models/{model}"
MAX_STOPS = 4
MAX_ID_LENGTH = 40


class TextPart(TypedDict):
    """A part of text."""

    type: Literal["text"]
    text: str


class ImageUrl(TypedDict):
    """An address, or the image itself as a `data:` URL."""

    url: str


class ImagePart(TypedDict):
    """A part with an image."""

    type: Literal["image_url"]
    image_url: ImageUrl


class File(TypedDict):
    """A file by value."""

    filename: str
    file_data: str
    """A `data:` URL."""


class FilePart(TypedDict):
    """A part with a file to read."""

    type: Literal["file"]
    file: File


class Function(TypedDict):
    """A function call; the arguments are JSON in a string."""

    name: str
    arguments: str


class ToolCall(TypedDict):
    """The model asks for a tool."""

    id: str
    type: Literal["function"]
    function: Function


class Message(TypedDict):
    """One message of a request."""

    role: Literal["system", "user", "assistant", "tool"]
    reasoning_content: NotRequired[str]
    """Not this API's own: servers that show reasoning want it back by this name."""
    content: str | list[TextPart] | list[TextPart | ImagePart | FilePart] | None
    tool_calls: NotRequired[list[ToolCall]]
    tool_call_id: NotRequired[str]


class FunctionTool(TypedDict):
    """A function the application runs."""

    name: str
    parameters: JsonObject
    description: NotRequired[str]
    strict: NotRequired[bool]


class Tool(TypedDict):
    """A tool the model may ask for."""

    type: Literal["function"]
    function: FunctionTool


class NamedFunction(TypedDict):
    """A function by its name."""

    name: str


class NamedToolChoice(TypedDict):
    """The model must call this function."""

    type: Literal["function"]
    function: NamedFunction


class JsonSchema(TypedDict):
    """A schema the answer must satisfy."""

    name: str
    schema: JsonObject
    strict: NotRequired[bool]


class ResponseFormat(TypedDict):
    """The form of the answer."""

    type: Literal["json_object", "json_schema"]
    json_schema: NotRequired[JsonSchema]


class StreamOptions(TypedDict):
    """Settings of a stream."""

    include_usage: bool


class ChatRequest(TypedDict):
    """Body of `POST /v1/chat/completions`."""

    model: str
    messages: list[Message]
    max_tokens: NotRequired[int]
    max_completion_tokens: NotRequired[int]
    reasoning_effort: NotRequired[str]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    seed: NotRequired[int]
    frequency_penalty: NotRequired[float]
    presence_penalty: NotRequired[float]
    stop: NotRequired[list[str]]
    tools: NotRequired[list[Tool]]
    tool_choice: NotRequired[Literal["none", "auto", "required"] | NamedToolChoice]
    parallel_tool_calls: NotRequired[bool]
    response_format: NotRequired[ResponseFormat]
    stream: NotRequired[bool]
    stream_options: NotRequired[StreamOptions]
    user: NotRequired[str]


class PromptDetails(TypedDict):
    """What of the prompt came from or went into the cache."""

    cached_tokens: NotRequired[int]
    cache_write_tokens: NotRequired[int]


class CompletionDetails(TypedDict):
    """What of the answer was reasoning."""

    reasoning_tokens: int


class Usage(TypedDict):
    """Tokens; the prompt includes what was cached."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: NotRequired[PromptDetails]
    completion_tokens_details: NotRequired[CompletionDetails]


FinishReason = Literal["stop", "length", "tool_calls", "content_filter"]


class ReplyMessage(TypedDict):
    """The answer."""

    role: Literal["assistant"]
    content: str | None
    refusal: str | None
    tool_calls: NotRequired[list[ToolCall]]


class Choice(TypedDict):
    """One of the answers; here there is always one."""

    index: int
    message: ReplyMessage
    finish_reason: FinishReason
    logprobs: None


class Reply(TypedDict):
    """Body of an answer."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[Choice]
    usage: NotRequired[Usage]


class Error(TypedDict):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(TypedDict):
    """Body of every error."""

    error: Error
    offramp: NotRequired[JsonObject]


Chunk = dict[str, Any]
"""Data of a stream event."""
