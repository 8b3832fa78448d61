"""Asking a model for a draft: one request in the `openai-chat` shape, to an address the user names."""

import asyncio
import json
import os

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.upstream import Dial, Timeouts, open_client

LARGEST_ANSWER = 4 << 20
CHAT = "/v1/chat/completions"


def ask(base: str, model: str, key_env: str, question: str, schema: JsonObject) -> str:
    """What the model at `base` answers, held to `schema` where its server can do that.

    Raises what keeps it from answering, in the server's own words.
    """
    if not base.startswith(("http://", "https://")):
        raise OfframpError(
            "address-unreadable", f"`{base}` is not an http address", help="write http://127.0.0.1:8484"
        )
    key = os.environ.get(key_env, "") if key_env else ""
    if key_env and not key:
        raise OfframpError(
            "secret-missing",
            f"the environment has no `{key_env}`",
            help=f"export {key_env}=… and run it again",
        )
    url = base.rstrip("/")
    url = url if url.endswith("/chat/completions") else url.removesuffix("/v1") + CHAT
    headers = {"content-type": "application/json", "accept": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    body = {
        "model": model,
        "messages": [{"role": "user", "content": question}],
        "temperature": 0,
        "max_tokens": 2048,
    }
    held = {"type": "json_schema", "json_schema": {"name": "norms", "strict": False, "schema": schema}}
    dials = (
        Dial(url=url, headers=headers, body=json.dumps(one).encode())
        for one in ({**body, "response_format": held}, body)
    )
    return asyncio.run(_ask(*dials))


async def _ask(dial: Dial, plain: Dial) -> str:
    """The answer to `dial`, or to `plain` where the server does not understand that one."""
    client = open_client(Timeouts(connect_seconds=10, between_bytes_seconds=600))
    try:
        answer = await client.open(dial)
        content = await answer.read(LARGEST_ANSWER)
        if answer.status in (400, 422):
            answer = await client.open(plain)
            content = await answer.read(LARGEST_ANSWER)
    finally:
        await client.close()
    shown = " ".join(content[:300].decode("utf-8", "replace").split())
    if answer.status != 200:
        raise OfframpError(
            "model-refused",
            f"the model's server answered {answer.status}: {shown}",
            help="check --model, --key-env and the address",
        )
    try:
        text = json.loads(content)["choices"][0]["message"]["content"]
    except (ValueError, LookupError, TypeError):
        text = None
    if not isinstance(text, str):
        raise OfframpError(
            "model-answer-unreadable",
            f"the answer is not in the `openai-chat` shape: {shown}",
            help="name the base address of a server that speaks it, such as `offramp serve`",
        )
    return text
