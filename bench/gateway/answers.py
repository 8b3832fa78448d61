"""The bytes the bench's upstream answers with, and the requests that are sent. Built before anything runs."""

import json
from dataclasses import dataclass

CHUNKS = 50
PATHS = {"openai-chat": "/v1/chat/completions", "anthropic-messages": "/v1/messages"}
MODEL = "gpt-4o-mini"
PACED = "paced: "
"""A request that says so is answered a piece at a time."""
_PIECE = "word after word "
_MODEL = "model-up-0101"


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of request."""

    path: str
    body: bytes
    is_stream: bool


def ask(dialect: str, *, is_stream: bool, is_paced: bool = False) -> Ask:
    """A request of 0.85 KB, for a model that every gateway knows by name."""
    words = f"{PACED if is_paced else ''}{'What did the clerk write? ' * 26}"
    body = {
        "model": MODEL,
        "max_tokens": 256,
        "messages": [{"role": "user", "content": words}],
        **({"stream": True} if is_stream else {}),
    }
    return Ask(PATHS[dialect], json.dumps(body).encode(), is_stream)


def chat_answer() -> bytes:
    """A whole answer of about 1 KB."""
    message = {"role": "assistant", "content": _PIECE * 44}
    return _json_answer(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1893456000,
            "model": _MODEL,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 170, "completion_tokens": 132, "total_tokens": 302},
        }
    )


def chat_stream() -> tuple[bytes, list[bytes]]:
    """The head of a stream, and its events, each an HTTP chunk of its own."""
    frame = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1893456000, "model": _MODEL}

    def chunk(delta: dict[str, str], reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return _framed(f"data: {json.dumps({**frame, 'choices': [choice]})}\n\n")

    events = [chunk({"role": "assistant", "content": ""})]
    events += [chunk({"content": _PIECE}) for _ in range(CHUNKS)]
    events += [chunk({}, "stop"), _framed("data: [DONE]\n\n"), b"0\r\n\r\n"]
    return _head("text/event-stream", "transfer-encoding: chunked"), events


def _json_answer(body: object) -> bytes:
    data = json.dumps(body).encode()
    return _head("application/json", f"content-length: {len(data)}") + data


def _head(content: str, length: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {content}\r\n{length}\r\n\r\n".encode()


def _framed(text: str) -> bytes:
    data = text.encode()
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
