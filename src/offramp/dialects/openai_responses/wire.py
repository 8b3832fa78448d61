"""The JSON of the Responses API, as far as it is written here. Follows its public reference, 2026.

What is read but not written (and what is dropped or refused) is named in `decode`.
"""

from typing import Any, Final, Literal, NotRequired, TypedDict

from offramp.core.digests import JsonObject

SLUG: Final = "openai-responses"
PATH: Final = "/v1/responses"
STORED_PATH: Final = "/v1/responses/{id}"
STORED_ITEMS_PATH: Final = "/v1/responses/{id}/input_items"
COUNT_PATH: Final = "/v1/responses/input_tokens"
MIN_OUTPUT_TOKENS: Final = 16
MAX_ID_LENGTH: Final = 64
CALL_ID_PREFIX: Final = "call_"
ANSWER_ID_PREFIX: Final = "resp_"

Status = Literal["in_progress", "completed", "incomplete"]


class InputText(TypedDict):
    """A part of text in a request."""

    type: Literal["input_text"]
    text: str


class InputImage(TypedDict):
    """A part with an image, by address or as a `data:` URL."""

    type: Literal["input_image"]
    image_url: str
    detail: Literal["auto"]


class InputFile(TypedDict):
    """A part with a file, by address or as a `data:` URL."""

    type: Literal["input_file"]
    file_url: NotRequired[str]
    file_data: NotRequired[str]
    filename: NotRequired[str]


InputPart = InputText | InputImage | InputFile


class OutputText(TypedDict):
    """A part of text in an answer."""

    type: Literal["output_text"]
    text: str
    annotations: list[JsonObject]
    logprobs: NotRequired[list[JsonObject]]


class Message(TypedDict):
    """A message of a request."""

    role: Literal["user", "assistant", "system"]
    content: str | list[InputPart]
    type: NotRequired[Literal["message"]]


class OutputMessage(TypedDict):
    """The model's text."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: Status
    content: list[OutputText]


class FunctionCall(TypedDict):
    """The model asks for a function; the arguments are JSON in a string."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str
    namespace: NotRequired[str]
    id: NotRequired[str]
    status: NotRequired[Status]


class FunctionCallOutput(TypedDict):
    """What the application answers to a call."""

    type: Literal["function_call_output"]
    call_id: str
    output: str | list[InputPart]


class SummaryText(TypedDict):
    """A part of what the model shows of its reasoning."""

    type: Literal["summary_text"]
    text: str


class Reasoning(TypedDict):
    """Reasoning, with the vendor's seal where there is one."""

    id: str
    type: Literal["reasoning"]
    summary: list[SummaryText]
    encrypted_content: NotRequired[str]


InputItem = Message | OutputMessage | FunctionCall | FunctionCallOutput | Reasoning
OutputItem = OutputMessage | FunctionCall | Reasoning


class Tool(TypedDict):
    """A function the application runs."""

    type: Literal["function"]
    name: str
    parameters: JsonObject
    strict: bool
    description: NotRequired[str]


class NamedToolChoice(TypedDict):
    """The model must call this function."""

    type: Literal["function"]
    name: str


class Format(TypedDict):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"]
    name: NotRequired[str]
    schema: NotRequired[JsonObject]
    strict: NotRequired[bool]


class TextConfig(TypedDict):
    """Settings of the text."""

    format: Format


class ReasoningConfig(TypedDict):
    """How much the model reasons, and what it shows of it."""

    effort: NotRequired[str]
    summary: NotRequired[Literal["auto"]]


class ResponsesRequest(TypedDict):
    """Body of `POST /v1/responses`."""

    model: str
    input: list[InputItem]
    store: bool
    instructions: NotRequired[str]
    max_output_tokens: NotRequired[int]
    temperature: NotRequired[float]
    top_p: NotRequired[float]
    tools: NotRequired[list[Tool]]
    tool_choice: NotRequired[Literal["none", "auto", "required"] | NamedToolChoice]
    parallel_tool_calls: NotRequired[bool]
    text: NotRequired[TextConfig]
    reasoning: NotRequired[ReasoningConfig]
    stream: NotRequired[bool]
    safety_identifier: NotRequired[str]


class InputDetails(TypedDict):
    """What of the input came from or went into the cache."""

    cached_tokens: int
    cache_write_tokens: int


class OutputDetails(TypedDict):
    """What of the output was reasoning."""

    reasoning_tokens: int


class Usage(TypedDict):
    """Tokens; the input includes what was cached."""

    input_tokens: int
    input_tokens_details: InputDetails
    output_tokens: int
    output_tokens_details: OutputDetails
    total_tokens: int


class Incomplete(TypedDict):
    """Why an answer is not whole."""

    reason: Literal["max_output_tokens", "content_filter"]


class ResponseError(TypedDict):
    """Why an answer failed."""

    code: str
    message: str


class Response(TypedDict):
    """Body of an answer, and of the events that hold one. What was asked is repeated in it."""

    id: str
    object: Literal["response"]
    created_at: int
    status: Literal["in_progress", "completed", "incomplete", "failed"]
    background: bool
    error: ResponseError | None
    incomplete_details: Incomplete | None
    instructions: NotRequired[Any]
    metadata: Any
    model: str
    output: list[OutputItem]
    parallel_tool_calls: bool
    previous_response_id: str | None
    temperature: float | None
    text: Any
    tool_choice: Any
    tools: list[Any]
    top_p: float | None
    usage: Usage | None


Event = dict[str, Any]
"""Data of a stream event; its `type` is also the event's name."""
