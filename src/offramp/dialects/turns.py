"""The neutral conversation: requests, replies and the events of a streamed reply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant


class Speaker(StrEnum):
    """Who says a turn. Leading system text stands apart, in `Request.system`."""

    USER = "user"
    ASSISTANT = "assistant"
    SYSTEM = "system"
    """System text after the conversation has begun; its turn holds only `Text`."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image by value (`data`, base64) or by `url`; exactly one is set."""

    media_type: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file to read, by value (`data`, base64), by `url`, or as plain `text`; exactly one is set."""

    media_type: str
    data: str = ""
    url: str = ""
    text: str = ""
    title: str = ""
    """The file's name or title; empty where the caller gave none."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """Reasoning the model showed, with the vendor's seal on it where there is one."""

    text: str
    signature: str = ""
    is_redacted: bool = False
    """The vendor sealed the text as well; `signature` holds the sealed bytes and `text` is empty."""
    origin: str = ""
    """The slug of the dialect whose seal `signature` is; empty for the dialect it was read from."""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """The model asks for a tool. `arguments` is always a JSON object: broken ones never get this far."""

    id: str
    name: str
    arguments: Mapping[str, Any]
    signature: str = ""
    """A seal its vendor wants back with the call; empty where it set none."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The application answers a tool call."""

    tool_use_id: str
    content: "tuple[Text | Image | Document, ...]"
    is_error: bool = False


Part = Text | Image | Document | Thinking | ToolUse | ToolResult


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's parts, in order."""

    speaker: Speaker
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may ask for."""

    name: str
    description: str
    schema: JsonObject
    is_strict: bool | None = None
    """Whether the vendor must enforce the schema; None where the caller did not say."""


class CacheSection(StrEnum):
    """Where a cache point stands."""

    TOOLS = "tools"
    SYSTEM = "system"
    TURNS = "turns"


@dataclass(frozen=True, slots=True)
class CachePoint:
    """What stands up to here may be kept for later requests: another price, never another answer."""

    section: CacheSection
    index: int
    """The tool, system text or turn it stands behind, from 0."""
    part: int = 0
    """The part of the turn it stands behind, from 0."""
    ttl: str = ""
    """How long, in the words the APIs share (`5m`, `1h`); empty for their own default."""


class ToolMode(StrEnum):
    """How free the model is to use tools."""

    AUTO = "auto"
    ANY = "any"
    """It must use one."""
    NONE = "none"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which tools the model may or must use."""

    mode: ToolMode = ToolMode.AUTO
    name: str = ""
    """Set when the mode is `NAMED`."""
    allows_parallel: bool | None = None
    """None where the caller did not say."""


class Effort(StrEnum):
    """How hard the model works before and while it answers, least first."""

    NONE = "none"
    """No reasoning at all."""
    MINIMAL = "minimal"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    XHIGH = "xhigh"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasoning:
    """How much reasoning the caller asks for: by `effort`, by `budget`, or as the model itself sees fit."""

    effort: Effort | None = None
    budget: int | None = None
    """Tokens it may spend on it."""
    is_adaptive: bool = False
    """The model itself decides whether and how much it reasons."""
    is_shown: bool = True
    """The caller reads what the model reasons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a caller asks a model."""

    model: str
    turns: tuple[Turn, ...]
    system: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = field(default_factory=ToolChoice)
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    stop: tuple[str, ...] = ()
    wants_stream: bool = False
    wants_stream_usage: bool = False
    response_schema: JsonObject | None = None
    """JSON Schema the answer must satisfy."""
    end_user: str = ""
    cache_points: tuple[CachePoint, ...] = ()
    reasoning: Reasoning | None = None
    """None where the caller did not say."""
    limits_reasoning: bool = False
    """The model counts its reasoning within `max_tokens`, and its API has a newer name for such a limit."""


class StopReason(StrEnum):
    """Why the model stopped."""

    END = "end"
    LENGTH = "length"
    TOOL_USE = "tool-use"
    STOP_SEQUENCE = "stop-sequence"
    REFUSAL = "refusal"
    OTHER = "other"
    """A reason no other API has a word for, such as a turn its vendor pauses; only its own can tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens. None means the upstream did not say; it is never read as 0."""

    input: int | None = None
    """Without cached tokens."""
    output: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None
    """Tokens of reasoning, which `output` includes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole answer."""

    id: str
    model: str
    parts: tuple[Part, ...]
    stop_reason: StopReason
    stop_sequence: str = ""
    usage: Usage = field(default_factory=Usage)
    created_at: Instant | None = None
    """When the upstream says it answered; None where it does not say."""


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """First event of a stream."""

    id: str
    model: str
    usage: Usage = field(default_factory=Usage)
    created_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More text in the part numbered `index`. A part opens with its first event."""

    index: int
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    """More reasoning in the part numbered `index`."""

    index: int
    text: str
    signature: str = ""
    is_redacted: bool = False


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool call opens as the part numbered `index`."""

    index: int
    id: str
    name: str
    signature: str = ""
    """As `ToolUse.signature`."""


@dataclass(frozen=True, slots=True)
class ToolDelta:
    """More of the JSON text of a tool call's arguments."""

    index: int
    arguments: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The upstream said it finished. A stream without it was cut, whatever else happened.

    The arguments of every tool call are then one JSON object, unless the stop reason is `LENGTH`: the last
    call may be cut short, and stays so.
    """

    stop_reason: StopReason
    stop_sequence: str = ""
    usage: Usage = field(default_factory=Usage)


class FailureKind(StrEnum):
    """Why a request failed, in words every API has a form for."""

    INVALID_REQUEST = "invalid-request"
    AUTHENTICATION = "authentication"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    TOO_LARGE = "too-large"
    RATE_LIMIT = "rate-limit"
    OVERLOADED = "overloaded"
    TIMEOUT = "timeout"
    UPSTREAM = "upstream"
    """The upstream failed, or our configuration towards it is wrong."""
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error in neutral form. As an event it ends a stream: never politely."""

    kind: FailureKind
    message: str
    retry_after_seconds: float | None = None
    code: str = ""
    """Our own stable code where the failure is ours."""


Event = ReplyStarted | TextDelta | ThinkingDelta | ToolStarted | ToolDelta | ReplyEnded | Failure
