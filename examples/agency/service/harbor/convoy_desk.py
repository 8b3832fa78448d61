"""Convoy desk: plans berths for convoys under a contract with the Department.

python -m harbor.convoy_desk [PORT]
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from harbor import web
from harbor.assistant import Assistant
from harbor.forms import BERTH, Register

MODEL = os.environ.get("HARBOR_CONVOY_MODEL", "claude-haiku-4-5")
INSTRUCTIONS = "You help plan berths for convoys. Answer in one short sentence."


def routes(assistant: Assistant, register: Register) -> dict[str, web.Handler]:
    """What the desk offers: /brief and /reserve."""

    def brief(body: Mapping[str, Any]) -> dict[str, Any]:
        return asdict(assistant.ask(f"Sum up for the watch: {web.text_field(body, 'notice')}"))

    def reserve(body: Mapping[str, Any]) -> dict[str, Any]:
        request = f"Reserve a berth: {web.text_field(body, 'request')}"
        return asdict(assistant.file(request, BERTH, lambda arguments: register.file(BERTH, arguments)))

    return {"/brief": brief, "/reserve": reserve}


if __name__ == "__main__":
    web.serve(
        "convoy desk",
        routes(Assistant(INSTRUCTIONS, MODEL), Register()),
        int(sys.argv[1]) if sys.argv[1:] else 8102,
    )
