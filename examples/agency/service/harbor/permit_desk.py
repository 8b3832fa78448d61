"""Permit desk: answers questions about harbor permits and files applications.

python -m harbor.permit_desk [PORT]
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from harbor import web
from harbor.assistant import Answer, Assistant
from harbor.forms import PERMIT, Register

INSTRUCTIONS = "You help the permit desk of a harbor. Answer in one short sentence."


def routes(assistant: Assistant, register: Register) -> dict[str, web.Handler]:
    """What the desk offers: /ask, /stream and /file."""

    def ask(body: Mapping[str, Any]) -> dict[str, Any]:
        return asdict(assistant.ask(web.text_field(body, "question")))

    def stream(body: Mapping[str, Any]) -> Iterator[str]:
        pieces = assistant.stream(web.text_field(body, "question"))
        return (piece for piece in pieces if not isinstance(piece, Answer))

    def file(body: Mapping[str, Any]) -> dict[str, Any]:
        request = f"File this application: {web.text_field(body, 'application')}"
        return asdict(assistant.file(request, PERMIT, lambda arguments: register.file(PERMIT, arguments)))

    return {"/ask": ask, "/stream": stream, "/file": file}


if __name__ == "__main__":
    web.serve(
        "permit desk", routes(Assistant(INSTRUCTIONS), Register()), int(sys.argv[1]) if sys.argv[1:] else 8101
    )
