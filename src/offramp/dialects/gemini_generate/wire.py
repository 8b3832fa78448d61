"""The JSON of the Gemini API, as far as it is written here. Follows its public reference and types, 2026.

What is read but not written (and what is dropped or refused) is named in `decode`.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, NotRequired, TypedDict

from offramp.core.digests import JsonObject
from offramp.dialects.interface import Operation
from offramp.dialects.shaping import call_seals

SLUG: Final = "gemini-generate"
MAX_STOPS: Final = 5
MAX_SEED: Final = 2**31 - 1

UNSEALED: Final = call_seals.UNSEALED
"""In place of a seal on a call another model made: the API's reference names this value for that."""

_OPERATIONS: Final = {
    "generateContent": Operation.CONVERSE,
    "streamGenerateContent": Operation.STREAM,
    "countTokens": Operation.COUNT_TOKENS,
}
_PROJECT: Final = "projects/{project}/locations/{location}/publishers/google"
_MODELS: Final = (
    "/v1beta/models/{model}",
    "/v1/models/{model}",
    "/v1beta1/publishers/google/models/{model}",
    "/v1/publishers/google/models/{model}",
    f"/v1beta1/{_PROJECT}/models/{{model}}",
    f"/v1/{_PROJECT}/models/{{model}}",
)

FACES: Final[Mapping[str, str]] = {
    **{f"{model}:{verb}": operation for model in _MODELS for verb, operation in _OPERATIONS.items()},
    "/v1beta/models": Operation.MODELS,
    "/v1beta/models/{model}": Operation.MODELS,
    "/v1/models": Operation.MODELS,
    "/v1/models/{model}": Operation.MODELS,
}
"""The paths of the developers' API and those of the cloud's, which hold a project and a place."""


class Blob(TypedDict):
    """Bytes, base64."""

    mimeType: str
    data: str


class FileData(TypedDict):
    """A file by its address."""

    fileUri: str
    mimeType: NotRequired[str]


class FunctionCall(TypedDict):
    """The model asks for a tool."""

    id: str
    name: str
    args: JsonObject


class ResultPart(TypedDict):
    """A file a tool gave."""

    inlineData: NotRequired[Blob]
    fileData: NotRequired[FileData]


class FunctionResponse(TypedDict):
    """What a tool gave: `output` or `error`."""

    id: str
    name: str
    response: JsonObject
    parts: NotRequired[list[ResultPart]]


class Part(TypedDict, total=False):
    """One of text, file, call or result."""

    text: str
    thought: bool
    thoughtSignature: str
    inlineData: Blob
    fileData: FileData
    functionCall: FunctionCall
    functionResponse: FunctionResponse


class Content(TypedDict):
    """One turn."""

    role: NotRequired[Literal["user", "model"]]
    parts: list[Part]


class FunctionDeclaration(TypedDict):
    """A tool the application runs."""

    name: str
    description: NotRequired[str]
    parametersJsonSchema: JsonObject


class Tool(TypedDict):
    """Tools the model may ask for."""

    functionDeclarations: list[FunctionDeclaration]


class FunctionCallingConfig(TypedDict):
    """How free the model is to use tools."""

    mode: Literal["AUTO", "ANY", "NONE", "VALIDATED"]
    allowedFunctionNames: NotRequired[list[str]]


class ToolConfig(TypedDict):
    """Settings of all tools."""

    functionCallingConfig: FunctionCallingConfig


class ThinkingConfig(TypedDict, total=False):
    """Settings of reasoning."""

    includeThoughts: bool
    thinkingBudget: int
    thinkingLevel: str


class GenerationConfig(TypedDict, total=False):
    """How the answer is drawn."""

    temperature: float
    topP: float
    topK: int
    maxOutputTokens: int
    stopSequences: list[str]
    seed: int
    frequencyPenalty: float
    presencePenalty: float
    responseMimeType: str
    responseJsonSchema: JsonObject
    thinkingConfig: ThinkingConfig


class GenerateRequest(TypedDict):
    """Body of `POST …:generateContent`."""

    contents: list[Content]
    systemInstruction: NotRequired[Content]
    tools: NotRequired[list[Tool]]
    toolConfig: NotRequired[ToolConfig]
    generationConfig: NotRequired[GenerationConfig]


class UsageMetadata(TypedDict, total=False):
    """Tokens; the prompt includes what was cached, the candidates do not include the thoughts."""

    promptTokenCount: int
    cachedContentTokenCount: int
    candidatesTokenCount: int
    thoughtsTokenCount: int
    totalTokenCount: int


FinishReason = Literal["STOP", "MAX_TOKENS", "SAFETY"]


class Candidate(TypedDict):
    """One of the answers; here there is always one."""

    content: NotRequired[Content]
    finishReason: NotRequired[FinishReason]
    index: int


class Reply(TypedDict):
    """Body of an answer, and of each piece of a streamed one."""

    candidates: list[Candidate]
    usageMetadata: NotRequired[UsageMetadata]
    modelVersion: NotRequired[str]
    responseId: NotRequired[str]


class Model(TypedDict):
    """A model of the list."""

    name: str
    displayName: str
    supportedGenerationMethods: list[str]


Detail = dict[str, Any]
"""A member of `details`, told by its `@type`."""


class Status(TypedDict):
    """What went wrong."""

    code: int
    message: str
    status: str
    details: NotRequired[list[Detail]]


class ErrorBody(TypedDict):
    """Body of every error."""

    error: Status
    offramp: NotRequired[JsonObject]
